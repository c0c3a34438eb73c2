"""What the machine counts, in one place, for `/metrics`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Metrics:
    """The counters of one process. Labels are channel and account names, never anything of a person."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._turns = Counter("motcua_turns_total", "Updates dealt with", registry=self.registry)
        self._broke = Counter("motcua_turn_failures_total", "Turns that broke", ["given_up"], registry=self.registry)
        buckets = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5)
        self._turn_time = Histogram(
            "motcua_turn_seconds", "One turn of a conversation", buckets=buckets, registry=self.registry
        )
        self._batch_time = Histogram(
            "motcua_turn_batch_seconds", "A batch of turns with its commit", registry=self.registry
        )
        self.hooks = Counter("motcua_hooks_total", "Hook calls", ["channel", "status"], registry=self.registry)
        self.sent = Counter(
            "motcua_sends_total", "Messages handed to a platform", ["channel", "outcome"], registry=self.registry
        )
        self.inbox_open = Gauge("motcua_inbox_open", "Updates waiting for their turn", registry=self.registry)
        self.outbox_open = Gauge(
            "motcua_outbox_open", "Messages waiting to be sent", ["channel"], registry=self.registry
        )
        self.dead = Gauge("motcua_dead", "Rows given up, for an operator", ["table"], registry=self.registry)
        self.silence = Gauge("silence_total", "Notices that nobody has yet although she must", registry=self.registry)
        self._notes = Gauge(
            "operator_notes_open", "Troubles that somebody of the office has to close", ["key"], registry=self.registry
        )
        self.channel_up = Gauge(
            "motcua_channel_up", "Whether a channel works", ["channel", "account"], registry=self.registry
        )

    def operator_notes(self, counts: Mapping[str, int], kinds: Iterable[str]) -> None:
        """So many troubles are open of each kind; 0 of the other `kinds`."""
        for key in sorted({*kinds, *counts}):
            self._notes.labels(key).set(counts.get(key, 0))

    def turns(self, count: int, seconds: float) -> None:
        """A batch of `count` updates was dealt with in `seconds`."""
        self._turns.inc(count)
        self._batch_time.observe(seconds)

    def one_turn(self, seconds: float) -> None:
        """One conversation took its turn in `seconds`."""
        self._turn_time.observe(seconds)

    def turn_broke(self, given_up: bool) -> None:
        """A turn broke; `given_up` after the last attempt."""
        self._broke.labels("yes" if given_up else "no").inc()

    def text(self) -> bytes:
        """Everything in Prometheus text form."""
        return generate_latest(self.registry)
