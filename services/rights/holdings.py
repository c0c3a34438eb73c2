"""What is kept about one chat: how much of each kind, and a copy of all of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from services.complaints import records
from services.db.desk import OfficerTalk, TalkMessage
from services.db.following import Follow, Preference
from services.db.machine import Conversation, Inbox, Outbox
from services.db.notices import Notice
from services.db.office import Guidance, Unanswered
from services.db.presubmissions import Consent, Presubmission, StoredFile
from services.db.visits import Appointment, Complaint, Rating, RightsRequest
from services.keys import Keys, Unopened
from services.presubmissions.drafts import place

_MOST = 500
"""The most rows of one kind in a copy."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One kind of data (a text's key) and how many there are."""

    kind: str
    count: int


def lane_of(session: Session, who: int) -> str:
    """The lane of a conversation in the journal; "" for one that is not known."""
    row = session.get(Conversation, who)
    return f"{row.channel}/{row.account}/{row.chat}" if row else ""


def subjects_of(session: Session, who: int) -> list[str]:
    """What files of hers belong to: pre-submissions, complaints, talks, and what she is writing."""
    mine = [f"draft:{who}"]
    mine += session.scalars(select(Presubmission.code).where(Presubmission.conversation_id == who))
    mine += session.scalars(select(Complaint.code).where(Complaint.conversation_id == who))
    talks = session.scalars(select(OfficerTalk.id).where(OfficerTalk.conversation_id == who))
    return list(dict.fromkeys([*mine, *(f"talk:{number}" for number in talks)]))


def files_of(session: Session, who: int) -> list[StoredFile]:
    """Her files that lie in the store, without those that only wait to be swept out."""
    found = select(StoredFile).where(
        StoredFile.subject.in_(subjects_of(session, who)), StoredFile.dropped_at.is_(None),
        StoredFile.paper_n.is_not(None) | StoredFile.subject.startswith("talk:"),
    )  # fmt: skip
    return list(session.scalars(found.order_by(StoredFile.stored_at, StoredFile.key)))


def seen(session: Session, who: int) -> list[Holding]:
    """Everything that is kept about a chat, by kind; kinds of which there is nothing are left out."""
    lane = lane_of(session, who)
    talks = select(OfficerTalk.id).where(OfficerTalk.conversation_id == who)
    counted: dict[str, int] = {
        "messages": _count(session, Inbox.lane == lane) + _count(session, Outbox.conversation_id == who),
        "follows": _count(session, Follow.conversation_id == who),
        "notices": _count(session, Notice.conversation_id == who),
        "drafts": _count(session, Presubmission.conversation_id == who, Presubmission.form.is_not(None)),
        "files": len(files_of(session, who)),
        "consents": _count(session, Consent.conversation_id == who),
        "complaints": _count(session, Complaint.conversation_id == who, Complaint.text.is_not(None)),
        "ratings": _count(session, Rating.conversation_id == who),
        "visits": _count(session, Appointment.conversation_id == who),
        "talks": _count(session, TalkMessage.talk_id.in_(talks), TalkMessage.text.is_not(None)),
        "guidance": _count(session, Guidance.conversation_id == who),
        "questions": _count(session, Unanswered.conversation_id == who),
        "requests": _count(session, RightsRequest.conversation_id == who),
    }
    return [Holding(kind, count) for kind, count in counted.items() if count]


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).where(*conditions)) or 0


def copy(session: Session, keys: Keys, who: int, now: datetime) -> str:
    """A copy of it all as JSON: her own words opened, files named with kind and size, never anybody else's data."""
    talks = list(session.scalars(select(OfficerTalk.id).where(OfficerTalk.conversation_id == who)))
    everything: dict[str, Any] = {
        "made_at": now,
        "follows": _rows(session, select(Follow.dossier_code, Follow.since).where(Follow.conversation_id == who)),
        "preferences": _rows(
            session,
            select(Preference.mode, Preference.quiet_from, Preference.quiet_to, Preference.stopped_at).where(
                Preference.conversation_id == who
            ),
        ),
        "notices": _rows(
            session, select(Notice.dossier_code, Notice.kind, Notice.status).where(Notice.conversation_id == who)
        ),
        "prepared": [_prepared(keys, row) for row in _of(session, Presubmission, who)],
        "files": [
            {"of": one.subject, "media": one.media, "bytes": one.size, "stored_at": one.stored_at}
            for one in files_of(session, who)
        ],
        "consents": _rows(
            session,
            select(Consent.kind, Consent.version, Consent.is_given, Consent.at, Consent.withdrawn_at).where(
                Consent.conversation_id == who
            ),
        ),
        "complaints": [_complaint(session, keys, row) for row in _of(session, Complaint, who)],
        "ratings": _rows(
            session, select(Rating.dossier_code, Rating.score, Rating.at).where(Rating.conversation_id == who)
        ),
        "visits": _rows(
            session,
            select(Appointment.starts_at, Appointment.subject, Appointment.state).where(
                Appointment.conversation_id == who
            ),
        ),
        "talks": [_said(keys, row) for row in _talked(session, talks)],
        "guidance": _rows(
            session,
            select(Guidance.procedure_code, Guidance.aspect, Guidance.at).where(Guidance.conversation_id == who),
        ),
        "questions": _rows(
            session, select(Unanswered.question, Unanswered.at).where(Unanswered.conversation_id == who)
        ),
    }
    kept = {name: value for name, value in everything.items() if value}
    return msgspec.json.format(msgspec.json.encode(kept), indent=1).decode()


def _rows(session: Session, wanted: Any) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in session.execute(wanted.limit(_MOST))]


def _of(session: Session, model: Any, who: int) -> list[Any]:
    return list(session.scalars(select(model).where(model.conversation_id == who).order_by(model.code).limit(_MOST)))


def _prepared(keys: Keys, row: Presubmission) -> dict[str, Any]:
    form = _opened(keys, row.form, place(row.code))
    return {
        "code": row.code, "procedure": row.procedure_code, "state": row.state, "created_at": row.created_at,
        "form": msgspec.json.decode(form) if form else None,
    }  # fmt: skip


def _complaint(session: Session, keys: Keys, row: Complaint) -> dict[str, Any]:
    one = records.seen(session, keys, row)
    return {"code": one.code, "state": one.state, "text": one.text, "answer": one.answer, "made_at": one.made_at}


def _talked(session: Session, talks: list[int]) -> list[TalkMessage]:
    said = select(TalkMessage).where(TalkMessage.talk_id.in_(talks)).order_by(TalkMessage.id).limit(_MOST)
    return list(session.scalars(said))


def _said(keys: Keys, row: TalkMessage) -> dict[str, Any]:
    text = _opened(keys, row.text, f"talk_messages/{row.talk_id}/{row.n}/text")
    return {"side": row.side, "text": text, "at": row.at}


def _opened(keys: Keys, stored: bytes | None, bound_to: str) -> str:
    try:
        return keys.decrypt(stored, bound_to) if stored else ""
    except Unopened:
        return ""
