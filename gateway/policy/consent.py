"""What an opt-out covers (native-v1 §1, §8): its scope against a message, or against a subscription."""

from collections.abc import Collection

from gateway.domain.line import LineRecord

ACCOUNT = "account"
KINDS = ("sender", "campaign", "line")


def scope_of(kind: str, target: str) -> str:
    """The scope of one target. kind: "sender", "campaign" or "line"; target: the value, the ref, the id."""
    return f"{kind}:{target}"


def parse_scope(scope: str) -> tuple[str, str] | None:
    """Kind and target of a scope; ("account", "") for everything, None for what is no scope."""
    if scope == ACCOUNT:
        return (ACCOUNT, "")
    kind, colon, target = scope.partition(":")
    return (kind, target) if colon and target and kind in KINDS else None


def covers_message(scopes: Collection[str], sender: str, campaign: str | None) -> bool:
    """Whether one of a phone's opt-outs forbids a message of that sender and campaign; a line's does not yet."""
    if not scopes:
        return False
    if ACCOUNT in scopes or scope_of("sender", sender) in scopes:
        return True
    return campaign is not None and scope_of("campaign", campaign) in scopes


def covers_line(scopes: Collection[str], line: LineRecord) -> bool:
    """Whether one of them forbids that line: by its id, or by its number, which is what the phone would see."""
    if scope_of("line", line.id) in scopes:
        return True
    return line.number is not None and scope_of("sender", line.number) in scopes


def covering(kind: str, target: str) -> tuple[str, str]:
    """The scopes that forbid what one is subscribed to."""
    return (ACCOUNT, scope_of(kind, target))
