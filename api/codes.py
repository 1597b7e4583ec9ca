"""The one table of error codes and what each API makes of them (native-v1 §2); a further front adds a column."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Code:
    """How a core code is told. title: a person's words; v1: HTTP status; sendsms: that front's code."""

    title: str
    v1: int
    sendsms: str


_TABLE = {
    "auth_missing": Code("Authentication required", 401, "E104"),
    "auth_invalid": Code("Authentication failed", 401, "E104"),
    "ip_denied": Code("Address not allowed", 403, "E112"),
    "forbidden_scope": Code("Scope missing", 403, "E107"),
    "forbidden_account": Code("Not found", 404, "E111"),
    "account_blocked": Code("Account suspended", 403, "E103"),
    "malformed_request": Code("Not well-formed HTTP", 400, "E100"),
    "invalid_json": Code("Body not parseable", 400, "E108"),
    "invalid_request": Code("Invalid request", 422, "E100"),
    "invalid_cursor": Code("Invalid cursor", 400, "E100"),
    "unknown_action": Code("Unknown action", 404, "E107"),
    "recipient_missing": Code("Recipient missing", 422, "E621"),
    "invalid_recipient": Code("Invalid recipient", 422, "E110"),
    "invalid_sender": Code("Invalid sender", 422, "E111"),
    "body_empty": Code("Message empty", 422, "E712"),
    "body_too_long": Code("Message too long", 422, "E100"),
    "media_unsupported": Code("Media not supported", 422, "E100"),
    "mask_invalid": Code("Invalid sender mask", 422, "E115"),
    "opted_out": Code("Recipient opted out", 403, "E114"),
    "not_subscribed": Code("Recipient not subscribed", 403, "E715"),
    "campaign_required": Code("Campaign required", 422, "E714"),
    "campaign_unknown": Code("Unknown campaign", 422, "E714"),
    "campaign_not_approved": Code("Campaign not approved", 403, "E714"),
    "destination_denied": Code("Destination not allowed", 403, "E628"),
    "quota_exceeded": Code("Quota exceeded", 403, "E713"),
    "service_disabled": Code("Service disabled", 403, "E105"),
    "agreement_required": Code("Agreement required", 403, "E105"),
    "duplicate": Code("Duplicate message", 409, "E106"),
    "conflict": Code("Conflict", 409, "E904"),
    "not_cancelable": Code("No longer cancelable", 409, "E904"),
    "not_unknown": Code("Outcome not in doubt", 409, "E904"),
    "not_found": Code("Not found", 404, "E100"),
    "method_not_allowed": Code("Method not allowed", 405, "E100"),
    "request_timeout": Code("Request too slow", 408, "E100"),
    "precondition_failed": Code("Changed meanwhile", 412, "E100"),
    "payload_too_large": Code("Body too large", 413, "E100"),
    "unsupported_media_type": Code("Unsupported media type", 415, "E108"),
    "idempotency_mismatch": Code("Idempotency key used for another request", 422, "E106"),
    "idempotency_in_flight": Code("First request still runs", 409, "E106"),
    "rate_limited": Code("Too many requests", 429, "E113"),
    "gone": Code("Gone", 410, "E100"),
    "unavailable": Code("Temporarily unavailable", 503, "E503"),
    "storage_full": Code("Storage full", 507, "E503"),
    "internal": Code("Internal error", 500, "E503"),
}

CODES: Mapping[str, Code] = MappingProxyType(_TABLE)


def code_of(word: str) -> Code:
    """The row of a code; a word without one is a bug of ours and told as ``internal``."""
    return CODES.get(word) or CODES["internal"]
