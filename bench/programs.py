"""Programs under measurement: each a process of its own in a folder of its own, ended by its pid."""

from __future__ import annotations

import base64
import ctypes
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parents[1]
TOKEN = "1000001:TWIN"
SECRET = "bench-secret-0123456789"

_READY_S = 60.0
_STOP_S = 15.0
_PR_SET_PDEATHSIG = 1


class Failed(Exception):
    """A program did not do what the measurement needs. The message ends with what it said last."""


class Running:
    """A process whose output goes to `folder/name.log`; `ready` is the text there that says it may be used."""

    def __init__(self, name: str, folder: Path, *, ready: str) -> None:
        self.log, self._ready, self._from = folder / f"{name}.log", ready, 0

    def is_ready(self) -> bool:
        """Whether it has said that it may be used."""
        with self.log.open("rb") as log:
            log.seek(self._from)
            return self._ready.encode() in log.read()

    def until_ready(self) -> None:
        """Wait for that. Raises Failed when it ends instead, or takes longer than a minute."""
        deadline = time.monotonic() + _READY_S
        while not self.is_ready():
            if not self.alive or time.monotonic() > deadline:
                raise Failed(f"a program is not ready:\n{self.tail()}")
            time.sleep(0.01)

    def tail(self, most: int = 2000) -> str:
        """The end of what it said."""
        return self.log.read_text("utf-8", "replace")[-most:]

    @property
    def alive(self) -> bool:
        """Whether the process lives."""
        raise NotImplementedError


class Program(Running):
    """`with Program("ours", ["-m", "bot", "serve"], env, folder, ready="ready") as p:` started, awaited, stopped."""

    def __init__(
        self, name: str, arguments: Sequence[str], env: Mapping[str, str], folder: Path, *, ready: str
    ) -> None:
        super().__init__(name, folder, ready=ready)
        self._command, self._folder, self._env = [sys.executable, *arguments], folder, environment(env)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id. Raises Failed before `start`."""
        if self._process is None:
            raise Failed("the program was not started")
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Start it and wait until it is ready. Raises Failed."""
        self._from = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=self._folder, env=self._env, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=end_with_parent,
            )  # fmt: skip
        try:
            self.until_ready()
        except Failed:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """SIGTERM, as an operator stops it; kill when it does not go."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def environment(env: Mapping[str, str]) -> dict[str, str]:
    """`env` with the few variables that a program needs of this process's own; nothing of the machine's settings."""
    return {
        **{key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ},
        "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **env,
    }  # fmt: skip


def end_with_parent() -> None:
    """A measurement that is cut off leaves nothing running behind it. For the child, before it runs."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def settings(database_url: str, folder: Path, twin_url: str, port: int) -> dict[str, str]:
    """The environment of `python -m bot` with Telegram's twin behind a webhook."""
    return {
        "DATABASE_URL": database_url,
        "STATE_DIR": str(folder / "state"),
        "DATA_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "TELEGRAM_TOKEN": TOKEN,
        "TELEGRAM_API_URL": twin_url,
        "TELEGRAM_RECEIVE": "webhook",
        "TELEGRAM_WEBHOOK_SECRET": SECRET,
    }
