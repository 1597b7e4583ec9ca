"""What the matrix of tests/api/fronts/test_separation.py goes through: every function of every front, what its caller
says, and what of that names a thing. A route of a front that is missing here fails that test by its name."""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from api.codes import code_of
from tests.api.conftest import Reply

Said = Mapping[str, str]
"""Member → value."""
SENDER = ("{line}", "{lines}", "{number}", "{alias}", "{word}")


@dataclass(frozen=True, slots=True)
class Credential:
    """One account's key and login, with the same scopes."""

    key: str = ""
    user: str = ""
    password: str = ""

    @property
    def basic(self) -> str:
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode("utf-8", "surrogatepass")).decode()


@dataclass(frozen=True, slots=True)
class Function:
    """said: what its caller says, templates of ``Belongings.value``. names: of those that name a thing of an account
    what may stand there. body: how it stands in a request's body; "" of a place leaves it out.
    claims: places where even a thing of one's own makes no difference."""

    scope: str
    said: Said
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    body: Callable[[Said], object] | None = None
    claims: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Dialect:
    """A front. functions: pattern of a route ("METHOD /path") → what it does, by its name; none: it has no account.

    login: adds a credential to a request. refusal: what an answer refuses with. codes: the same of a core code.
    """

    name: str
    routes: Mapping[str, tuple[str, ...]]
    functions: Mapping[str, Function]
    login: Callable[[Credential, dict[str, Any]], None]
    refusal: Callable[[Reply], str]
    codes: Callable[[str], str]

    def of(self, route: str) -> tuple[str, ...]:
        """The names of what a route does. KeyError for one that nobody has thought of."""
        for pattern, functions in self.routes.items():
            if re.fullmatch(pattern, route):
                return functions
        raise KeyError(route)


def request_of(dialect: Dialect, route: str, function: Function, said: Said) -> tuple[str, str, dict[str, Any]]:
    """Method, path and arguments; what the path has a place for stands there, the rest in the body or the query."""
    method, _, path = route.partition(" ")
    path = re.sub(r"\{format:.*?\)\}", "json", path)
    path = re.sub(r"\{suffix:.*?\}", ".json", path)
    path = re.sub(r"\{(\w+)\}", lambda place: quote(said[place[1]], safe="", errors="surrogatepass"), path)
    rest = {name: value for name, value in said.items() if value and f"{{{name}}}" not in route}
    if function.body is not None and method in ("POST", "PUT"):
        return method, path, {"json": function.body(rest)}
    return method, path, {"params": dict(rest)}


# ----------------------------------------------------------------------------------------------------------- sendsms


def _by_header(credential: Credential, arguments: dict[str, Any]) -> None:
    arguments["headers"] = {"x-api-key": credential.key}


def _action(action: str) -> Callable[[Said], object]:
    return lambda said: {"action": action, **said}


SENDSMS = Dialect(
    "sendsms",
    {r"POST /(action|api/action|sendsms)": ("sendsms", "subscribe", "unsubscribe")},
    {
        "sendsms": Function(
            "messages:send",
            {"to": "+13105551212", "from": "{alias}", "message-text": "x", "campaign-ref": "{word}"},
            {"from": SENDER},
            _action("sendsms"),
        ),
        "subscribe": Function(
            "contacts:write",
            {"mobile": "+13105551212", "campaign-ref": "{word}"},
            {"campaign-ref": ("{word}",)},
            _action("subscribe"),
        ),
        "unsubscribe": Function(
            "contacts:write",
            {"mobile": "{peer}", "campaign-ref": "{word}"},
            {"mobile": ("{peer}",), "campaign-ref": ("{word}",)},
            _action("unsubscribe"),
        ),
    },
    _by_header,
    lambda reply: str(reply.body.get("error-code")),
    lambda code: code_of(code).sendsms,
)

# --------------------------------------------------------------------------------------------------------- messaging


def _bearer(credential: Credential, arguments: dict[str, Any]) -> None:
    arguments["headers"] = {"Authorization": f"Bearer {credential.key}"} if credential.key else {}


MESSAGING = Dialect(
    "messaging",
    {
        r"POST (/api/v1\.0)?/messageSend": ("send",),
        r"GET (/api/v1\.0)?/webHooks": ("hooks",),
        r"PUT (/api/v1\.0)?/webHooks": ("put",),
        r"DELETE (/api/v1\.0)?/webHooks": ("delete",),
        r"GET (/api/v1\.0)?/campaigns": ("campaigns",),
    },
    {
        "send": Function(
            "messages:send", {"From": "{number}", "To": "+13105551212", "Message": "x"}, {"From": SENDER}, dict
        ),
        "hooks": Function("webhooks:read", {"webhook": "{word}-m"}, {"webhook": ("{word}-m", "{word}")}),
        "campaigns": Function("campaigns:read", {"tcr": "{word}"}, {"tcr": ("{word}",)}),
        "delete": Function("webhooks:write", {"webhook": "{word}-m"}, {"webhook": ("{word}-m", "{word}")}),
        "put": Function(
            "webhooks:write",
            {"Webhook": "{word}-m", "Url": "https://example.com/changed"},
            {"Webhook": ("{word}-m", "{word}")},
            dict,
        ),
    },
    _bearer,
    lambda reply: str(reply.body.get("Code")) if isinstance(reply.body, dict) else "",
    lambda code: str(code_of(code).messaging),
)

# ---------------------------------------------------------------------------------------------------------- enswitch


