"""One table for all: every code that is raised anywhere has its row."""

import re
from pathlib import Path

from api.codes import CODES, code_of

RAISED = re.compile(
    r"\b(?:GatewayError|Rejected|Conflict|QuotaExceeded|NotPermitted|Unavailable|_refused|_fault)\(\s*\"(\w+)\""
)


def test_every_code_that_is_raised_is_in_the_table():
    packages = ("gateway/domain", "gateway/policy", "gateway/store", "gateway/services", "api")
    files = [path for package in packages for path in Path(package).rglob("*.py")]
    raised = {code for path in files for code in RAISED.findall(path.read_text(encoding="utf-8"))}
    fields = {
        "schedule_at",
        "expire_at",
        "to",
        "text",
        "lines",
        "value",
        "kind",
        "media",
        "template",
    }  # `_fault` names the field first
    assert len(raised) > 15
    between_workers = {"claim_lost"}
    assert raised - fields - between_workers <= CODES.keys()


def test_a_code_without_a_row_is_an_error_of_ours():
    assert code_of("never_heard_of") is CODES["internal"]


def test_statuses_are_statuses():
    assert {code.v1 for code in CODES.values()} <= {400, 401, 403, 404, 405, 408, 409, 410, 412, 413, 415, 422, 429,
                                                    500, 503, 507}  # fmt: skip
