"""How well citizens are understood: `python -m bench.understanding`, over all procedures in BENCH_DATA.

`--leak` only checks that no development question stands in the knowledge that ships; exit 1 if one does.
`--fit` prints the coefficients of the decision, fitted anew (see `bench/fitting.py`).
Right means: the accepted code, or a twin of it (the same act at another level, or the code that replaced it).
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import psutil

from bench.fitting import fit
from bench.question_sets import FIRST_RUNS, Question, catalogue, leaks, rank, sets
from bench.search_engines import Engine, stock_engines
from bench.tables import NotMeasured, Table, percentile
from services.catalog.decide import ANSWER_FROM, BRIEF_FROM
from services.catalog.index import Entry
from services.catalog.search import Context, Found, SearchIndex
from services.catalog.text import title_key

FIRST, THREE = 0.70, 0.85
"""The goals on the development questions."""


def ask(index: SearchIndex, question: Question) -> Found:
    """Ask a question, in its conversation if it has one."""
    return index.search(question.text, context=Context(question.context) if question.context else None)


def quality(index: SearchIndex, asked: dict[str, list[Question]]) -> Table:
    """Right first and among three, per set."""
    table = Table("understood: a right procedure first, among three", ("questions", "n", "first", "of three", "exact"))
    figures: dict[str, tuple[float, float]] = {}
    for name, all_of in asked.items():
        those = [question for question in all_of if question.accept]
        if not those:
            continue
        found = [ask(index, question) for question in those]
        ranks = [
            rank(({hit.code, *hit.group} for hit in one.hits), q.accept) for one, q in zip(found, those, strict=True)
        ]
        exact = [rank(({hit.code} for hit in index.listed(one)), q.accept) for one, q in zip(found, those, strict=True)]
        first, three = _share(ranks, 1), _share(ranks, 3)
        figures[name] = first, three
        table.add(name, len(those), f"{first:.3f}", f"{three:.3f}", f"{_share(exact, 1):.3f} / {_share(exact, 3):.3f}")
        if name == "development questions":
            table.goal(f"development questions {FIRST:.2f} / {THREE:.2f}", first >= FIRST and three >= THREE)
        if name == "the same without diacritics":
            before = figures.get("development questions", (0.0, 0.0))
            table.goal("within 0.03 without diacritics", max(before[0] - first, before[1] - three) <= 0.03)
        if "15%" in name:
            table.goal("typing errors of 15 %: among three 0.95", three >= 0.95)
    table.notes.append(FIRST_RUNS)
    table.notes.append(
        "exact: the accepted code itself is listed by `ask --json`, first / among three; a twin does not count"
    )
    return table


def _share(ranks: Sequence[int], below: int) -> float:
    return sum(place < below for place in ranks) / len(ranks) if ranks else 0.0


def decisions(index: SearchIndex, asked: dict[str, list[Question]]) -> Table:
    """Answered, offered and refused, and what of it was right."""
    table = Table(
        "decided: answered outright, offered as a choice, refused",
        ("questions", "n", "answered", "of these wrong", "offered", "refused"),
    )
    for name, all_of in asked.items():
        for style, those in _by_purpose(all_of):
            kinds: Counter[str] = Counter()
            wrong = right_offer = 0
            for question in those:
                found = ask(index, question)
                kinds[found.kind] += 1
                place = rank(({hit.code, *hit.group} for hit in found.hits), question.accept)
                wrong += found.kind == "answer" and place > 0
                right_offer += found.kind == "choose" and place < 99
            table.add(
                f"{name}: {style}" if style else name,
                len(those),
                kinds["answer"],
                wrong,
                kinds["choose"],
                kinds["none"],
            )
            if style == "out of scope":
                table.goal(f"{name}: nine in ten out of scope refused", kinds["none"] >= 0.9 * len(those))
            elif style == "ambiguous":
                table.goal(f"{name}: nine in ten ambiguous offered a right choice", right_offer >= 0.9 * len(those))
            elif not name.startswith("titles"):
                table.goal(f"{name}: at most 3 in 100 outright answers wrong", wrong <= 0.03 * max(kinds["answer"], 1))
    return table


def _by_purpose(asked: Sequence[Question]) -> list[tuple[str, list[Question]]]:
    plain = [q for q in asked if q.accept and q.style != "ambiguous"]
    groups = [("", plain), ("ambiguous", [q for q in asked if q.style == "ambiguous"])]
    groups.append(("out of scope", [q for q in asked if not q.accept]))
    return [(style, those) for style, those in groups if those]


def calibration(index: SearchIndex, asked: dict[str, list[Question]]) -> Table:
    """Of the questions decided with a given confidence, how many were decided right."""
    table = Table("calibrated: confidence against what came true", ("confidence", "n", "mean said", "came true"))
    told: list[tuple[float, bool]] = []
    for name, all_of in asked.items():
        if name.startswith("titles") or "diacritics" in name:
            continue
        for question in all_of:
            found = ask(index, question)
            if found.smalltalk not in (None, "out_of_scope", "unclear") or found.follow_up:
                continue
            place = rank(({hit.code, *hit.group} for hit in found.hits), question.accept)
            came_true = {"answer": place == 0, "choose": place < 99, "none": not question.accept}[found.kind]
            told.append((found.confidence, came_true))
    for low, high in ((0.0, 0.6), (0.6, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 0.95), (0.95, 1.01)):
        inside = [(said, true) for said, true in told if low <= said < high]
        if inside:
            table.add(
                f"{low:.2f} to {min(high, 1.0):.2f}",
                len(inside),
                f"{sum(said for said, _ in inside) / len(inside):.2f}",
                f"{sum(true for _, true in inside) / len(inside):.2f}",
            )
    table.notes.append(
        f"answered outright from {ANSWER_FROM}, brief questions from {BRIEF_FROM}; "
        "the models were fitted on these questions, see decide.py"
    )
    return table


def cost(entries: Sequence[Entry], asked: dict[str, list[Question]]) -> Table:
    """Time and memory on one core."""
    table = Table("cost on one core", ("what", "figure"))
    gc.collect()
    before = psutil.Process().memory_info().rss
    began = time.thread_time()
    index = SearchIndex.build(entries)
    built = time.thread_time() - began
    gc.collect()
    gc.freeze()  # as `serve` does once it has started
    more = (psutil.Process().memory_info().rss - before) / 2**20
    table.add("index built, s", f"{built:.2f}")
    table.add("memory of the index, MiB", f"{more:.0f}")
    table.goal("built in at most 5 s", built <= 5.0)
    table.goal("at most 150 MiB", more <= 150)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index.npz"
        index.save(path)
        began = time.thread_time()
        SearchIndex.load(path)
        table.add("read from its file, s", f"{time.thread_time() - began:.2f}")
        table.add("its file, MiB", f"{path.stat().st_size / 2**20:.0f}")
    for name, all_of in asked.items():
        taken = [_timed(index, question.text) for question in all_of]
        table.add(f"{name}: p50, p99 ms", f"{percentile(taken, 0.5):.1f}, {percentile(taken, 0.99):.1f}")
        if name.startswith("citizens"):
            table.goal(f"{name}: p99 at most 10 ms", percentile(taken, 0.99) <= 10)
    for what, text in (
        ("100,000 characters", "đăng ký khai sinh cho con " * 4_000),
        ("one word of them", "x" * 100_000),
    ):
        table.add(f"{what}, ms", f"{_timed(index, text):.0f}")
    return table


def _timed(index: SearchIndex, text: str) -> float:
    """Milliseconds of this thread's processor time for one question."""
    began = time.thread_time()
    index.search(text)
    return (time.thread_time() - began) * 1000


