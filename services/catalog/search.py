"""A citizen's question against the catalogue: which procedure, which aspect, and how sure.

index = SearchIndex.build(entries)
found = index.search("lam lai the cccd bi mat can gi")
found.kind, found.aspect, [hit.code for hit in found.hits]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from services.catalog.abbreviations import lexicon
from services.catalog.aspects import Aspect, aspect_of
from services.catalog.decide import Kind, Signals, decide, in_one_field
from services.catalog.doubts import doubtful, settled
from services.catalog.english import english
from services.catalog.english_reading import read_either
from services.catalog.evidence import Weights
from services.catalog.follow_ups import Turn, goes_on
from services.catalog.index import Entry, Postings, display_name
from services.catalog.index_file import load_index, save_index
from services.catalog.ranking import Ranked, Ranker
from services.catalog.reading import Reading
from services.catalog.smalltalk import ENGLISH_SCOPE, Talk, talk_tables
from services.catalog.spelling import Speller
from services.catalog.text import clean, marks, procedure_codes
from services.catalog.twins import in_one_list, twin_groups
from services.catalog.wording import joined, official, requests
from services.catalog.worldly import Worldly

__all__ = ["Context", "Entry", "Found", "Hit", "SearchIndex"]

TWIN_NAMED = 0.08
"""By how much a twin's title must be more alike than that of the one usual at this office to be shown instead: the
question then names what sets the twin apart ("công trình cấp I")."""
OFTEN_USED = 20_000
"""Uses of the online service in a year from which a procedure counts as everyday at any office."""
FULL = 2.5
"""Score of the clearest questions: what is shown of a score is its share of this."""
_HEADS = 5
"""Groups of twins that are looked at for their field."""
_RIVALS = 12
"""Procedures behind the first that are looked at for one more alike to the question."""
CALM = 0.85
"""Probability of a right procedure from which words of an emergency or abuse are mere circumstances."""


@dataclass(frozen=True, slots=True)
class Context:
    """The procedure being talked about and what the citizen has said of her case (question id -> choice id)."""

    code: str
    case: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hit:
    """One procedure, `score` 0..1, and the codes of its twins at other levels, best first."""

    code: str
    name: str
    score: float
    group: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What was understood. `hits` is empty when `kind` is "none"; `smalltalk` is None when it is about procedures."""

    kind: Kind
    aspect: Aspect
    hits: tuple[Hit, ...] = ()
    smalltalk: str | None = None
    confidence: float = 0.0
    normalised: str = ""
    follow_up: bool = False


