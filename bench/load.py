"""The load: hook calls over kept-alive connections, one after another on each, from a process of its own.

`python -m bench.load PORT PATH FILE --connections 32` posts each line of FILE once and prints one JSON object:
`{"began": unix seconds, "seconds", "statuses": {"200": n}, "latencies_ms": [...]}`. Plain sockets and epoll, so that
the generator needs a small part of the one core that the server leaves it.
"""

from __future__ import annotations

import argparse
import json
import selectors
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

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


def post(port: int, path: str, bodies: Iterable[bytes], folder: Path, *, connections: int = 32) -> Run:
    """Post `bodies` from another process and wait for the last answer. Raises Failed when the load broke."""
    file = folder / "bodies"
    file.write_bytes(b"\n".join(bodies))
    command = [sys.executable, "-m", "bench.load", str(port), path, str(file), "--connections", str(connections)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=300, check=False)
    if done.returncode:
        raise Failed(f"the load broke: {done.stderr.decode()[-1000:]}")
    said = json.loads(done.stdout)
    return Run(said["began"], said["seconds"], said["statuses"], said["latencies_ms"])


def run(port: int, requests: Sequence[bytes], connections: int) -> Run:
    """Send `requests`, each connection its next one when the last was answered. Raises OSError, TimeoutError."""
    selector = selectors.DefaultSelector()
    waiting: Iterator[bytes] = iter(requests)
    statuses: Counter[str] = Counter()
    latencies: list[float] = []
    began_at: dict[int, float] = {}
    buffers: dict[int, bytes] = {}
    clock = time.perf_counter
    open_connections = 0

    def next_on(connection: socket.socket) -> bool:
        request = next(waiting, None)
        if request is None:
            selector.unregister(connection)
            connection.close()
            return False
        began_at[connection.fileno()] = clock()
        connection.sendall(request)
        return True

    for _ in range(min(connections, len(requests))):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection, selectors.EVENT_READ)
        open_connections += 1
    wall, began = time.time(), clock()
    for key in list(selector.get_map().values()):
        next_on(key.fileobj)  # type: ignore[arg-type]
    while open_connections:
        ready = selector.select(_QUIET_S)
        if not ready:
            raise TimeoutError("the server went quiet")
        for key, _ in ready:
            number = key.fd
            got = key.fileobj.recv(65536)  # type: ignore[union-attr]
            if not got:
                raise ConnectionError("the server closed a connection")
            answer = buffers.pop(number, b"") + got
            if not _whole(answer):
                buffers[number] = answer
                continue
            latencies.append((clock() - began_at[number]) * 1000)
            statuses[answer[9:12].decode()] += 1
            open_connections -= not next_on(key.fileobj)  # type: ignore[arg-type]
    return Run(wall, clock() - began, dict(statuses), sorted(latencies))


def _whole(answer: bytes) -> bool:
    """Whether an answer with a Content-Length is complete."""
    head, found, body = answer.partition(b"\r\n\r\n")
    if not found:
        return False
    _, named, rest = head.lower().partition(b"content-length:")
    return len(body) >= int(rest.split(b"\r\n", 1)[0]) if named else True


def request(path: str, body: bytes) -> bytes:
    """The bytes of one hook call."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.load")
    parser.add_argument("port", type=int)
    parser.add_argument("path")
    parser.add_argument("file", type=Path)
    parser.add_argument("--connections", type=int, default=32)
    given = parser.parse_args()
    requests = [request(given.path, body) for body in given.file.read_bytes().split(b"\n")]
    done = run(given.port, requests, given.connections)
    print(json.dumps({
        "began": done.began, "seconds": done.seconds, "statuses": done.statuses, "latencies_ms": done.latencies,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
