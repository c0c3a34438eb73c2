"""A question read word by word: spelling, short forms, synonyms and emphasis taken together as arcs of a lattice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.catalog.abbreviations import Lexicon
from services.catalog.aspects import aspect_of, aspect_spans
from services.catalog.index import Postings
from services.catalog.lattice import Arc
from services.catalog.spelling import Speller
from services.catalog.text import Word, clean, marks, stem, words

_CLAUSE = re.compile(r"[.!?;:\n,()…]+|\s-\s")
_SHORTEST_CLAUSE = 3
_MOST_CLAUSES = 4
_MOST_TURNED = 80
_ASPECT_WEIGHT = 0.3
_TYPED_BESIDE_READING = 0.35
_REQUEST = re.compile(
    r"\b(?:muon|xin|can|hoi|nho|giup|lam sao|lam the nao|phai lam|lam gi|thu tuc|huong dan|mun|yeu cau|de nghi"
    r"|duoc khong)\b"
)
_WISH = frozenset(("muon", "mun", "xin"))
_NO_WISH = frozenset(("hoi", "biet", "cam", "cam on", "chao", "loi", "nho", "tu", "y", "moi"))
_WISH_FROM, _WISH_WORDS = 8, 10
"""Words before a wish from which it is looked at for itself, and how many of its words are."""
KNOWN_PAIR = 3
_AGE_WEIGHT = 0.25
_AGED = re.compile(r"^(\d{1,3})(t|tuoi|tui)?$")


@dataclass(frozen=True, slots=True)
class Reading:
    """A question as the index sees it. `weights` says how much each typed word says, 0..1; `bound` marks
    words that titles pair with their neighbour."""

    words: tuple[Word, ...]
    stems: tuple[str, ...]
    arcs: tuple[Arc, ...]
    weights: tuple[float, ...]
    clauses: tuple[tuple[int, int], ...]
    requests: tuple[bool, ...]
    bound: tuple[bool, ...]
    unknown: tuple[bool, ...]
    garbled: float
    repaired: str
    english: bool = False

    @property
    def folded(self) -> str:
        """The words as typed, without diacritics, joined by blanks."""
        return " ".join(word.folded for word in self.words)


def read(question: str, postings: Postings, speller: Speller, lexicon: Lexicon) -> Reading:
    """Read a cleaned or raw question; bounded time for any text."""
    cleaned = clean(question)
    typed = words(cleaned)
    stems = [stem(word.folded) for word in typed]
    accents = [marks(word.typed) for word in typed]
    ids = postings.vocabulary
    numbers = [ids.get(word, -1) for word in stems]
    bound = _bound(numbers, postings)
    weights = _weights(typed, stems, accents, bound, lexicon)
    replaced: dict[int, float] = {}
    arcs: list[Arc] = []
    best = list(stems)
    for rewriting in lexicon.rewritings(stems, accents):
        arcs.append(_arc(rewriting.start, rewriting.end, rewriting.meaning, rewriting.trust, weights, ids))
        if rewriting.instead and not any(bound[rewriting.start : rewriting.end]):
            for place in range(rewriting.start, rewriting.end):
                replaced[place] = _TYPED_BESIDE_READING
            if rewriting.end - rewriting.start == 1 and best[rewriting.start] == stems[rewriting.start]:
                best[rewriting.start] = " ".join(rewriting.meaning)
    meant = set(replaced)
    asked = [word if place not in replaced else "\0" for place, word in enumerate(stems)]
    bare = sum(not mark for mark in accents) > 0.75 * len(accents)
    doubtful = [bare and not mark and not firm for mark, firm in zip(accents, bound, strict=True)]
    for repair in speller.repair(asked, doubtful):
        if repair.place in replaced:
            continue
        arcs.append(_arc(repair.place, repair.place + 1, repair.syllables, repair.trust, weights, ids))
        if not speller.known(stems[repair.place]) and best[repair.place] == stems[repair.place]:
            best[repair.place] = " ".join(repair.syllables)
    for place, word in enumerate(stems):
        if best[place] != word and place not in replaced:
            replaced[place] = _TYPED_BESIDE_READING
    repaired = " ".join(best)
    if repaired.split() != stems:
        arcs.extend(_second_look(best, stems, accents, lexicon, weights, ids))
    for place, number in enumerate(numbers):
        arcs.append(Arc(place, place + 1, (number,), replaced.get(place, 1.0) * weights[place]))
    arcs.extend(_ages(stems, ids))
    arcs.extend(_turns(typed, lexicon, ids))
    strange = [not speller.known(word) and place not in meant for place, word in enumerate(stems)]
    garbled = sum(strange) / len(strange) if strange else 0.0
    unknown = tuple(not speller.known(word) and place not in replaced for place, word in enumerate(stems))
    clauses = clause_ranges(cleaned, typed)
    wish = _wish(typed, clauses)
    folded = [" ".join(word.folded for word in typed[start:end]) for start, end in clauses]
    requests = tuple(bool(_REQUEST.search(clause)) or aspect_of(clause) != "none" for clause in folded)
    if wish is not None:
        clauses, requests = (*clauses, wish), (*requests, True)
    return Reading(
        words=tuple(typed),
        stems=tuple(stems),
        arcs=tuple(arcs),
        weights=tuple(weights),
        clauses=clauses,
        requests=requests,
        bound=tuple(bound),
        unknown=unknown,
        garbled=garbled,
        repaired=repaired,
    )


def _wish(typed: Sequence[Word], clauses: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """The last wish that is said after other things, to the end of its clause: "cần tiền nên muốn rút bảo hiểm"."""
    ends = [end for _, end in clauses] or [len(typed)]
    for place in range(len(typed) - 3, _WISH_FROM - 1, -1):
        if typed[place].folded in _WISH and typed[place + 1].folded not in _NO_WISH:
            end = min(next((end for end in ends if end > place), len(typed)), place + _WISH_WORDS)
            starts = [start for start, _ in clauses]
            return (place, end) if end - place >= _SHORTEST_CLAUSE and place not in starts else None
    return None


def _bound(numbers: Sequence[int], postings: Postings) -> list[bool]:
    """Whether each word forms, with a neighbour as typed, a pair that titles know: then it means what it says."""
    pairs = [count >= KNOWN_PAIR for count in postings.in_titles(numbers)]
    return [any(pairs[max(0, place - 1) : place + 1]) for place in range(len(numbers))]


def _arc(
    start: int, end: int, meaning: Sequence[str], trust: float, weights: Sequence[float], ids: dict[str, int]
) -> Arc:
    weight = max(weights[start:end], default=1.0) if end - start > 1 else weights[start]
    if len(meaning) > 1:
        weight = max(weight, 0.8)
    return Arc(start, end, tuple(ids.get(word, -1) for word in meaning), trust * weight)


def _second_look(
    best: list[str],
    stems: Sequence[str],
    accents: Sequence[str],
    lexicon: Lexicon,
    weights: Sequence[float],
    ids: dict[str, int],
) -> list[Arc]:
    """Synonyms of what the words were repaired to: "lam laij the" -> "lam lai the" -> "cap lai the"."""
    spread: list[str] = []
    origin: list[int] = []
    for place, reading in enumerate(best):
        for part in reading.split():
            spread.append(part)
            origin.append(place)
    typed = ["" if word != stems[place] else accents[place] for word, place in zip(spread, origin, strict=True)]
    found = []
    for rewriting in lexicon.rewritings(spread, typed):
        start, end = origin[rewriting.start], origin[rewriting.end - 1] + 1
        changed = any(spread[i] != stems[origin[i]] for i in range(rewriting.start, rewriting.end))
        if changed and not rewriting.instead:
            found.append(_arc(start, end, rewriting.meaning, rewriting.trust * 0.9, weights, ids))
    return found


def _weights(
    typed: Sequence[Word], stems: Sequence[str], accents: Sequence[str], bound: Sequence[bool], lexicon: Lexicon
) -> list[float]:
    """How much each word says. A lone word of conversation that titles pair with its neighbour keeps its full weight:
    "sao" in "ban sao", "may" in "xe may", "dau" in "lan dau"."""
    weights = [
        1.0 if length == 1 and bound[place] and not accents[place] else weight
        for place, (weight, length) in enumerate(lexicon.weigh(stems, accents))
    ]
    folded = " ".join(word.folded for word in typed)
    starts = offsets(typed)
    for begin, end, _ in aspect_spans(folded):
        for place, start in enumerate(starts):
            if begin <= start < end:
                weights[place] = min(weights[place], _ASPECT_WEIGHT)
    return weights


def _turns(typed: Sequence[Word], lexicon: Lexicon, ids: dict[str, int]) -> list[Arc]:
    """Arcs over the turns of speech that `patterns.tsv` knows: "ba tôi mới mất" also reads "người chết khai tử"."""
    folded = " ".join(word.folded for word in typed[:_MOST_TURNED])
    starts = offsets(typed[:_MOST_TURNED])
    found = []
    for begin, end, meaning, trust in lexicon.turns(folded):
        places = [place for place, start in enumerate(starts) if begin <= start < end]
        if places:
            numbers = tuple(ids.get(word, -1) for word in meaning)
            found.append(Arc(places[0], places[-1] + 1, numbers, trust))
    return found


def offsets(typed: Sequence[Word]) -> list[int]:
    """Where each word starts when the folded words are joined by blanks."""
    starts = []
    at = 0
    for word in typed:
        starts.append(at)
        at += len(word.folded) + 1
    return starts


def _ages(stems: Sequence[str], ids: dict[str, int]) -> list[Arc]:
    """ "5 tuổi" also reads "dưới 6 tuổi" and "dưới 14 tuổi", as the titles put it; "5t" reads as "5 tuổi" does."""
    found: list[Arc] = []
    for place, word in enumerate(stems):
        aged = _AGED.match(word)
        after = stems[place + 1] if place + 1 < len(stems) else ""
        if not aged or not (aged[2] or after == "tuoi"):
            continue
        age = int(aged[1])
        readings = [f"{age} tuoi"]
        if age < 6:
            readings.append("duoi 6 tuoi")
        if age < 14:
            readings.append("duoi 14 tuoi")
        elif age < 25:
            readings.append("tu du 14 tuoi tro len")
        if age >= 60:
            readings.append("nguoi cao tuoi")
        end = place + 1 if aged[2] else place + 2
        found.extend(
            Arc(place, end, tuple(ids.get(part, -1) for part in reading.split()), _AGE_WEIGHT) for reading in readings
        )
    return found


def clause_ranges(cleaned: str, typed: Sequence[Word]) -> tuple[tuple[int, int], ...]:
    """Word ranges of the clauses; very short ones join their neighbour; the whole question is not among them."""
    cuts = [found.start() for found in _CLAUSE.finditer(cleaned)]
    if not cuts or len(typed) <= _SHORTEST_CLAUSE * 2:
        return ()
    ranges: list[tuple[int, int]] = []
    start = 0
    for cut in [*cuts, len(cleaned) + 1]:
        end = start
        while end < len(typed) and typed[end].start < cut:
            end += 1
        if end - start >= _SHORTEST_CLAUSE or (end == len(typed) and end > start):
            ranges.append((start, end))
            start = end
    if len(ranges) < 2:
        return ()
    if len(ranges) > _MOST_CLAUSES:
        ranges = ranges[: _MOST_CLAUSES // 2] + ranges[-_MOST_CLAUSES // 2 :]
    return tuple(ranges)
