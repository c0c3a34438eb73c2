"""Exit 0 ok, 1 refused with one clear line on stderr, 2 usage; and `--help` everywhere."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cli import parser
from tests.cli.conftest import Shell

ROOT = Path(__file__).parent.parent.parent


def commands(top: argparse.ArgumentParser, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command with its words."""
    yield words
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield from commands(below, (*words, name))


@pytest.mark.parametrize("words", list(commands(parser())), ids=" ".join)
def test_every_command_helps(shell: Shell, words: tuple[str, ...]) -> None:
    said = shell.run(*words, "--help")
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith("usage: python -m bot")


@pytest.mark.parametrize(
    "words",
    [
        "", "nothing", "serve --port x", "serve --port 99999", "serve --port -1", "serve --roles cook", "serve --roles ,",
        "catalog", "catalog import", "catalog import a.jsonl --format xml", "catalog approve", "catalog approve 1.001193",
        "catalog approve 1.001193 --by Lan", "office", "office import", "dead", "dead show", "dead drop", "replay",
        "replay telegram", "talk --as king", "talk --channel-profile pigeon", "ask --jsonl", "migrate now",
    ],
)  # fmt: skip
def test_what_is_no_command_is_a_usage_error(shell: Shell, words: str) -> None:
    said = shell.run(*words.split())
    assert (said.status, said.out) == (2, "")
    assert "usage: python -m bot" in said.err
    assert not list(shell.folder.glob("*.db"))


REFUSED = [
    "catalog import nothing.jsonl", "catalog check nothing.jsonl", "catalog import .", "office import nothing.toml",
    "catalog list", "catalog export", "dead list", "dead show in:1", "dead drop all", "replay web nothing.jsonl",
    "catalog approve 1.001193 --by Lan --decision 1",
]  # fmt: skip


@pytest.mark.parametrize("words", REFUSED)
def test_a_refusal_is_one_clear_line(shell: Shell, words: str) -> None:
    said = shell.run(*words.split())
    assert (said.status, said.out) == (1, "")
    assert len(said.err.splitlines()) == 1
    assert "Traceback" not in said.err
    assert len(said.err) > 20


@pytest.mark.parametrize(
    "url",
    [
        "", "nonsense", "mysql://u:p@h/d", "postgresql://u:secret@h/d", "sqlite://", "sqlite:///:memory:", "sqlite:////",
        "sqlite:////dev/null/a.db", "postgresql+psycopg://u:secret@/d?host=/nowhere",
    ],
)  # fmt: skip
@pytest.mark.parametrize("command", ["migrate", "catalog list", "check"])
def test_a_database_that_cannot_be_is_refused_without_its_password(shell: Shell, url: str, command: str) -> None:
    shell.url = url
    said = shell.run(*command.split())
    shell.url = "sqlite:///shell.db"
    assert said.status == 1
    assert "Traceback" not in said.err
    assert "secret" not in said.err + said.out
    assert len(said.err.splitlines()) == 1 or command == "check"


def test_a_bad_setting_is_refused_by_name(shell: Shell) -> None:
    shell.sets(PORT="x")
    said = shell.run("migrate")
    assert said.status == 1
    assert said.err.startswith("PORT: ")


def bot(folder: Path, *words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """A command in a process of its own, in a locale that knows no Vietnamese."""
    environment = {
        "PATH": "/usr/bin:/bin", "LC_ALL": "POSIX", "PYTHONPATH": str(ROOT), "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0",
        "DATABASE_URL": f"sqlite:///{folder}/own.db", "STATE_DIR": str(folder / "state"), "PYTHONWARNINGS": "error",
    }  # fmt: skip
    call = [sys.executable, "-m", "bot", *words]
    return subprocess.run(call, input=stdin, capture_output=True, env=environment, cwd=folder, check=False, timeout=60)


def test_a_real_process_speaks_utf_8_in_any_locale(tmp_path: Path) -> None:
    migrated = bot(tmp_path, "migrate")
    assert (migrated.returncode, migrated.stderr) == (0, b"")
    listed = bot(tmp_path, "catalog", "list")
    assert (listed.returncode, listed.stderr) == (0, b"")
    assert "1.001193\tnot approved\tĐăng ký khai sinh" in listed.stdout.decode().splitlines()


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    line = f"{sys.executable} -m bot migrate >/dev/null && {sys.executable} -m bot catalog export | head -c 10; echo ${{PIPESTATUS[0]}}"
    environment = {
        "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "STATE_DIR": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path}/a.db",
    }  # fmt: skip
    call = subprocess.run(
        ["bash", "-c", line], capture_output=True, env=environment, cwd=tmp_path, check=False, timeout=60
    )
    assert call.stderr == b""
    assert call.stdout.splitlines()[-1].endswith(b"0")
