"""The load: hook calls over kept-alive connections, one after another on each, from a process of its own.

`python -m bench.load PORT FILE --connections 32` sends each request of FILE once and prints one JSON object:
`{"began": unix seconds, "seconds", "statuses": {"200": n}, "latencies_ms": [...]}`. Plain sockets and epoll, so that
the generator needs a small part of the one core that the server leaves it. A server may close a connection after an
answer; the next request then goes over a new one.
"""

from __future__ import annotations

import argparse
import selectors
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.programs import ROOT, SECRET, Failed
from bench.tables import percentile

_QUIET_S = 30.0


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the load. Latencies in milliseconds, sorted."""

    began: float
    seconds: float
    statuses: dict[str, int]
    latencies: Sequence[float]

    @property
    def per_second(self) -> float:
        """Calls answered 200 a second."""
        return self.statuses.get("200", 0) / self.seconds

    def ms(self, share: float) -> float:
        """The latency below which `share` of the calls lie."""
        return percentile(self.latencies, share)


def telegram(body: bytes) -> dict[str, str]:
    """What Telegram says besides the body."""
    return {"X-Telegram-Bot-Api-Secret-Token": SECRET}


def post(
    port: int, path: str, bodies: Iterable[bytes], folder: Path, *, connections: int = 32,
    headers: Callable[[bytes], Mapping[str, str]] = telegram,
) -> Run:  # fmt: skip
    """Post `bodies` from another process and wait for the last answer. Raises Failed when the load broke."""
    file = folder / "requests"
    file.write_bytes(msgspec.msgpack.encode([request(path, body, headers(body)) for body in bodies]))
    command = [sys.executable, "-m", "bench.load", str(port), str(file), "--connections", str(connections)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=300, check=False)
    if done.returncode:
        raise Failed(f"the load broke: {done.stderr.decode()[-1000:]}")
    said = msgspec.json.decode(done.stdout)
    return Run(said["began"], said["seconds"], said["statuses"], said["latencies_ms"])


def request(path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """The bytes of one hook call."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


class Caller:
    """One connection: sends a request, collects its answer."""

    def __init__(self, port: int) -> None:
        self._port, self._answer = port, b""
        self.socket = self._open()
        self.began = 0.0

    def _open(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self._port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def send(self, request: bytes) -> None:
        """Send a request."""
        self._answer, self.began = b"", time.perf_counter()
        self.socket.sendall(request)

    def take(self) -> str:
        """Read on; returns the status once the answer is whole, else ""."""
        got = self.socket.recv(65536)
        self._answer += got
        if not got and not self._answer:
            raise ConnectionError("the server closed a connection without an answer")
        return self._answer[9:12].decode() if not got or _whole(self._answer) else ""

    def closes(self) -> bool:
        """Whether the server said that it will close this connection."""
        return b"connection: close" in self._answer.partition(b"\r\n\r\n")[0].lower()


def run(port: int, requests: Sequence[bytes], connections: int) -> Run:
    """Send `requests`, each connection its next one when the last was answered. Raises OSError, TimeoutError."""
    selector = selectors.DefaultSelector()
    waiting = iter(requests)
    statuses: Counter[str] = Counter()
    latencies: list[float] = []

    def go_on(caller: Caller | None) -> None:
        """Send the next request, or let the connection go when there is none."""
        following = next(waiting, None)
        if caller is not None and (following is None or caller.closes()):
            selector.unregister(caller.socket)
            caller.socket.close()
            caller = None
        if following is None:
            return
        if caller is None:
            caller = Caller(port)
            selector.register(caller.socket, selectors.EVENT_READ, caller)
        caller.send(following)

    wall, began = time.time(), time.perf_counter()
    for _ in range(min(connections, len(requests))):
        go_on(None)
    while selector.get_map():
        ready = selector.select(_QUIET_S)
        if not ready:
            raise TimeoutError("the server went quiet")
        for key, _ in ready:
            if status := key.data.take():
                latencies.append((time.perf_counter() - key.data.began) * 1000)
                statuses[status] += 1
                go_on(key.data)
    return Run(wall, time.perf_counter() - began, dict(statuses), sorted(latencies))


def _whole(answer: bytes) -> bool:
    """Whether an answer with a Content-Length is complete."""
    head, found, body = answer.partition(b"\r\n\r\n")
    if not found:
        return False
    _, named, rest = head.lower().partition(b"content-length:")
    return len(body) >= int(rest.split(b"\r\n", 1)[0]) if named else True


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.load")
    parser.add_argument("port", type=int)
    parser.add_argument("file", type=Path)
    parser.add_argument("--connections", type=int, default=32)
    given = parser.parse_args()
    requests = msgspec.msgpack.decode(given.file.read_bytes(), type=list[bytes])
    done = run(given.port, requests, given.connections)
    said = {
        "began": done.began, "seconds": done.seconds, "statuses": done.statuses, "latencies_ms": done.latencies,
    }  # fmt: skip
    print(msgspec.json.encode(said).decode())


if __name__ == "__main__":
    main()
