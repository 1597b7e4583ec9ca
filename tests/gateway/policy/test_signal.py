import pytest

from gateway.policy.signal import generation, quality


@pytest.mark.parametrize(
    ("rssi", "rsrp", "expected"),
    [
        (-113, None, 0.0),
        (-51, None, 1.0),
        (-82, None, 0.5),
        (-120, None, 0.0),
        (-40, None, 1.0),
        (None, None, None),
        (-51, -100, 0.5),  # RSRP counts
        (None, -75, 1.0),
        (None, -140, 0.0),
    ],
)
def test_a_signal_is_worth_something_between_nothing_and_one(rssi, rsrp, expected):
    assert quality(rssi, rsrp) == expected


@pytest.mark.parametrize(
    ("technology", "called"),
    [("gsm", "2G"), ("umts", "3G"), ("lte", "4G"), ("nb-iot", "4G"), ("nr", "5G"), (None, None), ("wimax", None)],
)
def test_people_count_generations(technology, called):
    assert generation(technology) == called
