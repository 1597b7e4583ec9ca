"""The metadata pages: what this front is, out of the DTOs it reads (contract servicestack-smssend §9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from types import MappingProxyType
from uuid import UUID

from api.formats import Tree
from api.fronts.smssend.answers import page, write
from api.fronts.smssend.dialect import CONTENT_TYPES, FORMATS, Format, Voice
from api.fronts.smssend.dto import DTOS, Authenticate, CommResponse, Member, SMSSend, members_of
from gateway.domain.errors import NotFound

BACK = '<p><a href="/metadata">&lt; back to all web services</a></p>'
_SAMPLES: Mapping[str, Tree] = MappingProxyType({"String": "String", "Boolean": False, "Guid": UUID(int=0)})


@dataclass(frozen=True, slots=True)
class Service:
    """An operation. answer: its DTO's name and a sample; open: without a credential."""

    request: type
    does: str
    answer: tuple[str, Tree]
    open: bool = False


SERVICES: Mapping[str, Service] = MappingProxyType(
    {
        "smssend": Service(
            SMSSend,
            "Saves the specified SMS and sends it for background processing",
            (CommResponse.__name__, CommResponse(None, "String", False, "String").tree()),
        ),
        "authenticate": Service(
            Authenticate,
            "Opens a session for a user and password",
            (
                "AuthenticateResponse",
                {"UserId": "String", "SessionId": "String", "UserName": "String", "DisplayName": "String"},
            ),
            open=True,
        ),
    }
)


def index() -> str:
    """The list of services."""
    rows = []
    for service in SERVICES.values():
        name = service.request.__name__
        links = " ".join(f'<a href="/{known}/metadata?op={name}">{known.upper()}</a>' for known in _documented())
        rows.append(f"<tr><th>{escape(name)}</th><td>{links}</td></tr>")
    return page("SMS Gateway API", f"<p>The following operations are supported.</p><table>{''.join(rows)}</table>")


def operation(name: str, written: str, routes: Mapping[str, Sequence[str]]) -> str:
    """One service in one format. routes: "POST /path" of each service. Raises NotFound."""
    service = SERVICES.get(name.lower())
    spoken = FORMATS.get(written.lower())
    if service is None or spoken is None or spoken is Format.HTML:
        raise NotFound("There is no such operation.")
    ways = "".join(f"<tr><td><code>{escape(route)}</code></td></tr>" for route in routes[name.lower()])
    dtos = [service.request, *(inner for inner in _within(service.request) if inner is not service.request)]
    if service.answer[0] in DTOS:
        dtos.append(DTOS[service.answer[0]])
    return page(
        service.request.__name__,
        f"{BACK}<p>{escape(service.does)}</p>"
        + ("" if service.open else "<p><strong>Requires Authentication</strong></p>")
        + f"<p>The following routes are available for this service:</p><table>{ways}</table>"
        + "".join(_members(dto) for dto in dtos)
        + f"<p>To override the Content-type in your clients, use the HTTP Accept Header, append the "
        f"<code>.{escape(written.lower())}</code> suffix or <code>?format={escape(written.lower())}</code></p>"
        + _samples(service, routes[name.lower()][0], spoken, written),
    )


def _documented() -> list[str]:
    return [name for name, known in FORMATS.items() if known is not Format.HTML]


def _within(dto: type) -> list[type]:
    """The DTOs that stand in one, outermost first."""
    found = [DTOS[member.kind] for member in members_of(dto) if member.kind in DTOS]
    return list(dict.fromkeys([*found, *(inner for outer in found for inner in _within(outer))]))


def _members(dto: type) -> str:
    rows = "".join(
        f"<tr><th>{escape(member.name)}</th><td>{escape(_type(member))}</td><td>{escape(member.rule)}</td></tr>"
        for member in members_of(dto)
    )
    return f"<h2>{escape(dto.__name__)}</h2><table>{rows}</table>"


def _type(member: Member) -> str:
    return f"List<{member.kind}>" if member.many else member.kind


def _samples(service: Service, route: str, spoken: Format, written: str) -> str:
    name, told = service.answer
    request = write(service.request.__name__, _sample(service.request, alphabetic=spoken is Format.XML), Voice(spoken))
    answered = write(name, told, Voice(spoken))
    media_type = CONTENT_TYPES[spoken].partition(";")[0]
    head = f"{route} HTTP/1.1\nAccept: {media_type}\nContent-Type: {media_type}\nContent-Length: length\n\n"
    answer_head = f"HTTP/1.1 200 OK\nContent-Type: {CONTENT_TYPES[spoken]}\nContent-Length: length\n\n"
    return (
        f"<h2>HTTP + {escape(written.upper())}</h2><p>The following are sample HTTP requests and responses. "
        "The placeholders shown need to be replaced with actual values.</p>"
        f"<pre>{escape(head + request)}</pre><pre>{escape(answer_head + answered)}</pre>"
    )


def _sample(dto: type, *, alphabetic: bool) -> Tree:
    """alphabetic: as .NET's XML serializer wants members, those of a base class first."""
    members = members_of(dto)
    if alphabetic:
        members.sort(key=lambda member: (not member.inherited, member.name))
    sample: dict[str, Tree] = {}
    for member in members:
        one = _sample(DTOS[member.kind], alphabetic=alphabetic) if member.kind in DTOS else _SAMPLES[member.kind]
        sample[member.name] = [one] if member.many else one
    return sample