class SearchIndex:
    """The catalogue, ready to be asked. Read-only after `build`: one index serves any number of threads."""

    def __init__(
        self, postings: Postings, entries: Sequence[Entry], office_level: str, weights: Weights | None = None
    ) -> None:
        self.entries = tuple(entries)
        self.office_level = office_level
        self._postings = postings
        self._by_code = {entry.code: number for number, entry in enumerate(self.entries)}
        self._members, superseded = twin_groups(self.entries, self._by_code, office_level)
        self._old = [number in superseded for number in range(len(self.entries))]
        self._group_of = np.zeros(len(self.entries), dtype=np.int64)
        for group, members in enumerate(self._members):
            self._group_of[members] = group
        self._ranker = Ranker(postings, self.entries, office_level, weights or Weights())
        self._lexicon = lexicon()
        self._talk = talk_tables().beside(postings.titled)
        self._english_talk = talk_tables(scope=ENGLISH_SCOPE).beside(english().knows)
        self._worldly = Worldly(self._talk, postings)
        self._english_worldly = Worldly(self._english_talk, postings)
        self._speller = Speller(postings.vocabulary, postings.counts, postings.together)

    @classmethod
    def build(cls, entries: Sequence[Entry], *, office_level: str = "commune") -> SearchIndex:
        """Index `entries` for an office of `office_level` ("commune", "province", "ministry")."""
        return cls(Postings.build(entries), entries, office_level)

    def save(self, path: str | Path) -> None:
        """Write the index to `path`, whole or not at all."""
        target = Path(path)
        partial = target.with_name(target.name + ".part")
        with partial.open("wb") as file:
            save_index(file, self._postings, self.entries, self.office_level)
        partial.replace(target)

    @classmethod
    def load(cls, path: str | Path) -> SearchIndex:
        """Read an index that `save` wrote. Raises ValueError when the file is none, or of another version."""
        return cls(*load_index(Path(path)))

    def search(self, question: str, *, limit: int = 5, context: Context | None = None) -> Found:
        """Understand one question. Never raises, whatever the text; at most `limit` procedures, best first."""
        cleaned = clean(question)
        reading = read_either(cleaned, self._postings, self._speller, self._lexicon)
        normalised = reading.repaired
        aspect = aspect_of(reading.folded)
        if aspect == "none" and normalised:
            aspect = aspect_of(normalised)
        codes = procedure_codes(cleaned)
        for code in codes:
            if code in self._by_code:
                return Found("answer", aspect, (self._hit(self._by_code[code], 1.0),), None, 1.0, normalised)
        talk = self._small_talk(reading)
        if talk.kind == "injection" or (talk.kind is not None and talk.whole):
            return Found("none", "none", (), talk.kind, 1.0, normalised)
        if codes and len(reading.words) <= 6:
            return Found("none", "none", (), "unknown_code", 1.0, normalised)
        if not any(char.isalpha() for char in normalised) or len(reading.folded) < 2:
            return Found("none", "none", (), "too_short", 1.0, normalised)
        ranked = self._ranker.rank(reading)
        signals = self._signals(reading, ranked, talk)
        kind, confidence = decide(signals)
        about = self._by_code.get(context.code) if context is not None else None
        if about is not None and goes_on(self._turn(about, reading, ranked, signals), kind, aspect):
            hit = self._hit(about, 1.0)
            return Found("answer", aspect, (hit,), None, 1.0, normalised, follow_up=True)
        if talk.kind in ("emergency", "abuse") and kind != "answer" and confidence < CALM:
            return Found("none", "none", (), talk.kind, 1.0, normalised)
        if kind == "none" or not len(ranked.numbers):
            refused = "unclear" if signals.unknown > 0.6 else "out_of_scope"
            return Found("none", aspect, (), refused, 1.0 - confidence, normalised)
        if kind == "answer" and (doubtful(normalised) or self._ranker.in_doubt(reading, ranked)):
            kind = "choose"
        return Found(kind, aspect, self._best(ranked, limit), None, confidence, normalised)

    def signals(self, question: str) -> tuple[Signals, tuple[Hit, ...]]:
        """What the decision about `question` rests on, and the procedures it is about: for fitting and reports."""
        reading = read_either(clean(question), self._postings, self._speller, self._lexicon)
        ranked = self._ranker.rank(reading)
        return self._signals(reading, ranked, self._small_talk(reading)), self._best(ranked, 5)

    def second_turn(self, question: str, code: str) -> Turn:
        """What the decision whether `question` is still about the procedure `code` rests on: for fitting."""
        reading = read_either(clean(question), self._postings, self._speller, self._lexicon)
        ranked = self._ranker.rank(reading)
        signals = self._signals(reading, ranked, self._small_talk(reading))
        return self._turn(self._by_code[code], reading, ranked, signals)

    def listed(self, found: Found, limit: int = 5) -> list[Hit]:
        """The procedures of `found` with their twins in one list, for programs that know no groups; at most `limit`."""
        told = [(hit.score, (hit.code, *(code for code in hit.group if code in self._by_code))) for hit in found.hits]
        heads = {hit.code: hit for hit in found.hits}
        order = in_one_list(told)[:limit]
        return [heads.get(code) or self._hit(self._by_code[code], score) for code, score in order]

    def _small_talk(self, reading: Reading) -> Talk:
        accents = [marks(word.typed) for word in reading.words]
        ids = np.asarray([self._postings.vocabulary.get(word, -1) for word in reading.stems], dtype=np.int64)
        said = self._postings.together(ids[:-1], ids[1:]) > 0
        bound = [bool(said[max(0, place - 1) : place + 1].any()) for place in range(len(ids))]
        talk = self._english_talk if reading.english else self._talk
        return talk.look(reading.stems, accents, reading.weights, bound)

    def _signals(self, reading: Reading, ranked: Ranked, talk: Talk) -> Signals:
        groups = self._group_of[ranked.numbers]
        _, firsts = np.unique(groups, return_index=True)
        heads = sorted(firsts.tolist())[:_HEADS]
        best = [float(ranked.scores[place]) for place in heads] + [0.0] * 3
        others = groups != groups[0] if len(groups) else np.zeros(0, dtype=bool)
        rivals = np.maximum(ranked.spoken, ranked.named)[others][:_RIVALS]
        worldly = self._english_worldly if reading.english else self._worldly
        telling = [gone for gone, weight in zip(reading.unknown, reading.weights, strict=True) if weight > 0.4]
        return Signals(
            first=best[0],
            second=best[1],
            third=best[2],
            covered=float(ranked.covered[0]) if len(ranked.numbers) else 0.0,
            spoken=float(ranked.spoken[0]) if len(ranked.numbers) else 0.0,
            named=float(ranked.named[0]) if len(ranked.numbers) else 0.0,
            scope=talk.scope,
            named_topic=talk.named,
            garbled=reading.garbled,
            alike=float(ranked.alike[0]) if len(ranked.numbers) else 0.0,
            content=len(telling),
            unknown=sum(telling) / len(telling) if telling else float(not any(reading.weights)),
            official=official(reading.repaired),
            request=float(requests(reading.repaired)),
            asks=float(aspect_of(reading.folded) != "none" or settled(reading.repaired)),
            joined=float(joined(reading.stems, reading.weights)),
            together=in_one_field(
                [(self.entries[int(ranked.numbers[place])].field, float(ranked.scores[place])) for place in heads]
            ),
            firm=sum(firm for firm, weight in zip(reading.bound, reading.weights, strict=True) if weight > 0.4)
            / max(len(telling), 1),
            accounted=ranked.accounted,
            rival=float(rivals.max(initial=0.0)),
            worldly=worldly.of(reading.stems, [marks(word.typed) for word in reading.words], reading.weights),
            everyday=float(len(ranked.numbers) > 0 and self._everyday(int(ranked.numbers[0]))),
        )

    def _everyday(self, number: int) -> bool:
        """Whether many citizens need this entry: marked so, of this office's level with known use, or used a lot."""
        entry = self.entries[number]
        used = entry.popularity > 0 and self.office_level in entry.levels
        return entry.everyday or used or entry.popularity >= OFTEN_USED

    def _turn(self, about: int, reading: Reading, ranked: Ranked, signals: Signals) -> Turn:
        """A question in the course of a conversation about the entry `about`."""
        places = np.flatnonzero(self._group_of[ranked.numbers] == int(self._group_of[about]))
        return Turn(reading, signals, float(ranked.scores[places[0]]) if len(places) else 0.0)

    def _best(self, ranked: Ranked, limit: int) -> tuple[Hit, ...]:
        """The best procedures, one for each group of twins."""
        hits: list[Hit] = []
        seen: set[int] = set()
        titled: dict[int, float] = dict(zip(ranked.numbers.tolist(), ranked.named.tolist(), strict=True))
        for number, score in zip(ranked.numbers.tolist(), ranked.scores.tolist(), strict=True):
            group = int(self._group_of[number])
            if len(hits) >= limit:
                break
            if group not in seen:
                seen.add(group)
                usual, *others = self._members[group]
                current = [other for other in others if other in titled and not self._old[other]]
                named = max(current, key=titled.__getitem__, default=usual)
                apart = usual in titled and titled[named] > titled[usual] + TWIN_NAMED
                hits.append(self._hit(named if apart else usual, min(1.0, score / FULL), titled))
        return tuple(hits)

    def _hit(self, number: int, score: float, titled: Mapping[int, float] | None = None) -> Hit:
        """The entry `number` with its twins, those first whose titles are most alike to the question (`titled`)."""
        entry = self.entries[number]
        others = [other for other in self._members[int(self._group_of[number])] if other != number]
        if titled:
            others.sort(key=lambda other: -titled.get(other, 0.0))
        twins = [self.entries[other].code for other in others]
        return Hit(entry.code, display_name(entry), round(score, 4), tuple(twins))
