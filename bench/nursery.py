"""`python -m bot serve` many times over, each a process of its own that is ready in half a second.

Importing takes most of a start. A nursery imports everything once and forks: the child runs the command line as any
other start does, on its own connections and threads, and is killed by its own pid.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.programs import Failed, Running, end_with_parent, environment

_GONE_S = 15.0


class Life(Running):
    """One run of `serve`."""

    def __init__(self, pid: int, folder: Path, number: int) -> None:
        super().__init__(f"life-{number}", folder, ready="is ready")
        self.pid = pid

    @property
    def alive(self) -> bool:
        """Whether the process lives."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def kill(self) -> float:
        """kill -9; returns the time of it (unix seconds) once the process is gone."""
        at = time.time()
        self._end(signal.SIGKILL)
        return at

    def stop(self) -> float:
        """SIGTERM; returns how many seconds it took to end."""
        began = time.monotonic()
        self._end(signal.SIGTERM)
        return time.monotonic() - began

    def _end(self, number: int) -> None:
        if not self.alive:
            raise Failed(f"a process ended by itself:\n{self.tail()}")
        os.kill(self.pid, number)
        deadline = time.monotonic() + _GONE_S
        while self.alive:
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
                raise Failed(f"a process did not end on signal {number}:\n{self.tail()}")
            time.sleep(0.002)


class Nursery:
    """`with Nursery(env, folder) as nursery: life = nursery.serve()`. Everything that lives in it ends with it.

    `unlimited` lifts our own pace, for a platform that enforces none.
    """

    def __init__(self, env: Mapping[str, str], folder: Path, *, unlimited: bool = False) -> None:
        self._env, self._folder, self._number = environment(env), folder, 0
        self._command = [sys.executable, "-m", "bench.nursery", *(["--unlimited"] if unlimited else [])]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with (self._folder / "nursery.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=self._folder, env=self._env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=log, preexec_fn=end_with_parent,
            )  # fmt: skip
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def serve(self, *arguments: str) -> Life:
        """Begin a run of `serve` with these arguments. It is not ready yet."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._number += 1
        log = self._folder / f"life-{self._number}.log"
        log.touch()
        self._process.stdin.write(json.dumps([str(log), *arguments]).encode() + b"\n")
        self._process.stdin.flush()
        said = self._process.stdout.readline()
        if not said:
            raise Failed(f"the nursery ended:\n{(self._folder / 'nursery.log').read_text()[-2000:]}")
        return Life(int(said), self._folder, self._number)


def main() -> None:
    """Fork one run of `serve` for each line of stdin, `[log, argument, ...]`; print its process id."""
    for name in ("bot.channels.telegram", "bot.channels.zalo_bot", "bot.cli"):
        import_module(name)
    from bot.cli import main as command_line

    if "--unlimited" in sys.argv:
        from bot.channels.telegram import TelegramChannel
        from bot.port import Pace

        TelegramChannel.pace = Pace()
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are taken away at once
    while line := sys.stdin.buffer.readline():
        pid = os.fork()
        if pid:
            print(pid, flush=True)
            continue
        end_with_parent()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        path, *arguments = json.loads(line)
        log = os.open(path, os.O_WRONLY | os.O_APPEND)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for stream, number in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(stream, number)
        sys.stdin = os.fdopen(0)  # as a process of its own has it: nothing was read yet
        status = command_line(["serve", *arguments])
        sys.stdout.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
