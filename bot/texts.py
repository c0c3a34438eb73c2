"""Texts: every sentence a person reads, out of `locales/<locale>/*.ftl` (Fluent).

A text that is broken, missing in a locale, or uses other arguments than its Vietnamese original stops the start.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from fluent.runtime import FluentBundle, FluentResource
from fluent.syntax import ast

MAIN = "vi"
_VARIABLE = re.compile(r"\$([a-z][a-z0-9-]*)")


class BrokenTexts(Exception):
    """Some texts cannot be used. The message lists each, one a line."""


class Texts:
    """The texts of all locales."""

    def __init__(self, folder: Path) -> None:
        self._bundles = {path.name: _bundle(path) for path in sorted(folder.iterdir()) if path.is_dir()}
        problems = list(_problems(folder))
        if problems:
            raise BrokenTexts("\n".join(problems))
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
        value, errors = bundle.format_pattern(pattern, dict(args) if args else None)
        if errors:
            raise KeyError(f"text {key} ({locale}): {errors[0]}")
        return str(value)


def _bundle(folder: Path) -> FluentBundle:
    bundle = FluentBundle([folder.name], use_isolating=False)
    for path in sorted(folder.glob("*.ftl")):
        bundle.add_resource(FluentResource(path.read_text("utf-8")))
    return bundle


def _problems(folder: Path) -> Iterator[str]:
    """What is wrong with the texts: broken entries, keys told twice, and differences between the locales."""
    seen: dict[str, dict[str, tuple[str, frozenset[str]]]] = {}
    for locale in sorted(path.name for path in folder.iterdir() if path.is_dir()):
        seen[locale] = {}
        for path in sorted((folder / locale).glob("*.ftl")):
            for entry in FluentResource(path.read_text("utf-8")).body:
                if isinstance(entry, ast.Junk):
                    yield f"{locale}/{path.name}: cannot be read: {(entry.content or '').strip().splitlines()[:1]}"
                elif isinstance(entry, ast.Message):
                    key = entry.id.name
                    if key in seen[locale]:
                        yield f"{locale}/{path.name}: {key} stands twice"
                    source = path.read_text("utf-8")[entry.span.start : entry.span.end] if entry.span else ""
                    seen[locale][key] = (path.name, frozenset(_VARIABLE.findall(source)))
    for locale, texts in seen.items():
        for key, (file, variables) in seen[MAIN].items():
            if key not in texts:
                yield f"{locale}: {key} ({file}) is missing"
            elif texts[key][1] != variables:
                yield f"{locale}/{texts[key][0]}: {key} uses other arguments than in {MAIN}"
        for key in texts.keys() - seen[MAIN].keys():
            yield f"{locale}/{texts[key][0]}: {key} is unknown in {MAIN}"
