"""The one table of error codes and what each API makes of them (native-v1 §2); a further front adds a column."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.domain.errors import GatewayError


@dataclass(frozen=True, slots=True)
class Code:
    """How a core code is told. title: a person's words; v1, rest_sms, messaging: HTTP statuses; sendsms: that front's
    code; smssend: HTTP status (200: told in a CommResponse) and ErrorCode; enswitch: code in the body."""

    title: str
    v1: int
    sendsms: str
    smssend: int
    smssend_name: str
    rest_sms: int
    enswitch: str
    messaging: int


_TABLE = {
    "auth_missing": Code("Authentication required", 401, "E104", 401, "Unauthorized", 401, "401", 401),
    "auth_invalid": Code("Authentication failed", 401, "E104", 401, "Unauthorized", 401, "401", 401),
    "ip_denied": Code("Address not allowed", 403, "E112", 403, "Forbidden", 403, "401", 401),
    "forbidden_scope": Code("Scope missing", 403, "E107", 403, "Forbidden", 403, "402", 403),
    "forbidden_account": Code("Not found", 404, "E111", 403, "Forbidden", 404, "402", 404),
    "account_blocked": Code("Account suspended", 403, "E103", 403, "Forbidden", 403, "401", 403),
    "malformed_request": Code("Not well-formed HTTP", 400, "E100", 400, "SerializationException", 400, "400", 400),
    "invalid_json": Code("Body not parseable", 400, "E108", 400, "SerializationException", 400, "400", 400),
    "invalid_request": Code("Invalid request", 422, "E100", 400, "InvalidRequest", 400, "400", 400),
    "invalid_cursor": Code("Invalid cursor", 400, "E100", 400, "InvalidRequest", 400, "400", 400),
    "unknown_action": Code("Unknown action", 404, "E107", 404, "NotFound", 404, "404", 404),
    "recipient_missing": Code("Recipient missing", 422, "E621", 400, "NotEmpty", 404, "400", 400),
    "invalid_recipient": Code("Invalid recipient", 422, "E110", 400, "InvalidPhoneNumber", 400, "400", 400),
    "invalid_sender": Code("Invalid sender", 422, "E111", 400, "InvalidSender", 404, "400", 404),
    "body_empty": Code("Message empty", 422, "E712", 400, "NotEmpty", 400, "400", 400),
    "body_too_long": Code("Message too long", 422, "E100", 400, "Length", 400, "400", 400),
    "media_unsupported": Code("Media not supported", 422, "E100", 400, "InvalidRequest", 400, "400", 400),
    "mask_invalid": Code("Invalid sender mask", 422, "E115", 400, "InvalidRequest", 400, "400", 400),
    "opted_out": Code("Recipient opted out", 403, "E114", 200, "OptedOut", 403, "403", 409),
    "not_subscribed": Code("Recipient not subscribed", 403, "E715", 200, "NotSubscribed", 404, "403", 409),
    "campaign_required": Code("Campaign required", 422, "E714", 200, "CampaignRequired", 403, "403", 409),
    "campaign_unknown": Code("Unknown campaign", 422, "E714", 200, "CampaignUnknown", 404, "403", 409),
    "campaign_not_approved": Code("Campaign not approved", 403, "E714", 200, "CampaignNotApproved", 403, "403", 409),
    "destination_denied": Code("Destination not allowed", 403, "E628", 200, "DestinationDenied", 403, "403", 409),
    "quota_exceeded": Code("Quota exceeded", 403, "E713", 200, "QuotaExceeded", 403, "403", 403),
    "service_disabled": Code("Service disabled", 403, "E105", 403, "Forbidden", 403, "403", 403),
    "agreement_required": Code("Agreement required", 403, "E105", 200, "AgreementRequired", 403, "403", 403),
    "duplicate": Code("Duplicate message", 409, "E106", 200, "Duplicate", 409, "403", 409),
    "conflict": Code("Conflict", 409, "E904", 409, "Conflict", 409, "400", 409),
    "not_cancelable": Code("No longer cancelable", 409, "E904", 409, "Conflict", 409, "400", 409),
    "not_unknown": Code("Outcome not in doubt", 409, "E904", 409, "Conflict", 409, "400", 409),
    "not_found": Code("Not found", 404, "E100", 404, "NotFound", 404, "404", 404),
    "method_not_allowed": Code("Method not allowed", 405, "E100", 405, "MethodNotAllowed", 405, "405", 405),
    "request_timeout": Code("Request too slow", 408, "E100", 408, "RequestTimeout", 408, "408", 408),
    "precondition_failed": Code("Changed meanwhile", 412, "E100", 412, "PreconditionFailed", 412, "412", 412),
    "payload_too_large": Code("Body too large", 413, "E100", 413, "RequestEntityTooLarge", 413, "413", 413),
    "unsupported_media_type": Code("Unsupported media type", 415, "E108", 415, "UnsupportedMediaType", 415, "415", 415),
    "idempotency_mismatch": Code(
        "Idempotency key used for another request", 422, "E106", 400, "IdempotencyMismatch", 400, "400", 409
    ),
    "idempotency_in_flight": Code("First request still runs", 409, "E106", 409, "IdempotencyInFlight", 409, "403", 409),
    "rate_limited": Code("Too many requests", 429, "E113", 429, "TooManyRequests", 429, "403", 503),
    "gone": Code("Gone", 410, "E100", 404, "NotFound", 404, "404", 404),
    "event_gap": Code("Events were missed", 410, "E100", 404, "NotFound", 404, "404", 404),
    "unavailable": Code("Temporarily unavailable", 503, "E503", 503, "ServiceUnavailable", 503, "500", 503),
    "storage_full": Code("Storage full", 507, "E503", 503, "ServiceUnavailable", 503, "500", 503),
    "internal": Code("Internal error", 500, "E503", 500, "InternalServerError", 500, "500", 503),
}

CODES: Mapping[str, Code] = MappingProxyType(_TABLE)


def code_of(word: str) -> Code:
    """The row of a code; a word without one is a bug of ours and told as ``internal``."""
    return CODES.get(word) or CODES["internal"]


def retry_after(error: GatewayError) -> dict[str, str]:
    """The header that says when to come again, in whole seconds (RFC 9110 §10.2.3); none where nobody knows."""
    return {} if error.retry_after is None else {"Retry-After": str(max(1, math.ceil(error.retry_after)))}
