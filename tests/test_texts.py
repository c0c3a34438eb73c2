"""Texts: complete in every locale, refused when broken, and exactly those that the program says."""

from __future__ import annotations

import ast
import re
import shutil
from functools import cache
from pathlib import Path

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as ftl

from bot.texts import MAIN, BrokenTexts, Texts
from services.catalog.smalltalk import KINDS

ROOT = Path(__file__).parent.parent
LOCALES = ROOT / "locales"
STATIC = ROOT / "bot" / "web" / "static"
TEXTS = Texts(LOCALES)


@cache
def messages(locale: str) -> dict[str, tuple[Path, frozenset[str]]]:
    """Every key of a locale with its file and its arguments."""
    found: dict[str, tuple[Path, frozenset[str]]] = {}
    for path in sorted((LOCALES / locale).glob("*.ftl")):
        source = path.read_text("utf-8")
        for entry in FluentParser().parse(source).body:
            if isinstance(entry, ftl.Message):
                written = source[entry.span.start : entry.span.end] if entry.span else ""
                found[entry.id.name] = (path, frozenset(re.findall(r"\$([A-Za-z][\w-]*)", written)))
    return found


MESSAGES = messages(MAIN)


# -- the files ------------------------------------------------------------------------------------------------------


def test_every_locale_has_the_same_texts_in_the_same_files() -> None:
    assert set(TEXTS.locales) >= {"vi", "en"}
    for locale in TEXTS.locales:
        assert {key: path.name for key, (path, _) in messages(locale).items()} == {
            key: path.name for key, (path, _) in MESSAGES.items()
        }


def test_every_text_can_be_said() -> None:
    for locale in TEXTS.locales:
        for key, (_, arguments) in messages(locale).items():
            for value in ("1", 0, 2):
                said = TEXTS.text(key, locale, **dict.fromkeys(arguments, value))
                assert said.strip(), key
                assert "{" not in said, key


def test_what_a_person_typed_stays_as_typed() -> None:
    odd = "<b>&amp;</b> { $x } *a* \u202e\u0000 tha\u0300nh"
    assert odd in TEXTS.text("part-unknown", "vi", part=odd, name="x")


@pytest.mark.parametrize("length", [999, 1000, 1001, 2500, 100_000])
def test_what_was_written_may_be_long(length: int) -> None:
    long, other = "{$x} ă" * (length // 6 + 1), "<" * length
    assert TEXTS.text("news-note", "vi", note=long[:length]) == f"Nội dung: {long[:length]}"
    assert TEXTS.text("part-unknown", "vi", part=long, name=other).count(long) == 1
    assert other in TEXTS.text("part-unknown", "vi", part=long, name=other)


def test_an_unknown_locale_speaks_the_main_one_and_an_unknown_key_is_an_error() -> None:
    assert TEXTS.text("menu-hours", "xx") == TEXTS.text("menu-hours", MAIN)
    with pytest.raises(KeyError):
        TEXTS.text("no-such-text", MAIN)
    with pytest.raises(KeyError):
        TEXTS.text("more-than-one", MAIN, x=1)
    with pytest.raises(KeyError):
        TEXTS.text("hours-day", MAIN, day="thứ Hai")


def test_vietnamese_blames_nobody_and_says_no_officialese() -> None:
    for key, (path, _) in MESSAGES.items():
        text = path.read_text("utf-8").split(f"{key} =", 1)[1].split("\n", 1)[0]
        assert not re.search(r"\b(?:bạn|quý khách|quý vị)\b", text, re.IGNORECASE), key
        assert not re.search(r"!(?!\w)", text), key


# -- broken texts refuse the start ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "added", "problem"),
    [
        ("vi", "broken = { $x", "vi/menu.ftl: cannot be read: broken = { $x"),
        ("vi", "only-here = Một", "en: only-here (menu.ftl) is missing"),
        ("en", "only-here = One", "en/menu.ftl: only-here is unknown in vi"),
        ("vi", "menu-hours = Hai lần", "vi/menu.ftl: menu-hours stands twice"),
        ("vi", "again = Một\nagain = Hai", "vi/menu.ftl: again stands twice"),
        ("vi", "lost = Xem { menu-nothing }", "vi/menu.ftl: lost names menu-nothing, which is nothing"),
        ("vi", "lost = Xem { -office }", "vi/menu.ftl: lost names -office, which is nothing"),
        ("vi", "lost = { SHOUT($x) }", "vi/menu.ftl: lost names SHOUT(), which is nothing"),
        ("vi", "empty =\n    .title = Một", "vi/menu.ftl: empty is empty"),
    ],
)
def test_a_broken_text_is_named(tmp_path: Path, locale: str, added: str, problem: str) -> None:
    folder = shutil.copytree(LOCALES, tmp_path / "locales")
    with (folder / locale / "menu.ftl").open("a", encoding="utf-8") as file:
        file.write(f"\n{added}\n")
    with pytest.raises(BrokenTexts) as broken:
        Texts(folder)
    assert problem in str(broken.value).splitlines()


def test_other_arguments_than_in_vietnamese_are_named(tmp_path: Path) -> None:
    folder = shutil.copytree(LOCALES, tmp_path / "locales")
    path = folder / "en" / "menu.ftl"
    path.write_text(path.read_text("utf-8").replace("{ $hotline }", "{ $phone }"), "utf-8")
    with pytest.raises(BrokenTexts, match=r"en/menu.ftl: person-hotline uses other arguments than in vi"):
        Texts(folder)


