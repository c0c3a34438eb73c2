"""A twin as a process of its own, so that the program under test can be killed while the platform lives on."""

from __future__ import annotations

import base64
import http.client
import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.twins.faults import Fault
from tests.twins.records import Call, read_record

_ROOT = Path(__file__).resolve().parents[2]


class TwinProcess:
    """`with TwinProcess("telegram", record=path, fast=True) as twin: ...`; blocking, for scripts and kill tests.

    Options as on the command line of `python -m tests.twins`, with underscores; True for a bare switch.
    """

    def __init__(self, platform: str, *, record: Path, faults: tuple[dict[str, Any], ...] = (), **options: Any) -> None:
        self.record_path = record
        self.url = ""
        self.port = 0
        self._command = [sys.executable, "-m", "tests.twins", platform, "--record", str(record)]
        for name, value in options.items():
            if value is not False and value is not None:
                self._command.append("--" + name.replace("_", "-"))
                if value is not True:
                    self._command.append(str(value))
        for fault in faults:
            self._command += ["--fault", json.dumps(fault)]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id; RuntimeError before `start`."""
        if self._process is None:
            raise RuntimeError("the twin was not started")
        return self._process.pid

    def start(self) -> Self:
        """Starts the twin and waits until it listens. RuntimeError when it ends instead."""
        self._process = subprocess.Popen(self._command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        first = self._process.stdout.readline()
        if not first:
            raise RuntimeError(f"the twin ended with {self._process.wait()}")
        self.port = int(first)
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    def stop(self) -> None:
        """Ends the twin (its stdin is closed) and waits for it; its record is then whole."""
        if self._process is not None:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.close()
            self._process.wait(timeout=60)
            self._process.stdout.close()
            self._process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def do(self, verb: str, *args: Any, **kwargs: Any) -> Any:
        """Calls a method of the twin, `do("user_says", 101, "xin chào")`, and returns its result as JSON values.

        Bytes go over as they are; a fault as `{"fault": {"kind": "rate_limited", "retry_after": 3}}`. RuntimeError
        with the twin's complaint.
        """
        sent = [_wire(value) for value in args], {key: _wire(value) for key, value in kwargs.items()}
        return self._post({"verb": verb, "args": sent[0], "kwargs": sent[1]})

    def set(self, name: str, value: Any) -> None:
        """Sets an attribute of the twin."""
        self._post({"verb": name, "set": value})

    def stats(self) -> dict[str, Any]:
        """Figures of the run so far: calls, sent, unanswered, pending, violations, busiest_second."""
        answer = self._request("GET", "/_twin/stats", None)
        assert isinstance(answer, dict)
        return answer

    def record(self) -> list[Call]:
        """The calls so far, read from the file."""
        return read_record(self.record_path)

    def _post(self, order: dict[str, Any]) -> Any:
        answer = self._request("POST", "/_twin/do", json.dumps(order).encode())
        if not answer["ok"]:
            raise RuntimeError(answer["error"])
        return answer["result"]

    def _request(self, verb: str, path: str, body: bytes | None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(verb, path, body, {"Content-Type": "application/json"})
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


def _wire(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, Fault):
        raise TypeError('a fault crosses to another process as {"fault": {"kind": ...}}')
    return value
