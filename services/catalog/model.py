"""What the catalogue knows: one procedure version, and the everyday names people use for it.

Both are plain records, decoded strictly (unknown or misspelt fields are refused) from JSON Lines:
`ProcedureRecord` is our own exchange format, written by `catalog export` and read by `catalog import`;
`NamesRecord` is the knowledge layer that an office extends without code. `docs/catalogue.md` explains both.
The parts of a procedure follow Decree 63/2010 Art. 8(2): name, steps, ways, papers, time, subjects, agency,
forms, result, conditions, fees.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

Level = Literal["commune", "province", "ministry", "district", "other"]
Way = Literal["counter", "online", "post"]
TimeUnit = Literal["working_day", "day", "hour", "minute", "month"]
PaperKind = Literal["submit", "show", "note"]
FieldKind = Literal[
    "name", "id_number", "phone", "birth_date", "date", "sex", "text", "number", "money", "yes_no", "choice"
]
"""What a procedure's own form may ask for: kinds of services.fields."""


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Base of every catalogue record: immutable, strict about field names, defaults left out when written."""


class CaseChoice(Record, frozen=True):
    """One answer to a case question. `id` is ASCII and unique in its question."""

    id: str
    label: str


class CaseQuestion(Record, frozen=True):
    """A question whose answer decides which papers, fees and times apply to this citizen."""

    id: str
    text: str
    choices: tuple[CaseChoice, ...]
    when: dict[str, tuple[str, ...]] = {}


class Paper(Record, frozen=True):
    """One paper. `when` maps case question id -> accepted choice ids (all questions must match; empty = always).

    `note` papers are remarks and never counted or ticked off.
    """

    name: str
    kind: PaperKind = "submit"
    originals: int = 0
    copies: int = 0
    form: str = ""
    note: str = ""
    when: dict[str, tuple[str, ...]] = {}


class FormField(Record, frozen=True):
    """One answer that this procedure needs besides name, identity number, phone and address of whoever asks for it.

    `label` names it wherever it is shown, and is unique in its procedure; `options` are the answers of a `choice`.
    """

    label: str
    kind: FieldKind = "text"
    example: str = ""
    options: tuple[str, ...] = ()
    when: dict[str, tuple[str, ...]] = {}


class Time(Record, frozen=True):
    """How long it takes. `value` None means unknown: a number without a unit is never guessed.

    `same_day` is the rule "right away; received after 15:00, the next working day". `text` is shown with the figure.
    """

    value: int | None = None
    unit: TimeUnit | None = None
    same_day: bool = False
    text: str = ""
    when: dict[str, tuple[str, ...]] = {}


class Fee(Record, frozen=True):
    """What it costs. `amount` is in đồng; None means the text alone says it. 0 means truly free.

    `set_by` names who sets the rate (for example the provincial People's Council), `unit` what it is paid per.
    """

    amount: int | None = None
    unit: str = ""
    text: str = ""
    set_by: str = ""
    when: dict[str, tuple[str, ...]] = {}


class Method(Record, frozen=True):
    """One way of filing: at the counter, online or by post, each with its own time and fees."""

    way: Way
    times: tuple[Time, ...] = ()
    fees: tuple[Fee, ...] = ()
    note: str = ""


class Basis(Record, frozen=True):
    """One legal document the procedure rests on."""

    no: str
    name: str = ""
    date: str = ""
    issuer: str = ""


class Result(Record, frozen=True):
    """What the citizen receives. `code` is the national result code (KQ.G15.000031), where known."""

    name: str
    code: str = ""


class Source(Record, frozen=True):
    """Where the facts were read, and when. `snapshot` is YYYY, YYYY-MM or YYYY-MM-DD.

    `fingerprint` is that of the portal record the facts come from: a record restated by hand carries it too, so that
    importing the very record it restates does not displace it, while a changed one does.
    """

    title: str = ""
    url: str = ""
    snapshot: str = ""
    fingerprint: str = ""


class Approval(Record, frozen=True):
    """Who in the office signed this version off, when, and under which decision."""

    by: str
    at: date
    decision_no: str


class ProcedureRecord(Record, frozen=True):
    """One version of one procedure.

    `code` is the national code without local suffixes (1.001193). `aspects not known` are left empty, never guessed.
    `successor` names the code that replaced this one. `duty` is a legal duty in time ("within 60 days of birth").
    `where` tells where to go and who decides. `popularity` counts uses of the online service in a year, if known.
    """

    code: str
    name: str
    field: str = ""
    levels: tuple[Level, ...] = ()
    agencies: tuple[str, ...] = ()
    authority: str = ""
    issuer: str = ""
    decision_no: str = ""
    decision_date: str = ""
    effective_from: date | None = None
    effective_to: date | None = None
    source: Source = Source()
    approval: Approval | None = None
    summary: str = ""
    subjects: tuple[str, ...] = ()
    questions: tuple[CaseQuestion, ...] = ()
    papers: tuple[Paper, ...] = ()
    form_fields: tuple[FormField, ...] = ()
    copies_of_dossier: int = 1
    methods: tuple[Method, ...] = ()
    where: str = ""
    steps: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    duty: str = ""
    results: tuple[Result, ...] = ()
    basis: tuple[Basis, ...] = ()
    related: tuple[str, ...] = ()
    successor: str = ""
    popularity: int = 0
    everyday: bool = False


class NamesRecord(Record, frozen=True):
    """How people speak of one procedure, kept apart from the procedure so that it outlives its versions.

    names: what people call it, regional words and abbreviations included ("làm khai sinh", "gks").
    situations: what happened in their life ("vợ tôi mới sinh em bé").
    questions: whole example questions as typed, with and without diacritics.
    english: everyday English names.
    not_for: phrases that look alike and belong to another procedure: "phrase => code".
    """

    code: str
    names: tuple[str, ...] = ()
    situations: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    english: tuple[str, ...] = ()
    not_for: tuple[str, ...] = ()

    def joined(self, other: NamesRecord | None) -> NamesRecord:
        """This record with what `other` adds, each phrase once."""
        if other is None:
            return self
        parts = ("names", "situations", "questions", "english", "not_for")
        return NamesRecord(
            code=self.code,
            **{part: tuple(dict.fromkeys((*getattr(other, part), *getattr(self, part)))) for part in parts},
        )


def applies(when: dict[str, tuple[str, ...]], case: dict[str, str]) -> bool:
    """Whether a conditional part applies to `case` (question id -> choice id). An unanswered question applies."""
    return all(case.get(question, accepted[0] if accepted else "") in accepted for question, accepted in when.items())