def against(index: SearchIndex, entries: Sequence[Entry], asked: dict[str, list[Question]]) -> Table:
    """Side by side with stock engines over the same titles and everyday names."""
    alone = {name: [one for one in all_of if one.accept and not one.context] for name, all_of in asked.items()}
    alone = {name: those for name, those in alone.items() if those}
    texts = [
        (entry.code, text)
        for entry in entries
        for text in (title_key(entry.name), *entry.names, *entry.situations, *entry.questions, *entry.english)
    ]
    twins = {
        entry.code: {entry.code, *hit.group}
        for entry in entries
        for hit in index.search(entry.code).hits
        if hit.code == entry.code
    }
    table = Table(
        "side by side, the same texts: first / of three, and p99 ms",
        ("engine", *(_SHORT.get(name, name) for name in alone)),
    )
    scores: dict[str, list[float]] = {}
    with ExitStack() as stack:
        engines, missing = stock_engines(texts, stack)
        for engine in (_Ours(index), *engines):
            cells, firsts = [], []
            for those in alone.values():
                taken, ranks = [], []
                for question in those:
                    began = time.thread_time() if engine.name != "PostgreSQL pg_trgm" else time.perf_counter()
                    codes = engine.search(question.text)
                    now = time.thread_time() if engine.name != "PostgreSQL pg_trgm" else time.perf_counter()
                    taken.append((now - began) * 1000)
                    ranks.append(rank((twins.get(code, {code}) for code in codes), question.accept))
                firsts.append(_share(ranks, 1))
                cells.append(f"{_share(ranks, 1):.2f} / {_share(ranks, 3):.2f}  {percentile(taken, 0.99):.1f}")
            scores[engine.name] = firsts
            table.add(engine.name, *cells)
    table.notes.extend(missing)
    ours = scores.pop("ours")
    for name, theirs in scores.items():
        table.goal(f"ahead of {name} in every set", all(mine > its for mine, its in zip(ours, theirs, strict=True)))
    return table


_SHORT = {
    "development questions": "development",
    "the same without diacritics": "no diacritics",
    "titles, 7% of the characters disturbed": "titles 7%",
    "titles, 15% of the characters disturbed": "titles 15%",
}


class _Ours:
    """Our own search as an engine."""

    name = "ours"

    def __init__(self, index: SearchIndex) -> None:
        self._index = index

    def search(self, question: str) -> list[str]:
        """See `Engine`."""
        return [hit.code for hit in self._index.search(question).hits]


def run() -> list[Table]:
    """Every table. Raises NotMeasured without the procedures."""
    entries = catalogue()
    asked = sets(entries)
    spent = cost(entries, asked)
    index = SearchIndex.build(entries)
    return [
        quality(index, asked),
        decisions(index, asked),
        calibration(index, asked),
        spent,
        against(index, entries, asked),
    ]


def main(arguments: Sequence[str]) -> int:
    """Print the tables; `--leak` checks the knowledge, `--fit` fits the decision anew. Returns the exit code."""
    try:
        if "--leak" in arguments:
            found = leaks()
            print("\n".join(found) or "no development question stands in the knowledge")
            return int(bool(found))
        if "--fit" in arguments:
            print(fit())
            return 0
        for table in run():
            print(table, end="\n\n")
    except NotMeasured as reason:
        print(f"not measured: {reason}")
    return 0


_: type[Engine] = _Ours

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
