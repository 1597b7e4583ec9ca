import re
import tomllib
from dataclasses import MISSING, asdict, fields
from pathlib import Path

import pytest

from gateway import config
from gateway.config import ConfigError, Settings
from gateway.config.tables import AccountTable, LineTable, OperatorTable, RouteTable
from gateway.domain.access import AccountSettings
from gateway.domain.route import LineRoute
from gateway.domain.sender import Strategy
from modem.profiles import PROFILES

EXAMPLE = Path("config.example.toml")
LINE = '[[lines]]\nname = "office"\ndevice = "/dev/ttyUSB0"\n'


def faults(text: str, folder: Path = Path()) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        config.parse(text, data_dir=folder, source=folder / "config.toml")
    return {fault.key: fault.text for fault in caught.value.faults}


def sections() -> list[str]:
    return [
        one.name for one in fields(Settings) if one.name not in {"data_dir", "lines", "accounts", "routes", "source"}
    ]


def test_no_file_means_every_default(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "SERVICE_CONFIG", tmp_path / "none.toml")
    assert config.load(None, tmp_path, {}) == Settings(data_dir=tmp_path)


@pytest.mark.parametrize("section", sections())
def test_the_example_shows_each_key_with_its_default(section):
    shown = tomllib.loads(EXAMPLE.read_text("utf-8"))[section]
    default = asdict(getattr(Settings(data_dir=Path()), section))
    assert shown == {key: list(value) if isinstance(value, tuple) else value for key, value in default.items()}
    assert list(shown) == list(default)


def test_the_example_is_a_configuration_without_lines(tmp_path):
    settings = config.parse(EXAMPLE.read_text("utf-8"), data_dir=tmp_path)
    assert settings == Settings(data_dir=tmp_path)


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("lines", LineTable),
        ("accounts", AccountTable),
        ("routes", RouteTable),
        ("operators", OperatorTable),
    ],
)
def test_the_example_shows_lines_accounts_and_routes_whole(name, table):
    uncommented = re.sub(r"(?m)^#(?=[a-z\[])", "", EXAMPLE.read_text("utf-8"))
    [shown] = tomllib.loads(uncommented)[name]
    assert list(shown) == [one.name for one in fields(table)]
    for one in fields(table):
        if one.default is not MISSING and one.default is not None:
            assert shown[one.name] == (list(one.default) if isinstance(one.default, tuple) else one.default), one.name


def test_a_power_command_is_a_list_of_words_and_switches_one_modem():
    command = 'power_cycle = ["uhubctl", "-a", "cycle", "-p", "2; rm -rf /"]\n'
    [line] = config.parse(LINE + command, data_dir=Path()).lines
    assert line.power_cycle == ("uhubctl", "-a", "cycle", "-p", "2; rm -rf /")
    other = LINE.replace("office", "home").replace("USB0", "USB1") + command
    assert '"office"' in faults(LINE + command + other)["lines[2].power_cycle"]


@pytest.mark.parametrize("value", ['"uhubctl -a cycle"', '[""]', '["a\\u0000b"]', "[1]", str(["x"] * 33)])
def test_what_is_no_command_line_is_refused(value):
    assert "as [" in "".join(faults(f"{LINE}power_cycle = {value}\n").values())


def test_every_line_of_the_example_that_sets_something_says_what_it_is():
    bare = re.compile(r'^#?(?!name = "default")[a-z_]+ = [^#]*$')
    assert [line for line in EXAMPLE.read_text("utf-8").splitlines() if bare.match(line)] == []


def test_an_account_in_the_file_has_the_settings_of_an_account():
    assert {one.name: one.default for one in fields(AccountTable) if one.name != "name"} == {
        one.name: one.default for one in fields(AccountSettings)
    }


def test_all_faults_are_told_at_once():
    told = faults('[http]\nport = 99999\nrate_per_key = "many"\n[store]\nurl = "mysql://x"\n[log]\nlevel = "loud"\n')
    assert set(told) == {"http.port", "http.rate_per_key", "store.url", "log.level"}


def test_a_fault_says_what_was_given_and_what_is_allowed():
    assert faults("[http]\nport = 99999\n")["http.port"] == (
        "99999 is not allowed; allowed: a port number from 1 to 65535, or 0 for any free one"
    )


