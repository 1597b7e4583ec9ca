"""What a check says: a verdict, what was looked at, the cause in a sentence, and the one thing that cures it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """From nothing to bad; skipped says that nothing could be learned."""

    SKIPPED = "skipped"
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


_ORDER = tuple(Verdict)


@dataclass(frozen=True, slots=True)
class Finding:
    """check: a stable word for programs, as "store.fsync". looked_at: the file, port or setting.

    cure: one command, or one thing to do where no command does it; empty when nothing is wrong.
    """

    check: str
    verdict: Verdict
    looked_at: str
    cause: str
    cure: str = ""

    def as_json(self) -> dict[str, str]:
        return {name: str(value) for name, value in asdict(self).items()}


def ok(check: str, looked_at: str, cause: str) -> Finding:
    return Finding(check, Verdict.OK, looked_at, cause)


def skipped(check: str, looked_at: str, cause: str, cure: str = "") -> Finding:
    return Finding(check, Verdict.SKIPPED, looked_at, cause, cure)


def warn(check: str, looked_at: str, cause: str, cure: str) -> Finding:
    return Finding(check, Verdict.WARN, looked_at, cause, cure)


def fail(check: str, looked_at: str, cause: str, cure: str) -> Finding:
    return Finding(check, Verdict.FAIL, looked_at, cause, cure)


def worst(findings: Iterable[Finding]) -> Verdict:
    """The verdict on all of them; ok when there are none."""
    return max((finding.verdict for finding in findings), key=_ORDER.index, default=Verdict.OK)
