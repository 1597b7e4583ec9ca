import json
from pathlib import Path

import pytest

from modem.pdu.status import Status, StatusClass, classify

ROWS = json.loads((Path(__file__).parents[2] / "vectors" / "tp-st.json").read_text())["rows"]


@pytest.mark.parametrize("row", ROWS, ids=[row["st"] for row in ROWS])
def test_every_value_means_what_the_standard_says(row):
    code = int(row["st"], 16)
    assert classify(code) == Status(code, row["name"], StatusClass(row["class"]), row["final"])


def test_there_are_256_of_them():
    assert [int(row["st"], 16) for row in ROWS] == list(range(256))