@pytest.mark.parametrize(
    ("text", "key", "near"),
    [
        ('[http]\nhots = "x"\n', "http.hots", "host"),
        ("[htpp]\nport = 1\n", "htpp", "http"),
        (f'{LINE}devise = "x"\n', "lines[1].devise", "device"),
        ('[[accounts]]\nname = "a"\ntime_zone = "UTC"\n', "accounts[1].time_zone", "timezone"),
    ],
)
def test_an_unknown_key_is_a_fault_with_the_nearest_known_one(text, key, near):
    assert faults(text)[key] == f"there is no such key; did you mean {near}?"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[http\n", "file"),
        ("http = 1\n", "http"),
        ('[http]\nport = "8080"\n', "http.port"),
        ("[http]\nrate_per_key = nan\n", "http.rate_per_key"),
        ('[http]\npublic_url = "sms.example.org"\n', "http.public_url"),
        ('[http]\ntls_cert = "cert.pem"\n', "http.tls_key"),
        ('[http]\ntrusted_proxies = ["10.0.0.1/8x"]\n', "http.trusted_proxies"),
        ('[webhooks]\nallow_networks = ["localhost"]\n', "webhooks.allow_networks"),
        ("[inbound]\npart_timeout_s = 0\n", "inbound.part_timeout_s"),
        ('[[lines]]\nname = "office"\n', "lines[1]"),
        ('[[lines]]\ndevice = "/dev/ttyUSB0"\n', "lines[1].name"),
        (f'{LINE}number = "013109060901"\n', "lines[1].number"),
        (f"{LINE}pin = 1234\n", "lines[1].pin"),
        (f'{LINE}pin_file = "gone.txt"\n', "lines[1].pin_file"),
        (LINE + LINE, "lines[2]"),
        (f'{LINE}profile = "huawey"\n', "lines[1].profile"),
        (f'{LINE}aliases = ["a\\u001b"]\n', "lines[1].aliases"),
        (f'{LINE}[[lines]]\nname = "home"\ndevice = "x"\naliases = ["office"]\n', "lines[2]"),
        (f'{LINE}[[lines]]\nname = "home"\ndevice = "x"\naliases = ["OFFICE"]\n', "lines[2]"),
        ('[[accounts]]\nname = "a"\ntimezone = "Mars/Base"\n', "accounts[1].timezone"),
        ('[[accounts]]\nname = "a"\ndefault_line = "gone"\n', "accounts[1].default_line"),
        ('[[accounts]]\nname = "a"\n[[accounts]]\nname = "a"\n', "accounts[2].name"),
        ('[[accounts]]\nname = "a"\nmask_policy = "drop"\n', "accounts[1].mask_policy"),
        ('[[accounts]]\nname = "a"\ndefault_country = "ZZ"\n', "accounts[1].default_country"),
        ('[[accounts]]\nname = "a"\ndestinations_allow = ["+49", "XX"]\n', "accounts[1].destinations_allow"),
        ('[[accounts]]\nname = "a"\ndestinations_deny = ["UK"]\n', "accounts[1].destinations_deny"),
        (f'{LINE}[[lines]]\nname = "home"\ndevice = "/dev/ttyUSB0"\n', "lines[2].device"),
        ('[[routes]]\nname = "a"\n[[routes]]\nname = "a"\n', "routes[2].name"),
        ('[[routes]]\nname = "a"\nlines = ["gone"]\n', "routes[1].lines"),
        ('[[routes]]\nname = "a"\noperators = ["gone"]\n', "routes[1].operators"),
        ('[[routes]]\nname = "a"\nto = ["XX"]\n', "routes[1].to"),
        ('[[routes]]\nname = "a"\nstrategy = "cheapest"\n', "routes[1].strategy"),
        ('[[operators]]\nname = "a"\nprefixes = []\n', "operators[1].prefixes"),
        ('[links]\nprefix = "/m/"\n', "media.prefix"),
        ('[media]\nprefix = "/docs/"\n', "media.prefix"),
        ('[sendsms]\npaths = ["/action", "/action"]\n', "sendsms.paths"),
        ('[sendsms]\npaths = ["/v1/messages"]\n', "sendsms.paths"),
        ('[enswitch]\nprefixes = ["/local", "/local"]\n', "enswitch.prefixes"),
    ],
)
def test_what_cannot_be_is_a_fault_at_its_key(text, key, tmp_path):
    assert key in faults(text, tmp_path)


