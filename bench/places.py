"""Finding a commune in what was typed: processor time of one thread, and of indexing at a start."""

from __future__ import annotations

import time

from bench.tables import Table, percentile
from services.catalog.text import fold
from services.places.search import Index
from services.places.table import Table as Places

P99_MS, INDEX_MS = 10.0, 300.0


def run() -> Table:
    """Measure: every commune as a citizen types it, without diacritics and behind a street."""
    began = time.thread_time()
    known = Places()
    read = (time.thread_time() - began) * 1000
    began = time.thread_time()
    index = Index(known)
    built = (time.thread_time() - began) * 1000
    typed = [fold(f"12 duong lang, {place.line}") for of in known.communes.values() for place in of]
    taken = []
    for line in typed:
        began = time.thread_time()
        index.find(line, None, 5)
        taken.append((time.thread_time() - began) * 1000)
    table = Table(f"one address of {len(typed):,}, one core", ("what", "figure"))
    table.add(
        "one address, p50 / p99 / slowest, ms", " / ".join(f"{percentile(taken, at):.2f}" for at in (0.5, 0.99, 1))
    )
    table.add("tables read, ms", f"{read:.0f}")
    table.add("names indexed, ms", f"{built:.0f}")
    table.goal(f"p99 at most {P99_MS:.0f} ms", percentile(taken, 0.99) <= P99_MS)
    table.goal(f"indexed in at most {INDEX_MS:.0f} ms", built <= INDEX_MS)
    table.notes.append("processor time of one thread")
    return table
