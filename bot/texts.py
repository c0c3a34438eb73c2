"""Texts: every sentence a person reads, out of `locales/<locale>/*.ftl` (Fluent).

A text that is broken, missing in a locale, or uses other arguments than its Vietnamese original stops the start.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from fluent.runtime import FluentBundle, FluentResource
from fluent.syntax import ast
from fluent.syntax.visitor import Visitor

MAIN = "vi"
_LONGEST = 1000
"""A longer value is put in after the text was made."""
_FUNCTIONS = ("NUMBER", "DATETIME")


class BrokenTexts(Exception):
    """Some texts cannot be used. The message lists each, one a line."""


class Texts:
    """The texts of all locales."""

    def __init__(self, folder: Path) -> None:
        bundles, problems = _checked(_state(folder))
        if problems:
            raise BrokenTexts("\n".join(problems))
        self._bundles = bundles
        self._plain = lru_cache(maxsize=4096)(self._format)

    @property
    def locales(self) -> tuple[str, ...]:
        """The locales there are."""
        return tuple(self._bundles)

    def text(self, key: str, locale: str, /, **args: Any) -> str:
        """The text `key` in `locale` with its arguments filled in. Raises KeyError for a key that no file has."""
        if not args:
            return self._plain(key, locale if locale in self._bundles else MAIN)
        return self._format(key, locale if locale in self._bundles else MAIN, args)

    def keys(self, prefix: str) -> list[str]:
        """All keys that begin with `prefix`."""
        return [key for key in self._bundles[MAIN]._messages if key.startswith(prefix)]

    def _format(self, key: str, locale: str, args: Mapping[str, Any] | None = None) -> str:
        bundle = self._bundles[locale]
        pattern = bundle.get_message(key).value
        if pattern is None:
            raise KeyError(f"text {key} ({locale}) is empty")
        short, long = _parted(args or {})
        value, errors = bundle.format_pattern(pattern, short or None)
        if errors:
            raise KeyError(f"text {key} ({locale}): {errors[0]}")
        said = str(value)
        for mark, whole in long.items():
            said = said.replace(mark, whole)
        return said


def _parted(args: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The arguments with a mark in place of each long text, and what each mark stands for.

    Fluent refuses long values, and what an officer or a citizen wrote may be of any length.
    """
    short, long = dict(args), dict[str, str]()
    for name, value in args.items():
        if isinstance(value, str) and len(value) > _LONGEST:
            short[name] = mark = f"\ue000{secrets.token_hex(8)}\ue001"
            long[mark] = value
    return short, long


@dataclass(slots=True)
class _Locale:
    """One locale as it was read: `texts` maps each key to its file and to the arguments it uses."""

    name: str
    bundle: FluentBundle
    texts: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Names(Visitor):
    """What an entry speaks of: its arguments, other messages, terms (`-name`) and functions."""

    arguments: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)

    def visit_VariableReference(self, node: ast.VariableReference) -> None:
        self.arguments.add(node.id.name)

    def visit_MessageReference(self, node: ast.MessageReference) -> None:
        self.others.add(node.id.name)

    def visit_TermReference(self, node: ast.TermReference) -> None:
        self.others.add(f"-{node.id.name}")
        self.generic_visit(node)

    def visit_FunctionReference(self, node: ast.FunctionReference) -> None:
        self.functions.add(node.id.name)
        self.generic_visit(node)


@dataclass(frozen=True, slots=True)
class _Entry:
    """What is to be known of one entry to judge it. `key` begins with "-" for a term; "" for what cannot be read."""

    key: str
    arguments: frozenset[str] = frozenset()
    named: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    empty: bool = False
    junk: str = ""


def _entry(node: ast.EntryType) -> Iterator[_Entry]:
    """What a file's node says: one entry, or none for a comment."""
    if isinstance(node, ast.Junk):
        yield _Entry("", junk=next(iter((node.content or "").strip().splitlines()), ""))
    elif isinstance(node, ast.Message | ast.Term):
        names = _Names()
        names.visit(node)
        yield _Entry(
            node.id.name if isinstance(node, ast.Message) else f"-{node.id.name}",
            frozenset(names.arguments), tuple(names.others), tuple(names.functions), empty=node.value is None,
        )  # fmt: skip


_State = tuple[tuple[Path, tuple[tuple[Path, int], ...]], ...]
"""The folders of the locales, and each of their files with the time of its last change (ns)."""


def _state(folder: Path) -> _State:
    """What lies in a folder of texts now."""
    return tuple(
        (locale, tuple((path, path.stat().st_mtime_ns) for path in sorted(locale.glob("*.ftl"))))
        for locale in sorted(folder.iterdir())
        if locale.is_dir()
    )


@lru_cache(maxsize=4)
def _checked(state: _State) -> tuple[dict[str, FluentBundle], tuple[str, ...]]:
    """The texts of each locale, and what is wrong with them. Read once for as long as the files stay as they are."""
    locales = [_read(folder, files) for folder, files in state]
    problems = (*(line for locale in locales for line in locale.problems), *_differences(locales))
    return {locale.name: locale.bundle for locale in locales}, problems


@lru_cache(maxsize=256)
def _parsed(source: str) -> tuple[ast.Resource, tuple[_Entry, ...]]:
    """What a file says, and its entries. They do not change, so the same words are parsed once, wherever they stand."""
    resource = FluentResource(source)
    return resource, tuple(entry for node in resource.body for entry in _entry(node))


def _read(folder: Path, files: tuple[tuple[Path, int], ...]) -> _Locale:
    """A locale with what is wrong inside it: broken or empty entries, keys told twice, names of nothing."""
    locale = _Locale(folder.name, FluentBundle([folder.name], use_isolating=False))
    named: list[tuple[str, str, str]] = []
    known: set[str] = set()
    for path, _ in files:
        where = f"{folder.name}/{path.name}"
        try:
            resource, entries = _parsed(path.read_text("utf-8"))
        except UnicodeDecodeError:
            locale.problems.append(f"{where}: is not UTF-8")
            continue
        locale.bundle.add_resource(resource)
        for entry in entries:
            key = entry.key
            if not key:
                locale.problems.append(f"{where}: cannot be read: {entry.junk}")
                continue
            if key in known:
                locale.problems.append(f"{where}: {key} stands twice")
            if entry.empty:
                locale.problems.append(f"{where}: {key} is empty")
            known.add(key)
            named += [(where, key, name) for name in entry.named]
            named += [(where, key, f"{name}()") for name in entry.functions if name not in _FUNCTIONS]
            if not key.startswith("-"):
                locale.texts[key] = (path.name, entry.arguments)
    locale.problems += [
        f"{where}: {key} names {name}, which is nothing" for where, key, name in named if name not in known
    ]
    return locale


def _differences(locales: list[_Locale]) -> Iterator[str]:
    """Where a locale does not say what the main one says."""
    main = next((locale.texts for locale in locales if locale.name == MAIN), None)
    if main is None:
        yield f"{MAIN}: is missing"
        return
    for locale in locales:
        for key, (file, arguments) in main.items():
            if key not in locale.texts:
                yield f"{locale.name}: {key} ({file}) is missing"
            elif locale.texts[key][1] != arguments:
                yield f"{locale.name}/{locale.texts[key][0]}: {key} uses other arguments than in {MAIN}"
        for key in sorted(locale.texts.keys() - main.keys()):
            yield f"{locale.name}/{locale.texts[key][0]}: {key} is unknown in {MAIN}"
