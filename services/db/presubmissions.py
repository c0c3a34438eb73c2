"""What a citizen prepares at home: drafts, papers, files, the officer's marks, what arrived. See docs/database.md."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.db.base import AnyJson, Base, Big, Id, Moment


class Consent(Base):
    """An answer to a notice on personal data, as it was given. A withdrawal is written into the row it withdraws."""

    __tablename__ = "consents"
    __table_args__ = (Index("consents_of", "conversation_id", "kind"),)
    id: Mapped[Id]
    conversation_id: Mapped[Big]
    kind: Mapped[str]
    """prepare (the form and papers) or identity (pictures of identity papers)."""
    version: Mapped[str]
    is_given: Mapped[bool]
    at: Mapped[Moment]
    withdrawn_at: Mapped[Moment | None]


class PresubmissionCounter(Base):
    """The last order number of a local day."""

    __tablename__ = "presubmission_counters"
    day: Mapped[date] = mapped_column(primary_key=True)
    last: Mapped[int]


class Presubmission(Base):
    """A pre-submission: never a filing.

    state: draft, sent (waits for an officer), checking, returned (one list of defects), accepted, filed (became a
    dossier), withdrawn, cancelled, expired.
    """

    __tablename__ = "presubmissions"
    __table_args__ = (
        Index("presubmissions_of", "conversation_id", "state"),
        Index("presubmissions_state", "agency_code", "state"),
        Index("presubmissions_erase", "erase_on"),
        Index(
            "presubmissions_sent", "sent_at",
            sqlite_where=text("state = 'sent'"), postgresql_where=text("state = 'sent'"),
        ),
    )  # fmt: skip
    code: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[Big]
    procedure_code: Mapped[str]
    version_id: Mapped[Big]
    case: Mapped[AnyJson]
    agency_code: Mapped[str]
    state: Mapped[str] = mapped_column(default="draft", server_default="draft")
    form: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The answers as JSON, encrypted."""
    for_other: Mapped[bool] = mapped_column(default=False, server_default="0")
    """Whether it is prepared for somebody else."""
    round: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many times it was sent."""
    created_at: Mapped[Moment]
    changed_at: Mapped[Moment]
    sent_at: Mapped[Moment | None]
    accepted_at: Mapped[Moment | None]
    dossier_code: Mapped[str | None]
    ended_at: Mapped[Moment | None]
    erase_on: Mapped[date | None]
    """The day on which form and files are erased."""
    erased_at: Mapped[Moment | None]


class Paper(Base):
    """One component of a pre-submission's list."""

    __tablename__ = "presubmission_papers"
    presubmission_code: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str]
    side: Mapped[str]
    """submit, show, or asked (an officer asked for it beyond the published list)."""
    is_identity: Mapped[bool] = mapped_column(default=False, server_default="0")
    how: Mapped[str] = mapped_column(default="", server_default="")
    """"" (not yet), upload, bring, not-needed."""
    basis: Mapped[str | None]
    """For `asked`: the legal basis."""


class StoredFile(Base):
    """A file in the file store: what it belongs to, and what is known of it without opening it."""

    __tablename__ = "stored_files"
    __table_args__ = (
        Index("stored_files_subject", "subject", "paper_n", "page"),
        Index(
            "stored_files_erase", "erase_on",
            sqlite_where=text("dropped_at IS NULL"), postgresql_where=text("dropped_at IS NULL"),
        ),
    )  # fmt: skip
    key: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str]
    """A pre-submission's code, `talk:7`, or a complaint's code."""
    paper_n: Mapped[int | None]
    page: Mapped[int]
    """Its place among the pages; -1 while it waits to be told for which paper it is."""
    media: Mapped[str]
    size: Mapped[int]
    digest: Mapped[str]
    """SHA-256 of the content, hexadecimal."""
    pages: Mapped[int]
    flags: Mapped[AnyJson]
    prints: Mapped[AnyJson]
    """Perceptual hashes of the pages, as hexadecimal texts."""
    stored_at: Mapped[Moment]
    erase_on: Mapped[date | None]
    dropped_at: Mapped[Moment | None]


class Mark(Base):
    """What an officer found of one component in one round."""

    __tablename__ = "presubmission_marks"
    presubmission_code: Mapped[str] = mapped_column(primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    paper_n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    verdict: Mapped[str]
    """good, missing, wrong, unreadable."""
    note: Mapped[str] = mapped_column(default="", server_default="")
    staff_id: Mapped[Big]
    at: Mapped[Moment]


class Return(Base):
    """The one complete list of defects of a round. state: sent, waiting (for the head's tap), denied."""

    __tablename__ = "presubmission_returns"
    presubmission_code: Mapped[str] = mapped_column(primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    items: Mapped[AnyJson]
    """[{"n", "title", "verdict", "note", "basis"}]: papers and words of the office, no data of the person."""
    reason: Mapped[str]
    state: Mapped[str]
    needs_head: Mapped[bool] = mapped_column(default=False, server_default="0")
    staff_id: Mapped[Big]
    at: Mapped[Moment]
    approved_by: Mapped[Big | None]
    approved_at: Mapped[Moment | None]


class Delegation(Base):
    """The owner's own consent to somebody who prepares for her: one code, one pre-submission, revocable."""

    __tablename__ = "delegations"
    code_hash: Mapped[str] = mapped_column(primary_key=True)
    presubmission_code: Mapped[str]
    made_at: Mapped[Moment]
    until: Mapped[Moment]
    given_at: Mapped[Moment | None]
    given_by: Mapped[Big | None]
    revoked_at: Mapped[Moment | None]


class DraftMove(Base):
    """A six-digit code that moves a draft to another chat."""

    __tablename__ = "draft_moves"
    code_hash: Mapped[str] = mapped_column(primary_key=True)
    presubmission_code: Mapped[str]
    until: Mapped[Moment]


class ArrivalReceipt(Base):
    """Proof of what arrived: the manifest of the files that were read back, and its seal."""

    __tablename__ = "arrival_receipts"
    __table_args__ = (UniqueConstraint("presubmission_code", "round"),)
    id: Mapped[Id]
    presubmission_code: Mapped[str]
    round: Mapped[int]
    manifest: Mapped[AnyJson]
    seal: Mapped[str]
    at: Mapped[Moment]
