import pytest

from gateway.domain.line import LineRecord, LineStatus
from gateway.domain.route import LineRoute
from gateway.policy.line_routes import in_order, leads_to, route_for

BERLIN = "+4930901820"
MOBILE = "+4915112345678"
VIENNA = "+43140001"


def line(name: str, **status) -> LineRecord:
    return LineRecord(1, f"lin_{name}", name, status=LineStatus(**status))


def taken(*routes: LineRoute, sender: str = "auto", account: str = "default", recipient: str = BERLIN) -> str | None:
    found = route_for(routes, sender=sender, account=account, recipient=recipient)
    return None if found is None else found.name


@pytest.mark.parametrize(
    ("conditions", "fits"),
    [
        ({}, True),
        ({"countries": ("DE",)}, True),
        ({"countries": ("AT", "CH")}, False),
        ({"prefixes": ("+4930",)}, True),
        ({"prefixes": ("+4915", "+43")}, False),
        ({"countries": ("AT",), "prefixes": ("+49",)}, True),
        ({"operator_prefixes": ("+4930",)}, True),
        ({"operator_prefixes": ("+49151",)}, False),
        ({"countries": ("AT",), "operator_prefixes": ("+4930",)}, False),
        ({"accounts": ("shop", "default")}, True),
        ({"accounts": ("shop",)}, False),
        ({"senders": ("auto",)}, True),
        ({"senders": ("store1",)}, False),
        ({"prefixes": ("+49",), "accounts": ("shop",)}, False),
    ],
)
def test_a_route_fits_when_all_of_its_conditions_do(conditions: dict[str, tuple[str, ...]], fits: bool):
    assert (taken(LineRoute("r", **conditions)) == "r") is fits


def test_the_first_that_fits_is_taken():
    mobile, domestic, other = LineRoute("m", prefixes=("+4915",)), LineRoute("d", countries=("DE",)), LineRoute("o")
    routes = (mobile, domestic, other)
    assert [taken(*routes, recipient=number) for number in (MOBILE, BERLIN, VIENNA)] == ["m", "d", "o"]
    assert taken(mobile, domestic, recipient=VIENNA) is None


def test_a_sender_fits_in_any_case():
    assert taken(LineRoute("r", senders=("store1",)), sender="STORE1") == "r"


def test_a_short_code_is_of_no_country():
    assert taken(LineRoute("r", countries=("DE",)), recipient="80888") is None
    assert taken(LineRoute("r"), recipient="80888") == "r"


@pytest.mark.parametrize(
    ("network", "status", "leads"),
    [
        ("26201", {"operator": "26201"}, True),
        ("telekom.de", {"operator": "Telekom.de"}, True),
        ("26201", {"operator": "Telekom.de", "imsi": "262011234567890"}, True),
        ("26202", {"operator": "Telekom.de", "imsi": "262011234567890"}, False),
        ("26201", {}, False),
        ("O2", {"imsi": "262071234567890"}, False),
    ],
)
def test_a_network_is_known_by_its_name_or_its_numbers(network: str, status: dict[str, str], leads: bool):
    assert leads_to(LineRoute("r", networks=(network,)), line("office", **status)) is leads


def test_lines_come_in_the_order_of_the_route_and_by_the_name_in_the_file():
    lines = [line("office"), line("home"), LineRecord(2, "lin_van", "Van 7", file_name="van"), line("gone")]
    named = in_order(LineRoute("r", lines=("van", "home", "office")), lines)
    assert [one.name for one in named] == ["Van 7", "home", "office"]
    assert in_order(LineRoute("r"), lines) == lines
