"""Settings: every one is documented, secrets stay secret, and what cannot work does not start."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.settings import BadSettings, Settings, load

EXAMPLE = Path(__file__).parent.parent / ".env.example"


def test_every_setting_is_in_the_example_and_nothing_else() -> None:
    named = set(re.findall(r"^# ?([A-Z][A-Z0-9_]+)=", EXAMPLE.read_text("utf-8"), re.MULTILINE))
    assert named == {name.upper() for name in Settings.model_fields}


def test_the_example_tells_the_defaults() -> None:
    told = dict(re.findall(r"^# ?([A-Z][A-Z0-9_]+)=(\S*)", EXAMPLE.read_text("utf-8"), re.MULTILINE))
    for name, field in Settings.model_fields.items():
        default = getattr(field.default, "get_secret_value", lambda value=field.default: value)()
        assert told[name.upper()] == (str(default).lower() if isinstance(default, bool) else str(default)), name


@pytest.mark.parametrize("name", ["telegram", "zalo_bot"])
def test_a_webhook_without_its_secret_refuses_to_start(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{name.upper()}_TOKEN", "123456:abcdefghijklmnopqrstuvwxyz")
    monkeypatch.setenv(f"{name.upper()}_RECEIVE", "webhook")
    with pytest.raises(BadSettings, match=f"{name.upper()}_WEBHOOK_SECRET") as refused:
        load(_env_file=None)
    assert "abcdefghijklmnop" not in str(refused.value)


def test_a_wrong_value_is_refused_by_name_and_never_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "seventy-and-secret")
    with pytest.raises(BadSettings, match="PORT") as refused:
        load(_env_file=None)
    assert "secret" not in str(refused.value)


def test_secrets_do_not_print(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_TOKEN", "123456:abcdefghijklmnopqrstuvwxyz")
    assert "abcdefghij" not in repr(load(_env_file=None))
