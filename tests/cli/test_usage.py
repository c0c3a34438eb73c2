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
from tests.kit.house import new_database
from tests.kit.patience import PATIENCE

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
        "", "nothing", "serve --port x", "serve --port 99999", "serve --port -1", "serve --roles cook",
        "serve --roles ,", "catalog", "catalog import", "catalog import a.jsonl --format xml", "catalog approve",
        "catalog approve 1.001193", "catalog approve 1.001193 --by X", "office", "office import",
        "dead", "dead show", "dead drop", "replay",
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
    "catalog approve 1.001193 --by X --decision 1",
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
        "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "LC_ALL": "POSIX", "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0", "DATABASE_URL": f"sqlite:///{folder}/house.db", "STATE_DIR": str(folder / "state"),
        "PYTHONWARNINGS": "error",
    }  # fmt: skip
    call = [sys.executable, "-m", "bot", *words]
    return subprocess.run(
        call, input=stdin, capture_output=True, env=environment, cwd=folder, check=False, timeout=PATIENCE
    )


def test_a_real_process_speaks_utf_8_in_any_locale(tmp_path: Path) -> None:
    new_database("sqlite", tmp_path)
    listed = bot(tmp_path, "catalog", "list")
    assert (listed.returncode, listed.stderr) == (0, b"")
    assert "1.001193\tnot approved\tĐăng ký khai sinh" in listed.stdout.decode().splitlines()


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    url = new_database("sqlite", tmp_path)
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "STATE_DIR": str(tmp_path), "DATABASE_URL": url}
    call = [sys.executable, "-m", "bot", "catalog", "export"]
    with subprocess.Popen(
        call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd=tmp_path
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert (process.stderr.read(), process.wait(PATIENCE)) == (b"", 0)
