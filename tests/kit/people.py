"""The people of a test: their chats, officers and desks bound without an invitation, what a citizen has prepared."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

import msgspec
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.clock import ms
from services.db.desk import Desk, Staff
from services.db.machine import Conversation
from services.db.office import Agency, Procedure, ProcedureVersion
from services.db.presubmissions import Consent, Paper, Presubmission, Return, StoredFile
from services.files.store import Store
from services.keys import Keys
from services.presubmissions import consents, drafts
from tests.kit import photos

CITIZEN = "1001"
CHANNEL = ("phone", "default")


def new_chat(name: str, number: int) -> str:
    """An id for a new chat: groups begin with a minus."""
    return f"-{3000 + number}" if name.startswith("group") else str(2000 + number)


def conversation(session: Session, chat: str, now: datetime) -> int:
    """The number of a chat's conversation, which begins now if it did not before; greeted already."""
    channel, account = CHANNEL
    known = select(Conversation.id).where(
        Conversation.channel == channel, Conversation.account == account, Conversation.chat == chat
    )
    found = session.scalar(known)
    if found is not None:
        return found
    row = Conversation(channel=channel, account=account, chat=chat, created_ms=ms(now), state={"met": True})
    session.add(row)
    session.flush()
    return row.id


def bind(session: Session, chat: str, role: str, agency: str, now: datetime) -> int:
    """A member of staff with this private chat; returns her number."""
    row = Staff(agency_code=agency, role=role, conversation_id=conversation(session, chat, now), made_at=now)
    session.add(row)
    session.flush()
    return row.id


def bind_desk(session: Session, chat: str, agency: str, now: datetime) -> None:
    """This group is the desk of an agency."""
    session.add(Desk(agency_code=agency, conversation_id=conversation(session, chat, now), bound_by=0, bound_at=now))


FORM = {
    "name": "Nguyễn Thị Hoà", "id_number": "001190012345", "phone": "0912345678",
    "address": "Số 5 ngõ 12, phường Một Cửa",
}  # fmt: skip
"""What the citizen of a test wrote of herself."""


def prepared(
    session: Session, keys: Keys, code: str, procedure: str, state: str, now: datetime, store: Store | None = None
) -> None:
    """A pre-submission of the citizen for the front agency: one paper sent (into `store`), one to be brought.

    She agreed to the storing. `returned` gives the paper back that was sent, `returned-both` the other one too.
    """
    state, _, both = state.partition("-")
    photo = photos.photo("blurred")
    key = store.put(photo) if store else f"file-of-{code}"
    version = session.get_one(Procedure, procedure).version_id
    agency = session.scalars(select(Agency.code).where(Agency.is_front)).one()
    form = keys.encrypt(msgspec.json.encode(FORM).decode(), drafts.place(code))
    accepted = now if state == "accepted" else None
    session.add(
        Presubmission(
            code=code, conversation_id=conversation(session, CITIZEN, now), procedure_code=procedure,
            version_id=version, case={}, agency_code=agency, state=state, form=form, for_other=False, round=1,
            created_at=now, changed_at=now, sent_at=now, accepted_at=accepted,
        )
    )  # fmt: skip
    for n, (title, how) in enumerate((("Giấy chứng sinh", "upload"), ("Tờ khai", "bring")), 1):
        session.add(Paper(presubmission_code=code, n=n, title=title, side="submit", is_identity=False, how=how))
    session.add(Consent(conversation_id=conversation(session, CITIZEN, now), kind="prepare",
                        version=consents.VERSIONS["prepare"], is_given=True, at=now))  # fmt: skip
    if state == "returned":
        back = ((1, "Giấy chứng sinh"), (2, "Tờ khai"))[: 2 if both else 1]
        items = [{"n": n, "title": title, "verdict": "wrong", "note": "Thiếu dấu.", "basis": ""} for n, title in back]
        session.add(Return(presubmission_code=code, round=1, items=items, reason="", state="sent", staff_id=1, at=now))
    session.add(
        StoredFile(
            key=key, subject=code, paper_n=1, page=1, media="image/jpeg", size=len(photo),
            digest=sha256(photo).hexdigest(), pages=1, flags=["blurred"], prints=[], stored_at=now,
        )
    )  # fmt: skip


def leaves(session: Session, chat: str, now: datetime) -> None:
    """Whoever this chat belongs to works here no more."""
    who = conversation(session, chat, now)
    session.execute(update(Staff).where(Staff.conversation_id == who).values(ended_at=now))


def without_times(session: Session, procedure: str) -> None:
    """The shown version of a procedure says nothing of how long it takes."""
    row = session.get_one(ProcedureVersion, session.get_one(Procedure, procedure).version_id)
    methods = [{**method, "times": []} for method in row.record.get("methods", ())]
    row.record = {**row.record, "methods": methods}
