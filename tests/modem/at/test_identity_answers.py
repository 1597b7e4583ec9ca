import pytest

from modem.at.answers import IdentityBlock, join_identity, parse_identity


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ((" WAVECOM MODEM",), "WAVECOM MODEM"),
        (("+CGMM: E1752",), "E1752"),
        (("Model CDX-650 ",), "CDX-650"),
        (("Model:LG-LX265",), "LG-LX265"),
        (('"GSM900","GSM1800","MODEL=I250-000"',), "I250-000"),
        (("V ICPR72_08w44.1", "24-11-08", "RM-348"), "V ICPR72_08w44.1 24-11-08 RM-348"),
        ((), None),
        (("",), None),
    ],
)
def test_a_name_is_one_line_without_what_stands_around_it(lines: tuple[str, ...], text: str | None) -> None:
    assert join_identity(lines) == text


@pytest.mark.parametrize(
    ("lines", "block"),
    [
        (
            ("Manufacturer: huawei", "Model: E226", "Revision: 11.310", "IMEI: 001093854508938", "+GCAP: +CGSM"),
            IdentityBlock("huawei", "E226", "11.310", "001093854508938"),
        ),
        (("Ai Thinker Co.LTD", "A6 ", "V03.03"), IdentityBlock("Ai Thinker Co.LTD", "A6", "V03.03")),
        (
            ("Quectel", "EC200A", "Revision: EC200AEUHAR01A24M16"),
            IdentityBlock("Quectel", "EC200A", "EC200AEUHAR01A24M16"),
        ),
        (("Sierra Wireless, Inc.", "", "MC8775", "", "APP2"), IdentityBlock("Sierra Wireless, Inc.", "MC8775", "APP2")),
        (("SIM800 R14.18",), IdentityBlock(model="SIM800 R14.18")),
        (("144",), IdentityBlock()),
        ((), IdentityBlock()),
    ],
)
def test_a_block_is_read_with_labels_and_without(lines: tuple[str, ...], block: IdentityBlock) -> None:
    assert parse_identity(lines) == block
