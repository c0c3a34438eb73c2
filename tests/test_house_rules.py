"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from handlers import book

ROOT = Path(__file__).parent.parent
ROOMS = ("bot", "handlers", "services", "tests", "bench")
LONGEST = {"bot": 265, "handlers": 265, "services": 265, "tests": 500, "bench": 400}
"""The most lines of a file: 250 are the aim, a few more are no reason to cut one in two."""
LONGER = {"bot/app.py": 360}
"""Files that would lose more by being cut than they do by being long."""


def sources(*rooms: str) -> list[Path]:
    """The Python files of `rooms`."""
    return [path for room in rooms for path in sorted((ROOT / room).rglob("*.py")) if "__pycache__" not in path.parts]


@cache
def text(path: Path) -> str:
    return path.read_text("utf-8")


@cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(text(path))))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_files_are_short() -> None:
    too_long = {}
    for path in sources(*ROOMS):
        lines = len(text(path).splitlines())
        most = LONGER.get(name(path), LONGEST[name(path).split("/")[0]])
        if lines > most and "versions" not in path.parts:  # a migration is written once and never again
            too_long[name(path)] = lines
    assert too_long == {}


def test_only_one_place_commits() -> None:
    callers = {
        name(path)
        for path in sources("bot", "handlers", "services")
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("commit", "rollback")
    }
    assert callers <= {"services/db/session.py"}


def test_conversations_and_services_never_heard_of_a_platform() -> None:
    for path in [*sources("handlers", "services"), *sources("bot/dialog")]:
        found = re.search(r"telegram|zalo", text(path), re.IGNORECASE)
        assert not found, f"{name(path)} speaks of {found and found[0]}"


def test_nothing_is_left_for_later() -> None:
    marks = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|X" r"XX)\b")
    for path in sources(*ROOMS):
        assert not marks.search(text(path)), name(path)


def test_no_error_is_swallowed_without_a_word() -> None:
    for path in sources("bot", "handlers", "services"):
        for node in nodes(path):
            if not isinstance(node, ast.ExceptHandler):
                continue
            broad = node.type is None or (
                isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")
            )
            silent = all(isinstance(part, ast.Pass) for part in node.body)
            assert not (broad and silent), f"{name(path)}:{node.lineno}"


def test_no_test_is_skipped() -> None:
    skips = re.compile(r"pytest\.(?:skip|xfail|importorskip)\(|mark\.(?:skip|skipif|xfail)\b")
    for path in sources("tests"):
        if path != Path(__file__):
            assert not skips.search(text(path)), name(path)


def test_tests_replace_nothing_behind_the_programs_back() -> None:
    mocks = re.compile(r"unittest\.mock|\bMagicMock\b|mocker\b|monkeypatch\.setattr\((?!sys, )")
    for path in sources("tests"):
        if path != Path(__file__):
            assert not mocks.search(text(path)), name(path)


def test_no_test_decides_by_time() -> None:
    """A loaded machine makes a run long, never red: tests/kit/patience.py says how long a test waits."""
    measures = re.compile(r"perf_counter|process_time|thread_time")
    for path in sources("tests"):
        if path not in (Path(__file__), Path(__file__).parent / "kit" / "patience.py"):
            assert not measures.search(text(path)), name(path)


def test_the_wall_clock_is_read_in_few_places() -> None:
    reads = re.compile(r"datetime\.now\(|date\.today\(|datetime\.utcnow\(")
    found = {name(path) for path in sources("handlers", "services", "bot") if reads.search(text(path))}
    assert found == {"services/clock.py"}


def test_nothing_speaks_of_the_machine_it_was_made_on() -> None:
    paths = re.compile(r"/(?:work|root|home/[a-z]+)/|/tmp/[a-z]")
    for path in [*sources(*ROOMS), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md"), *ROOT.glob("*.toml")]:
        if path != Path(__file__):
            found = paths.search(text(path))
            assert not found, f"{name(path)}: {found and found[0]}"


# -- conversations --------------------------------------------------------------------------------------------------

STEPS = {f"{flow.name}.{step}" for flow in book.FLOWS for step in flow.steps}


def test_every_step_that_is_named_exists() -> None:
    flows = {flow.name for flow in book.FLOWS}
    for path in sources("handlers"):
        for node in nodes(path):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                flow, _, step = node.value.partition(".")
                if flow in flows and re.fullmatch(r"[a-z_]+", step):
                    assert node.value in STEPS, f"{name(path)}:{node.lineno}: {node.value}"


def test_every_step_that_is_gone_to_exists() -> None:
    short = {step.partition(".")[2] for step in STEPS}
    found = 0
    for path in sources("handlers"):
        for node in nodes(path):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Goto"):
                continue
            for target in ast.walk(node.args[0]):
                if isinstance(target, ast.Constant) and isinstance(target.value, str):
                    found += 1
                    assert target.value in STEPS | short, f"{name(path)}:{node.lineno}: {target.value}"
    assert found > 10


def test_every_step_can_take_an_answer() -> None:
    waiting = [f"{flow.name}.{name}" for flow in book.FLOWS for name, step in flow.steps.items() if step.take is None]
    assert waiting == []


def test_the_words_that_work_anywhere_are_folded_and_unambiguous() -> None:
    from bot.dialog.words import fold

    words = [word for command in book.COMMANDS for word in command.words]
    assert [word for word in words if fold(word) != word] == []
    assert len(set(words)) == len(words)
    taken = {"menu", "0", "quay lai", "huy", "cancel", "thoat", *book.dialog().locales}
    assert not taken & set(words)
    for command in book.COMMANDS:
        if command.pattern:
            re.compile(command.pattern)
