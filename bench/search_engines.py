"""Stock search engines over the same texts as ours: SQLite FTS5, tantivy, bm25s, and pg_trgm where it exists.

Each is given every title and everyday phrase as a document of its own, folded, and answers with procedures in the
order of their best document, as it would be used without further work.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from itertools import pairwise
from typing import Any, Protocol

from bench import trigrams
from bench.tables import NotMeasured
from services.catalog.text import key

_DEPTH = 60
"""Documents asked of an engine, so that five distinct procedures are among them."""


class Engine(Protocol):
    """A search engine under measurement."""

    name: str

    def search(self, question: str) -> list[str]:
        """Codes of procedures, best first, each once."""
        ...


Texts = Sequence[tuple[str, str]]
"""(code, text) of every document."""


def _distinct(codes: Iterable[str], most: int = 5) -> list[str]:
    return list(dict.fromkeys(codes))[:most]


class Fts5:
    """SQLite's full text index: any word matches, ranked by its bm25."""

    name = "SQLite FTS5, bm25"

    def __init__(self, texts: Texts) -> None:
        self._db = sqlite3.connect(":memory:", check_same_thread=False)
        self._db.execute("CREATE VIRTUAL TABLE doc USING fts5(code UNINDEXED, text, tokenize = 'unicode61')")
        self._db.executemany("INSERT INTO doc VALUES (?, ?)", [(code, key(text)) for code, text in texts])

    def search(self, question: str) -> list[str]:
        """See `Engine`."""
        wanted = " OR ".join(f'"{word}"' for word in dict.fromkeys(key(question).split()))
        if not wanted:
            return []
        rows = self._db.execute(
            "SELECT code FROM doc WHERE doc MATCH ? ORDER BY bm25(doc) LIMIT ?", (wanted, _DEPTH)
        ).fetchall()
        return _distinct(code for (code,) in rows)

    def close(self) -> None:
        """Close the database."""
        self._db.close()


class Tantivy:
    """Tantivy with its default bm25 over folded words."""

    name = "tantivy, bm25"

    def __init__(self, texts: Texts) -> None:
        import tantivy

        self._tantivy = tantivy
        schema = tantivy.SchemaBuilder()
        schema.add_text_field("code", stored=True, tokenizer_name="raw")
        schema.add_text_field("text", stored=False)
        self._index = tantivy.Index(schema.build())
        writer = self._index.writer(50_000_000)
        for code, text in texts:
            writer.add_document(tantivy.Document(code=code, text=key(text)))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def search(self, question: str) -> list[str]:
        """See `Engine`."""
        wanted = " ".join(f'"{word}"' for word in dict.fromkeys(key(question).split()))
        if not wanted:
            return []
        query = self._index.parse_query(wanted, ["text"])
        found = self._searcher.search(query, _DEPTH).hits
        return _distinct(self._searcher.doc(address)["code"][0] for _, address in found)


class Bm25s:
    """bm25s over folded words and pairs of words: the best stock baseline of earlier measurements."""

    name = "bm25s, words and pairs"

    def __init__(self, texts: Texts) -> None:
        import bm25s  # type: ignore[import-untyped]

        self._codes = [code for code, _ in texts]
        self._ids: dict[str, int] = {}
        corpus = [
            [self._ids.setdefault(term, len(self._ids)) for term in self._terms(text)] or [self._ids.setdefault("", 0)]
            for _, text in texts
        ]
        self._retriever = bm25s.BM25()
        self._retriever.index((corpus, self._ids), show_progress=False)

    @staticmethod
    def _terms(text: str) -> list[str]:
        words = key(text).split()
        return words + [f"{one} {two}" for one, two in pairwise(words)]

    def search(self, question: str) -> list[str]:
        """See `Engine`."""
        terms = [self._ids[term] for term in self._terms(question) if term in self._ids]
        if not terms:
            return []
        scores = self._retriever.get_scores_from_ids(terms)
        best = scores.argsort()[::-1][:_DEPTH]
        return _distinct(self._codes[place] for place in best if scores[place] > 0)


class PgTrgm:
    """PostgreSQL's trigrams: nearest texts first by a GiST index."""

    name = "PostgreSQL pg_trgm"

    def __init__(self, texts: Texts, url: str) -> None:
        import psycopg

        self._db: Any = psycopg.connect(url, autocommit=True)
        self._db.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        self._db.execute("CREATE TEMPORARY TABLE doc (code text, text text)")
        with self._db.cursor().copy("COPY doc FROM STDIN") as copy:
            for code, text in texts:
                copy.write_row((code, key(text)))
        self._db.execute("CREATE INDEX ON doc USING gist (text gist_trgm_ops)")
        self._db.execute("ANALYZE doc")

    def search(self, question: str) -> list[str]:
        """See `Engine`."""
        rows = self._db.execute(
            "SELECT code FROM doc ORDER BY text <-> %s LIMIT %s", (key(question), _DEPTH)
        ).fetchall()
        return _distinct(code for (code,) in rows)

    def close(self) -> None:
        """Close the connection."""
        self._db.close()


def stock_engines(texts: Texts, stack: ExitStack) -> tuple[list[Engine], list[str]]:
    """Every engine that this machine has, built over `texts`, and a line for each that it has not."""
    engines: list[Engine] = []
    missing: list[str] = []
    makers: list[tuple[str, Callable[[], Engine]]] = [
        (Fts5.name, lambda: Fts5(texts)),
        (Tantivy.name, lambda: Tantivy(texts)),
        (Bm25s.name, lambda: Bm25s(texts)),
        (PgTrgm.name, lambda: PgTrgm(texts, stack.enter_context(trigrams.served()))),
    ]
    for name, make in makers:
        try:
            engine = make()
        except (ImportError, NotMeasured, sqlite3.OperationalError) as reason:
            missing.append(f"{name}: not measured, {reason}")
            continue
        if isinstance(engine, Fts5 | PgTrgm):
            stack.callback(engine.close)
        engines.append(engine)
    return engines, missing
