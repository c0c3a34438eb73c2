"""`serve`: ready soon, gone at SIGTERM with nothing half done, and a demo only where nobody's data is."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from services import office
from services.db.machine import Conversation, Inbox, Meta, Outbox
from services.db.office import Agency
from tests.cli.conftest import Shell
from tests.cli.test_catalogue import OWN, write
from tests.kit.patience import PATIENCE

ROOT = Path(__file__).parent.parent.parent


@contextmanager
def serving(folder: Path, *words: str, **more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server in a process of its own, and what it said when it was ready."""
    environment = os.environ | {
        "PYTHONPATH": str(ROOT), "DATABASE_URL": f"sqlite:///{folder}/serve.db", "STATE_DIR": str(folder / "state"),
    } | more  # fmt: skip
    call = [sys.executable, "-m", "bot", "serve", "--port", "0", *words]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(call, env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def ask(url: str, path: str, body: Any = None, **headers: str) -> Any:
    """One request; the answer as JSON."""
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url + path, data, headers), timeout=PATIENCE) as answer:  # noqa: S310
        return json.loads(answer.read())


def test_a_demo_serves_answers_and_ends_when_told(shell: Shell) -> None:
    with serving(shell.folder, "--demo", DATA_KEY="") as (process, said):
        assert said.startswith("Một Cửa is ready: http://127.0.0.1:")
        url = said.split(": ", 1)[1].rstrip("/")
        assert ask(url, "/health/ready")["ready"]
        session = ask(url, "/chat/sessions", {})
        head = {"Authorization": f"Bearer {session['token']}", "Content-Type": "application/json"}
        stream = urllib.request.urlopen(urllib.request.Request(url + "/chat/stream", headers=head), timeout=PATIENCE)  # noqa: S310
        assert ask(url, "/chat/messages", {"id": "1", "text": "1.001193"}, **head) == {}
        lines = []
        while not any("Đăng ký khai sinh (1.001193)" in line for line in lines):
            lines.append(stream.readline().decode())
        for number in range(200):
            ask(url, "/chat/messages", {"id": f"n{number}", "text": "menu"}, **head)
        process.send_signal(signal.SIGTERM)
        while stream.readline():
            pass
        assert process.wait(PATIENCE) == 0
        stream.close()
    assert (shell.folder / "log").read_text() == ""
    assert (shell.folder / "state" / "demo.key").stat().st_mode & 0o777 == 0o600
    shell.url = f"sqlite:///{shell.folder}/serve.db"
    halves = select(func.count()).select_from(Outbox).where(Outbox.state == "sending")
    held = select(func.count()).select_from(Conversation).where(Conversation.claimed_until_ms > 0)
    assert shell.read(lambda session: (session.scalar(halves), session.scalar(held))) == (0, 0)
    assert shell.read(lambda session: session.scalar(select(func.count()).select_from(Inbox))) == 201
    assert shell.read(lambda session: session.get(Meta, "demo").value) == "yes"
    assert shell.read(office.front).name.endswith("(thử nghiệm)")


@pytest.mark.slow
def test_some_roles_alone_start_and_stop(shell: Shell) -> None:
    shell.filled()
    with serving(shell.folder, "--roles", "turns, delivery", DATABASE_URL=shell.url) as (process, said):
        assert said == "Một Cửa is ready: turns, delivery"
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0


def test_a_taken_port_or_an_unknown_host_is_refused(shell: Shell) -> None:
    shell.filled()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = shell.run("serve", "--port", str(port))
        assert said.status == 1
        assert said.err.startswith(f"cannot listen on 127.0.0.1:{port}: ")
        assert len(said.err.splitlines()) == 1
    said = shell.run("serve", "--port", "0", "--host", "no.such.host.invalid")
    assert (said.status, len(said.err.splitlines())) == (1, 1)


def test_without_a_key_only_the_demo_starts(shell: Shell) -> None:
    shell.filled()
    shell.sets(DATA_KEY="")
    said = shell.run("serve", "--port", "0")
    assert said.status == 1
    assert "DATA_KEY is not set" in said.err


def test_the_demo_refuses_a_database_that_has_data(empty: Shell) -> None:
    def refused() -> bool:
        said = empty.run("serve", "--demo", "--port", "0")
        assert not (empty.folder / "state" / "demo.key").exists()
        return said.status == 1 and "--demo needs an empty one" in said.err

    file = Path(empty.url.removeprefix("sqlite:///"))
    fresh = file.read_bytes()
    for row in (
        Agency(code="H1", name="UBND", level="commune"),
        Inbox(channel="web", account="default", event_id="1", lane="web/default/s", raw=b"{}", received_ms=0),
        Conversation(channel="web", account="default", chat="s", created_ms=0),
    ):
        empty.write(lambda session, row=row: session.add(row))
        assert refused(), row
        for path in empty.folder.glob(f"{file.name}*"):
            path.unlink()
        file.write_bytes(fresh)
    empty.run("catalog", "import", write(empty.folder, OWN))
    assert refused(), "an imported catalogue is somebody's work"
    assert empty.read(lambda session: session.get(Meta, "demo")) is None