def _in_query(credential: Credential, arguments: dict[str, Any]) -> None:
    where = arguments.setdefault("json" if "json" in arguments else "params", {})
    where |= {"auth_username": credential.user, "auth_password": credential.password}


_CUSTOMER = ("{customer}",)
ENSWITCH = Dialect(
    "enswitch",
    {rf"(GET|POST) (/local)?/api/json/messages/text/{function}/?": (function,) for function in ("send", "list", "get")},
    {
        "send": Function(
            "messages:send",
            {"snumber": "{alias}", "cnumber": "+13105551212", "message": "x", "stype": "phone", "customer": ""},
            {"snumber": SENDER, "customer": _CUSTOMER},
            dict,
        ),
        "list": Function("inbound:read", {"customer": ""}, {"customer": _CUSTOMER}, dict),
        "get": Function(
            "inbound:read",
            {"uniqueid": "{inbound}", "customer": ""},
            {"uniqueid": ("{inbound}", "{messages}"), "customer": _CUSTOMER},
            dict,
        ),
    },
    _in_query,
    lambda reply: str(reply.body["responses"][0]["code"]),
    lambda code: code_of(code).enswitch,
)

# ----------------------------------------------------------------------------------------------------------- smssend


def _sms_send(said: Said) -> object:
    contact = {"ContactId": said["ContactId"]} if "ContactId" in said else {"PhoneNumber": "+13105551212"}
    sender = {name: said[name] for name in ("PhoneNumber", "Name") if name in said}
    more = {"LicenseeId": said["LicenseeId"]} if "LicenseeId" in said else {}
    return {"SMSModel": {"From": sender, "To": [contact], "MessageBody": "x", **more}}


SMSSEND = Dialect(
    "smssend",
    {
        r"POST /api/(sendmessage|send|sms/send)(/immediate)?({suffix:.*})?": ("send",),
        r"POST (/api/SMSSend|(/api)?/{format:.*}/(reply|oneway)/SMSSend)(\[\])?({suffix:.*})?": ("send",),
        r"POST (/api)?/(auth|auth/credentials|Authenticate|{format:.*}/reply/Authenticate)({suffix:.*})?": (),
        r"(GET|POST) (/api)?/auth/logout({suffix:.*})?": (),
        r"GET (/metadata|/{format:.*}/metadata)": (),
    },
    {
        "send": Function(
            "messages:send",
            {"PhoneNumber": "{number}", "Name": "", "ContactId": "", "LicenseeId": ""},
            {"PhoneNumber": SENDER, "ContactId": ("{guid}",), "LicenseeId": ("{licensee}",)},
            _sms_send,
        )
    },
    _bearer,
    lambda reply: f"{reply.status} {reply.body['ResponseStatus'].get('ErrorCode')}",
    lambda code: f"{code_of(code).smssend} {code_of(code).smssend_name}",
)

# ---------------------------------------------------------------------------------------------------------- rest-sms


def _basic(credential: Credential, arguments: dict[str, Any]) -> None:
    arguments["headers"] = {"Authorization": credential.basic} if credential.user else {}


_CODE = {"senderCode": SENDER}
REST_SMS = Dialect(
    "rest-sms",
    {
        r"POST /rest/(sms/createMessage|create_message)(/.*)?": ("create",),
        r"GET /rest/sms": ("show",),
        r"POST /rest/sms/addPhoneToSenderCode/.*": ("add_phone",),
        r"POST /rest/sms/addSubscriberToSenderCode/.*": ("add_subscriber",),
        r"POST /rest/sms/sendMessageToPhone(/.*)?": ("send",),
        r"POST /rest/sms/sendMessageToSenderCode/.*": ("mail",),
        r"POST /rest/sms/stopSubscriberSend/.*": ("stop",),
        r"\* /rest(/{path:\.\*})?": (),
    },
    {
        "show": Function("messages:read", {}),
        "stop": Function(
            "contacts:write", {"phone": "{peer}", "senderCode": "{alias}"}, {"phone": ("{peer}",), **_CODE}, dict
        ),
        "add_phone": Function(
            "contacts:write",
            {"phone": "{fresh}", "senderCode": "{alias}", "groupName": ""},
            {"phone": ("{known}",), "groupName": ("{word}",), **_CODE},
            dict,
            frozenset({"phone"}),
        ),
        "send": Function(
            "messages:send", {"messageText": "x", "phone": "13105551212", "senderCode": "{alias}"}, _CODE, dict
        ),
        "mail": Function(
            "messages:send",
            {"messageName": "{word}", "senderCode": "{alias}", "name": "{fresh}", "groupName": ""},
            {"messageName": ("{word}",), "groupName": ("{word}",), **_CODE},
            dict,
        ),
        "add_subscriber": Function(
            "contacts:write",
            {
                "email": "{fresh}@example.com",
                "phone": "{fresh}",
                "senderCode": "{alias}",
                "country": "US",
                "customerKey": "",
                "groupName": "",
            },
            {"phone": ("{known}",), "customerKey": ("{word}", "{guid}"), "groupName": ("{word}",), **_CODE},
            dict,
            frozenset({"phone", "customerKey"}),
        ),
        "create": Function(
            "messages:send", {"messageName": "{word}-r", "messageText": "x"}, {"messageName": ("{word}",)}, dict
        ),
    },
    _basic,
    lambda reply: str(reply.body.get("statusCode")) if isinstance(reply.body, dict) else "",
    lambda code: str(code_of(code).rest_sms),
)

DIALECTS: Mapping[str, Dialect] = {one.name: one for one in (SENDSMS, MESSAGING, ENSWITCH, SMSSEND, REST_SMS)}
