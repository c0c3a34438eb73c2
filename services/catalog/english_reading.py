"""An English question read word by word: as typed, and in the words of the titles."""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.catalog.abbreviations import Lexicon
from services.catalog.aspects import aspect_of, aspect_spans
from services.catalog.english import English, Gloss, english
from services.catalog.index import Postings
from services.catalog.lattice import Arc
from services.catalog.reading import KNOWN_PAIR, Reading, clause_ranges, offsets, read
from services.catalog.spelling import Speller
from services.catalog.text import Word, clean, marks, stem, words

_ASPECT_WEIGHT = 0.3
_STRANGE = 0.5
"""How much a word tells that stands nowhere: there is little English in the catalogue, so it need not be strange."""
_REQUEST = re.compile(r"\b(?:want|need|would like|have to|has to|must|apply|get|help|procedure)\b")


def is_english(question: str) -> bool:
    """Whether a cleaned or raw question is asked in English."""
    typed = words(clean(question))
    return english().speaks([stem(word.folded) for word in typed], [marks(word.typed) for word in typed])


def read_either(question: str, postings: Postings, speller: Speller, lexicon: Lexicon) -> Reading:
    """Read a cleaned or raw question, as English if it is, otherwise as Vietnamese; bounded time for any text."""
    if is_english(question):
        return read_english(question, postings, lexicon, english())
    return read(question, postings, speller, lexicon)


def read_english(question: str, postings: Postings, lexicon: Lexicon, table: English) -> Reading:
    """Read a cleaned or raw question that `table` takes for English: no word of it is a short form or a misspelt
    syllable of Vietnamese, except those that no English word is. Bounded time for any text."""
    cleaned = clean(question)
    typed = words(cleaned)
    stems = [stem(word.folded) for word in typed]
    accents = [marks(word.typed) for word in typed]
    ids = postings.vocabulary
    glosses = table.glosses(stems)
    there = {place for gloss in glosses for place in range(gloss.start, gloss.end)}
    weights = _weights(typed, glosses)
    weights = [
        weight if word in ids or place in there else min(weight, _STRANGE)
        for place, (word, weight) in enumerate(zip(stems, weights, strict=True))
    ]
    arcs = [
        Arc(place, place + 1, (ids.get(table.first.get(word, word), -1),), weights[place])
        for place, word in enumerate(stems)
    ]
    said = list(stems)
    for gloss in glosses:
        for reading, trust in gloss.readings:
            weight = max(weights[gloss.start : gloss.end])
            arcs.append(Arc(gloss.start, gloss.end, tuple(ids.get(word, -1) for word in reading), trust * weight))
        said[gloss.start : gloss.end] = [""] * (gloss.end - gloss.start)
        if gloss.readings:
            said[gloss.start] = " ".join(gloss.readings[0][0])
    for rewriting in lexicon.rewritings(stems, accents):
        places = range(rewriting.start, rewriting.end)
        if not there.intersection(places):
            meant = tuple(ids.get(word, -1) for word in rewriting.meaning)
            arcs.append(Arc(rewriting.start, rewriting.end, meant, rewriting.trust))
    ranges = clause_ranges(cleaned, typed)
    folded = [" ".join(word.folded for word in typed[start:end]) for start, end in ranges]
    return Reading(
        words=tuple(typed),
        stems=tuple(stems),
        arcs=tuple(arcs),
        weights=tuple(weights),
        clauses=ranges,
        requests=tuple(bool(_REQUEST.search(clause)) or aspect_of(clause) != "none" for clause in folded),
        bound=_bound(len(stems), glosses, postings),
        unknown=tuple(word not in ids and place not in there for place, word in enumerate(stems)),
        garbled=0.0,
        repaired=" ".join(filter(None, said)) or " ".join(stems),
        english=True,
    )


def _bound(length: int, glosses: Sequence[Gloss], postings: Postings) -> tuple[bool, ...]:
    """Whether each word is part of a phrase that means several words which titles put together."""
    bound = [False] * length
    for gloss in glosses:
        numbers = [postings.vocabulary.get(word, -1) for word in (gloss.readings[0][0] if gloss.readings else ())]
        paired = len(numbers) > 1 and min(postings.in_titles(numbers)) >= KNOWN_PAIR
        bound[gloss.start : gloss.end] = [paired] * (gloss.end - gloss.start)
    return tuple(bound)


def _weights(typed: Sequence[Word], glosses: Sequence[Gloss]) -> list[float]:
    """How much each word says: nothing for the words of conversation and for a stretch that asks for an aspect."""
    weights = [1.0] * len(typed)
    for gloss in glosses:
        weights[gloss.start : gloss.end] = [gloss.weight] * (gloss.end - gloss.start)
    starts = offsets(typed)
    for begin, end, _ in aspect_spans(" ".join(word.folded for word in typed)):
        for place, start in enumerate(starts):
            if begin <= start < end:
                weights[place] = min(weights[place], _ASPECT_WEIGHT)
    return weights
