"""``/webHooks``: what a caller says of an endpoint, and how he is shown one (messaging §5)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from api.fronts.messaging.fields import Fields, flag_of, seconds, text_of
from gateway.domain.errors import Conflict, Rejected
from gateway.domain.webhook import Webhook
from gateway.services import WebhookChange

METHODS: Mapping[str, str] = MappingProxyType({"messaging": "POST", "3cx": "3CX"})
"""This dialect's word for the formats that it has."""
LONGEST_DESCRIPTION = 255

_FORMATS = {method: form for form, method in METHODS.items()}
_NAME = re.compile(r"[\w .-]{1,64}")


def is_ours(webhook: Webhook) -> bool:
    """Whether this dialect has a word for it; others, and those without name, are seen in /v1 only."""
    return bool(webhook.name) and webhook.format in METHODS


@dataclass(frozen=True, slots=True)
class Wanted:
    """The body of a PUT; None leaves as it is what there is."""

    name: str
    url: str | None
    description: str | None
    dlr: bool | None
    form: str | None

    def change(self, known: Webhook | None, options: Mapping[str, bool]) -> WebhookChange:
        """What is to become of the endpoint of that name; one that was switched off is called again.

        options: of one that is made. Raises Rejected, Conflict for an endpoint of another kind.
        """
        change = WebhookChange(url=self.url, description=self.description, dlr=self.dlr, format=self.form, enabled=True)
        if known is None and self.url is None:
            raise Rejected("invalid_request", "Url: it is required")
        if known is None:
            form = self.form or _FORMATS["POST"]
            return replace(change, format=form, routed_only=True, options=options)
        if not is_ours(known):
            raise Conflict("conflict", f"Webhook: {known.name} is one of another API")
        return change


def wanted_of(fields: Fields) -> Wanted:
    """Raises Rejected("invalid_request")."""
    name = (text_of(fields, "webhook", "Webhook") or "").strip()
    if not _NAME.fullmatch(name):
        raise Rejected("invalid_request", "Webhook: 1 to 64 letters, digits, blanks and _ . -")
    description = text_of(fields, "description", "Description")
    if description is not None and (len(description) > LONGEST_DESCRIPTION or "\0" in description):
        raise Rejected("invalid_request", f"Description: at most {LONGEST_DESCRIPTION} characters")
    url = text_of(fields, "url", "Url")
    return Wanted(name, url, description, flag_of(fields, "dlr", "Dlr"), _format(text_of(fields, "method", "Method")))


def _format(method: str | None) -> str | None:
    if method is None:
        return None
    form = _FORMATS.get(method.strip().upper())
    if form is None:
        raise Rejected("invalid_request", "Method: POST or 3CX")
    return form


def labelled(error: Rejected) -> Rejected:
    """The core's refusal of an endpoint, with the member's name as it is here."""
    if not error.faults:
        return error
    fault = error.faults[0]
    return Rejected(error.code, f"{fault.field.capitalize()}: {fault.message}")


def show_webhook(webhook: Webhook) -> dict[str, Any]:
    """An element of the seed's list."""
    return {
        "Webhook": webhook.name,
        "Description": webhook.description,
        "Url": webhook.url,
        "Dlr": webhook.dlr,
        "Method": METHODS[webhook.format],
        "Last Modification": seconds(webhook.updated_at),
    }
