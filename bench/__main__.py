"""`python -m bench [--full] [part ...]`: measure and print one table a part; exit 1 when a goal is missed.

Parts: `hooks`, `turns`, `search`, `understanding`, `second_turns`, `claims`, `coach`, `card_qr`, `store_power`,
`foreign`, `draining`, `hot_chat`, `replies`, `limits`, `guessing`, `million`, `places`.
What cannot be measured here says "not measured" and why; the data lies in BENCH_DATA (default `../shared/data`).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from bench.tables import NotMeasured, Table

PARTS = (
    "hooks", "turns", "search", "understanding", "second_turns", "places", "claims", "coach", "card_qr", "store_power",
    "foreign", "draining", "hot_chat", "replies", "limits", "guessing", "million",
)  # fmt: skip
FULL: dict[str, dict[str, Any]] = {
    "foreign": {"changes": 300},
    "draining": {"notices": 100_000},
    "replies": {"notices": 100_000, "questions": 200},
    "limits": {"seconds": 90.0},
    "guessing": {"guesses": 1_000_000},
    "million": {"most": 1_000_000, "rounds": 150},
}
"""The sizes with `--full`, where a part has any but its usual ones."""


def main(arguments: Sequence[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"some of {', '.join(PARTS)}; all by default")
    parser.add_argument("--full", action="store_true", help="the sizes of the goals: minutes, some of them many")
    given = parser.parse_args(arguments)
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    missed = 0
    for name in given.parts or PARTS:
        try:
            run: Callable[..., Table | list[Table]] = import_module(f"bench.{name}").run
            made = run(**(FULL.get(name, {}) if given.full else {}))
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
