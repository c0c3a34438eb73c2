"""`python -m bench [part ...]`: measure and print one table a part; exit 1 when a goal is missed.

Parts: `hooks`, `turns`, `search`, `understanding`. What cannot be measured here says "not measured" and why; the data
lies in BENCH_DATA (default `../shared/data`).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from bench.tables import NotMeasured, Table

PARTS = ("hooks", "turns", "search", "understanding")


def main(arguments: Sequence[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"some of {', '.join(PARTS)}; all by default")
    given = parser.parse_args(arguments)
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    missed = 0
    for name in given.parts or PARTS:
        try:
            run: Callable[[], Table | list[Table]] = import_module(f"bench.{name}").run
            made = run()
        except NotMeasured as missing:
            print(f"== {name}: not measured, {missing}\n", flush=True)
            continue
        except ModuleNotFoundError as missing:
            print(f"== {name}: not measured, {missing.name} is not installed\n", flush=True)
            continue
        for table in made if isinstance(made, list) else [made]:
            missed += table.missed
            print(table, end="\n\n", flush=True)
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