def test_of_device_imei_and_iccid_the_first_that_is_given_says_whether_two_lines_share_a_modem(tmp_path):
    text = f'{LINE}imei = "490154203237518"\n[[lines]]\nname = "home"\nimei = "490154203237518"\n'
    assert len(config.parse(text, data_dir=tmp_path).lines) == 2


def test_a_sim_is_that_of_one_line_whatever_ports_they_name(tmp_path):
    sim = 'iccid = "8988307000012345678"\n'
    text = f'{LINE}{sim}[[lines]]\nname = "home"\ndevice = "/dev/ttyUSB1"\n{sim}'
    assert faults(text, tmp_path)["lines[2].iccid"].endswith('of line "office"; one SIM, one line')


@pytest.mark.parametrize("name", ["auto", *(profile.name for profile in PROFILES)])
def test_every_profile_can_be_named(name, tmp_path):
    [line] = config.parse(f'{LINE}profile = "{name}"\n', data_dir=tmp_path).lines
    assert line.profile == name


@pytest.mark.parametrize(("name", "hint"), [("huawey", 'did you mean "huawei"?'), ("x", "known: auto, huawei")])
def test_a_profile_that_there_is_not_is_told_with_those_that_there_are(name, hint, tmp_path):
    assert hint in faults(f'{LINE}profile = "{name}"\n', tmp_path)["lines[1].profile"]


def test_a_route_is_made_of_its_countries_prefixes_and_operators(tmp_path):
    text = (
        f'{LINE}[[operators]]\nname = "telekom"\nprefixes = ["+49151"]\n[[routes]]\nname = "on-net"\n'
        'to = ["DE", "+43"]\noperators = ["telekom"]\nsenders = ["Desk"]\nlines = ["office"]\nstrategy = "first_up"\n'
    )
    [route] = config.parse(text, data_dir=tmp_path).routes
    assert route == LineRoute(
        "on-net",
        countries=("DE",),
        prefixes=("+43",),
        operator_prefixes=("+49151",),
        senders=("desk",),
        lines=("office",),
        strategy=Strategy.FIRST_UP,
    )


def test_a_pin_is_never_shown():
    told = faults(f'{LINE}pin = "12345678901"\n')
    assert "12345678901" not in str(told)
    assert "4812" not in repr(config.parse(f'{LINE}pin = "4812"\n', data_dir=Path()))


def test_a_pin_comes_from_a_file_beside_the_configuration(tmp_path):
    (tmp_path / "pin.txt").write_text("4812\n")
    (tmp_path / "config.toml").write_text(f'{LINE}pin_file = "pin.txt"\n')
    assert config.load(tmp_path / "config.toml", tmp_path).lines[0].pin == "4812"


def test_a_file_that_is_not_there_is_one_fault(tmp_path):
    with pytest.raises(ConfigError, match=r"config\.toml cannot be used:\n  file: it cannot be read"):
        config.load(tmp_path / "config.toml", tmp_path)


def test_one_account_is_checked_as_the_file_is():
    assert config.account_settings("shop", {"default_country": "DE"}).default_country == "DE"
    with pytest.raises(ConfigError, match="segments_per_day: -1 is not allowed"):
        config.account_settings("shop", {"segments_per_day": -1})


@pytest.mark.parametrize(
    ("data_dir", "environ", "expected"),
    [
        (Path("/x"), {"STATE_DIRECTORY": "/y"}, Path("/x")),
        (None, {"STATE_DIRECTORY": "/y:/z"}, Path("/y")),
        (None, {}, Path("var")),
    ],
)
def test_where_the_state_lives(data_dir, environ, expected):
    assert config.state_directory(data_dir, None, environ) == expected


def test_the_service_keeps_its_state_where_services_do(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "SERVICE_DATA", tmp_path)
    assert config.state_directory(None, config.SERVICE_CONFIG, {}) == tmp_path
    assert config.state_directory(None, Path("other.toml"), {}) == Path("var")


@pytest.mark.parametrize(
    ("host", "loopback"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("pi", False)]
)
def test_which_addresses_only_this_host_reaches(host, loopback):
    assert config.HttpSettings(host=host).loopback is loopback
