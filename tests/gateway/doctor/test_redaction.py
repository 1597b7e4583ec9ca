import pytest

from gateway.doctor.redaction import HIDDEN, Redaction, redacted_config

CONFIG = """\
# canary: the old password
canary_key = "canary"
[http]
port = 8080
public_url = "https://a:canary@b.example/canary"
[store]
url = "postgresql://user:canary@db.example/x"
[secrets]
whatever = ["canary"]
[[lines]]
name = "office"
number = "+13109060901"
pin = "1234"
device = "/dev/ttyUSB2"
rate_per_minute = 6.0
[[lines]]
name = "till"
pin = 4711
iccid = "8988307000012345678"
"""


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("from +13109060901 to 447700900999", "from …901 to …999"),
        ("IMEI 490154203237518", "IMEI …518"),
        ("key gsk_ab12cd34_canary0canary0", f"key gsk_{HIDDEN}"),
        ("whsec_Y2FuYXJ5+/=", f"whsec_{HIDDEN}"),
        ("Authorization: Bearer canary", f"Authorization: {HIDDEN} canary"),
        ("password=canary ok", f"password={HIDDEN} ok"),
        ('AT+CPIN="4711"', f"AT+CPIN={HIDDEN}"),
        ("to https://user:canary@hooks.example/canary?x=canary end", "to https://hooks.example end"),
        ("store postgresql://user:canary@db.example/x", "store postgresql://db.example"),
        ("2026-11-26T13:20:01+0000 simgate[812]: line up", "2026-11-26T13:20:01+0000 simgate[812]: line up"),
        ("the PIN 1234 is in pin 12345", f"the PIN {HIDDEN} is in pin 12345"),
    ],
)
def test_texts(text, left):
    shown = Redaction(["1234"]).text(text)
    if "Authorization" in text:
        assert "Bearer canary" not in shown
        assert shown.count("canary") == 0
    else:
        assert shown == left


def test_a_configuration(tmp_path):
    source = tmp_path / "config.toml"
    source.write_text(CONFIG)
    shown = redacted_config(source)
    assert "canary" not in str(shown).replace("canary_key", "")
    assert "1234" not in str(shown)
    assert "4711" not in str(shown)
    assert shown["http"] == {"port": 8080, "public_url": "https://b.example"}
    assert shown["lines"][0]["number"] == "…901"
    assert shown["lines"][0]["device"] == "/dev/ttyUSB2"
    assert shown["lines"][0]["rate_per_minute"] == 6.0


def test_what_cannot_be_read(tmp_path):
    assert redacted_config(None) == "there is no file"
    (tmp_path / "broken").write_text("canary = \n")
    assert "canary" not in str(redacted_config(tmp_path / "broken"))
    assert "FileNotFoundError" in str(redacted_config(tmp_path / "missing"))
