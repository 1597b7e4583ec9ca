"""Who is bound to an API by a name that is none would be let in nowhere, and told so by every call only."""

from pathlib import Path

import pytest

from gateway.cli.access import _settings, keys_add
from gateway.cli.exits import Exit, Failure
from gateway.cli.files import check_config
from gateway.cli.parser import parse


def test_a_key_for_none_of_them_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Failure, match='there is no API "smsend"; did you mean smssend') as failure:
        keys_add(parse(["keys", "add", "--fronts", "v1,smsend", "--data-dir", str(tmp_path)]))
    assert failure.value.exit_code == Exit.USAGE
    assert not any(tmp_path.iterdir())


def test_an_account_for_none_of_them_is_refused() -> None:
    assert _settings(["services=v1,rest-sms"]) == {"services": ["v1", "rest-sms"]}
    with pytest.raises(Failure, match='no API "foo"; there are v1, '):
        _settings(["services=v1,foo"])


def test_check_config_names_the_account_and_the_word(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[[accounts]]\nname = "a"\nservices = ["v1", "rest_sms"]\n')
    with pytest.raises(Failure, match=r'accounts\[1\]\.services: there is no API "rest_sms"; did you mean rest-sms'):
        check_config(parse(["check-config", "--config", str(file)]))
