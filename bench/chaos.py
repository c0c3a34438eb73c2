"""`make chaos`: killed processes, spoiled calls, bad weather; counts what was lost or done twice. Exit 1 when a goal is
missed. `python -m bench.chaos [--quick | --full] [part ...]`, parts: see PARTS; `--quick` is a small run of the kills
alone, `--full` the sizes of the goals.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from bench import away, changes_kills, kills, outages, spoiling
from bench.databases import POSTGRES, SQLITE
from bench.tables import NotMeasured, Table

PARTS = ("kills", "changes", "spoiled", "outages", "away")
_COLUMNS = (
    "database", "kills", "updates", "lost", "given up", "not handled", "handled twice", "replies lost", "out of order",
    "replies twice", "of these in flight", "most in flight", "s",
)  # fmt: skip


def killing(runs: Sequence[tuple[str, int, int]], seed: int) -> Table:
    """`kill -9` at random instants; `runs` are (database, kills, updates)."""
    table = Table("kill -9 of `serve` at random instants while updates arrive", _COLUMNS)
    for kind, count, updates in runs:
        try:
            done = kills.run(kind, count, updates, seed)
        except NotMeasured as missing:
            table.notes.append(f"{kind}: not measured, {missing}")
            continue
        found = done.verdict
        table.add(
            kind, done.kills, done.updates, done.lost, done.dead, found.handled_not, found.handled_twice,
            found.replies_lost, found.out_of_order, found.doubled, found.explained, done.worst_in_flight,
            f"{done.seconds:.0f}",
        )  # fmt: skip
        table.notes += found.examples[:10]
        table.notes.append(
            f"{kind}: {done.early} kills came before the process was ready; stopped in {done.stopped_in:.1f} s"
        )
        table.goal(f"{kind}: nothing lost, nothing handled twice, the database whole", done.lost == done.dead == 0
                   and found.handled_not == found.handled_twice == 0 and done.whole)  # fmt: skip
        table.goal(f"{kind}: no reply lost, each chat in order", found.replies_lost == found.out_of_order == 0)
        table.goal(f"{kind}: twice only what was in flight at a kill, at most {kills.IN_FLIGHT} each",
                   found.doubled == found.explained and done.worst_in_flight <= kills.IN_FLIGHT)  # fmt: skip
    return table


def main(arguments: Sequence[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"some of {', '.join(PARTS)}; all of them by default")
    parser.add_argument("--quick", action="store_true", help="10 kills each, 200 updates and 200 changes, SQLite")
    parser.add_argument("--full", action="store_true", help="500 kills, 10,000 changes, a day's outage: an hour")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    seed, full = given.seed, given.full
    count, changes = (500, 10_000) if full else (50, 1000)
    parts: dict[str, Callable[[], Table]] = {
        "kills": lambda: killing([(SQLITE, 100, 2000), (POSTGRES, 25, 1000)], seed),
        "changes": lambda: changes_kills.run([(SQLITE, count, changes), (POSTGRES, count, changes)], seed),
        "spoiled": lambda: spoiling.run(10_000, seed),
        "outages": outages.run,
        "away": lambda: away.run(changes, (300, 600, 86_400) if full else (300, 600)),
    }
    if given.quick:
        parts = {
            "kills": lambda: killing([(SQLITE, 10, 200)], seed),
            "changes": lambda: changes_kills.run([(SQLITE, 10, 200)], seed),
        }
    missed = 0
    for name, part in parts.items():
        if not given.parts or name in given.parts:
            table = part()
            missed += table.missed
            print(table, end="\n\n", flush=True)
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