def test_a_locale_that_lacks_everything_or_is_no_text_is_named(tmp_path: Path) -> None:
    folder = shutil.copytree(LOCALES, tmp_path / "locales")
    (folder / "fr").mkdir()
    (folder / "en" / "page.ftl").write_bytes(b"\xff\xfe")
    with pytest.raises(BrokenTexts) as broken:
        Texts(folder)
    assert "fr: menu-hours (menu.ftl) is missing" in str(broken.value)
    assert "en/page.ftl: is not UTF-8" in str(broken.value)
    shutil.rmtree(folder / MAIN)
    with pytest.raises(BrokenTexts, match="vi: is missing"):
        Texts(folder)


# -- the program says them all and no others ------------------------------------------------------------------------


@cache
def trees(*rooms: str) -> list[tuple[str, ast.AST]]:
    """Every node of the program's code in `rooms`, with its file."""
    return [found for room in rooms for path in sorted((ROOT / room).rglob("*.py")) for found in nodes(path)]


@cache
def nodes(path: Path) -> list[tuple[str, ast.AST]]:
    """The nodes of one file that can name a text."""
    return [
        (str(path.relative_to(ROOT)), node)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call | ast.Constant | ast.JoinedStr)
    ]


def pattern(key: ast.expr) -> str | None:
    """The keys an expression can stand for, as a regular expression; None where it cannot be told."""
    if isinstance(key, ast.Constant) and isinstance(key.value, str):
        return re.escape(key.value)
    if isinstance(key, ast.JoinedStr):
        parts = (re.escape(str(p.value)) if isinstance(p, ast.Constant) else "[a-z0-9-]+" for p in key.values)
        return "".join(parts)
    if isinstance(key, ast.IfExp):
        both = [pattern(key.body), pattern(key.orelse)]
        return None if None in both else f"(?:{both[0]}|{both[1]})"
    return None


@cache
def calls() -> list[tuple[str, ast.Call, str, list[str]]]:
    """Every call of `text` whose key stands in it: its file, the call, the keys as a regular expression, and those."""
    found = [
        (where, node, shape)
        for where, node in trees("handlers", "bot")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "text"
        if node.args and (shape := pattern(node.args[0])) is not None
    ]
    keys = {shape: [key for key in MESSAGES if re.fullmatch(shape, key)] for _, _, shape in found}
    return [(where, node, shape, keys[shape]) for where, node, shape in found]


def test_every_key_that_is_said_exists() -> None:
    assert len(calls()) > 50
    for where, node, shape, keys in calls():
        assert keys, f"{where}:{node.lineno}: {shape}"


def test_every_text_is_given_the_arguments_it_uses() -> None:
    literal = {key for _, _, shape, keys in calls() for key in keys if shape == re.escape(key)}
    for where, node, shape, keys in calls():
        if any(keyword.arg is None for keyword in node.keywords):
            continue  # **arguments: seen only when it runs
        given = {keyword.arg for keyword in node.keywords}
        lacking = {
            key: sorted(MESSAGES[key][1] - given) for key in keys if shape == re.escape(key) or key not in literal
        }
        # What an f-string may become is not known here; one of its keys at least must fit.
        assert not all(lacking.values()) or not lacking, f"{where}:{node.lineno}: {lacking}"


def said() -> tuple[set[str], set[str]]:
    """Every string of the program, for keys travel through variables too; and every f-string that looks like a key."""
    plain: set[str] = set()
    made: set[str] = set()
    for _, node in trees("handlers", "bot", "services"):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            plain.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            parts = [str(part.value) for part in node.values if isinstance(part, ast.Constant)]
            if all(re.fullmatch(r"[a-z0-9-]+", part) for part in parts) and any(len(part) > 3 for part in parts):
                made.add(pattern(node) or "")
    return plain, made


def test_no_text_is_left_over() -> None:
    page = "\n".join(path.read_text("utf-8") for path in STATIC.iterdir() if path.suffix in (".html", ".js"))
    plain, made = said()
    unused = [
        key
        for key in MESSAGES
        if key not in plain
        and not any(re.fullmatch(shape, key) for shape in made)
        and not re.search(rf"\b{key}\b(?!-)", page)
    ]
    assert unused == []


def test_every_kind_of_smalltalk_has_its_text() -> None:
    for kind in KINDS:
        for locale in TEXTS.locales:
            assert TEXTS.text(f"smalltalk-{kind.replace('_', '-')}", locale, hotline="1900 0000")


# -- the pages ------------------------------------------------------------------------------------------------------


def test_the_pages_speak_of_no_text_that_is_not_there() -> None:
    for path in STATIC.iterdir():
        if path.suffix in (".html", ".js"):
            named = set(re.findall(r"[\"'](page-[a-z0-9-]+)[\"']", path.read_text("utf-8"))) - {"page-strings"}
            assert named <= MESSAGES.keys(), path.name


def test_the_defaults_in_the_pages_are_the_vietnamese_texts() -> None:
    for name in ("chat.html", "demo.html"):
        page = (STATIC / name).read_text("utf-8")
        told = re.findall(r'data-(?:text|key)="(page-[a-z0-9-]+)"[^>]*>([^<]*)<', page)
        told += re.findall(r'data-label="(page-[a-z0-9-]+)"[^>]*aria-label="([^"]*)"', page)
        told += re.findall(r'data-placeholder="(page-[a-z0-9-]+)"\s+placeholder="([^"]*)"', page)
        assert len(told) > 20
        assert {key: text for key, text in told if text != TEXTS.text(key, MAIN)} == {}, name
