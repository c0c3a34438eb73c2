"""The API of dossiers, for the office's other programs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, get_args

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from bot.threads import Threads
from bot.wake import Wake
from bot.web.dossier_bodies import NewDossier, NewEvent, NewSteps, Time, sensible
from bot.web.errors import refuse
from bot.web.programs import PROGRAM, BadBody, Doors, answer, body_as
from services.clock import Clock
from services.dossiers import codes, lifecycle, lookup, opening, personal, report_files, reports, stages, steps, views
from services.dossiers.hand import Hand, whole
from services.dossiers.personal import Person
from services.dossiers.stages import Stage
from services.dossiers.states import Understood
from services.dossiers.writing import Recorded
from services.keys import Keys
from services.refusal import Refused

_STATUS = {
    "dossier-unknown": 404, "dossier-exists": 409, "transition-impossible": 409, "children-open": 409,
    "nothing-new": 409, "step-after-due": 409, "step-done": 409, "extension-used": 409,
}  # fmt: skip
"""How refusals are answered; all others are 400."""


class Dossiers:
    """`/api/v1/dossiers` and what lies below it."""

    def __init__(self, threads: Threads, clock: Clock, keys: Keys, wake: Wake) -> None:
        self._threads, self._clock, self._keys, self._wake = threads, clock, keys, wake
        self._doors = Doors(threads)

    def routes(self) -> list[web.RouteDef]:
        """The routes to add."""
        needs = self._doors.needs
        return [
            web.post("/api/v1/dossiers", needs("write", self.create)),
            web.get("/api/v1/dossiers", needs("read", self.listed), allow_head=False),
            web.get("/api/v1/dossiers/{code}", needs("read", self.one), allow_head=False),
            web.post("/api/v1/dossiers/{code}/events", needs("write", self.event)),
            web.post("/api/v1/dossiers/{code}/steps", needs("write", self.plan)),
            web.get("/api/v1/reports/counts", needs("read", self.counts), allow_head=False),
        ]

    async def create(self, request: web.Request) -> web.Response:
        """File a dossier: 201, or 409 when its code exists."""
        try:
            new: NewDossier = await body_as(request, NewDossier)
        except BadBody as bad:
            return refuse(400, "bad-body", str(bad))
        person = Person(new.applicant_name or None, new.applicant_phone or None, new.applicant_id_number or None)
        filing = opening.Filing(
            procedure_code=new.procedure_code, agency_code=new.agency_code, status=new.status, code=new.code,
            holder_code=new.holder_code, status_note=new.status_note, applicant=person, received_at=new.received_at,
            due_at=new.due_at, finished_at=new.finished_at, returned_at=new.returned_at,
        )  # fmt: skip
        done = await self._threads.write(lambda session: opening.create(self._hand(session, request), filing))
        if isinstance(done, Refused):
            return _refused(done)
        self._wake.changes.ring()
        return answer(_shown(done.code, done.state), 201)

    async def event(self, request: web.Request) -> web.Response:
        """Record an event: 201; the same `event_id` again 200 and no second effect."""
        try:
            new: NewEvent = await body_as(request, NewEvent)
        except BadBody as bad:
            return refuse(400, "bad-body", str(bad))
        code = request.match_info["code"]
        said = {"note": new.note, "holder": new.holder, "due_at": new.due_at, "occurred_at": new.occurred_at}

        def record(session: Session) -> Recorded | Refused:
            hand = self._hand(session, request)
            return lifecycle.transition(hand, code, new.status, event_id=new.event_id, **said)  # type: ignore[arg-type]

        done = await self._threads.write(record)
        if isinstance(done, Refused):
            return _refused(done)
        self._wake.changes.ring()
        return answer({**_shown(done.code, done.state), "seq": done.seq}, 201 if done.fresh else 200)

    async def plan(self, request: web.Request) -> web.Response:
        """Plan the steps of a dossier: 201; the same plan again 200 and no second effect."""
        try:
            new: NewSteps = await body_as(request, NewSteps)
        except BadBody as bad:
            return refuse(400, "bad-body", str(bad))
        code, now = request.match_info["code"], self._clock.now()
        wanted = [
            Stage(one.name.strip(), one.agency_code.strip(), whole(one.due_at) if one.due_at else None)
            for one in new.steps
        ]

        def record(session: Session) -> tuple[bool | Refused, list[Stage]]:
            done = steps.plan(self._hand(session, request), code, wanted)
            return done, stages.of_dossier(session, codes.find(session, code) or "")

        done, way = await self._threads.write(record)
        if isinstance(done, Refused):
            return _refused(done)
        return answer({"steps": _way(way, now)}, 201 if done else 200)

    async def one(self, request: web.Request) -> web.Response:
        """One dossier; names and numbers only for a key with the scope people."""
        code, people = request.match_info["code"], "people" in request[PROGRAM].scopes
        actor, now = f"api:{request[PROGRAM].name}", self._clock.now()

        def read(session: Session) -> dict[str, Any] | None:
            known = views.current(session, code, now)
            if known is None:
                return None
            shown = _shown(known.code, known.state)
            row = views.shared_row(session, known.code) or {}
            masked = {name: row.get(name) for name in ("applicant_name", "applicant_phone", "applicant_id_number")}
            if people:
                person = personal.read(session, self._keys, known.code)
                masked = {
                    "applicant_name": person.name,
                    "applicant_phone": person.phone,
                    "applicant_id_number": person.id_number,
                }
            way = _way(stages.of_dossier(session, known.code), now)
            return {**shown, **masked, "status_note": row.get("status_note"), "steps": way}

        found = await self._threads.read(read)
        if found is None:
            return refuse(404, "dossier-unknown")
        if people:
            # every opening of the personal values is written down: by whom, of which dossier
            await self._threads.write(lambda session: lookup.opened(session, found["code"], actor, "api", now))
        return answer(found)

    async def listed(self, request: web.Request) -> web.Response:
        """Dossiers by code: `status`, `due_before` (ISO 8601), `agency`, `limit` (1-500), `after` (a code)."""
        query = request.query
        status, limit = query.get("status"), query.get("limit", "100")
        if status is not None and not (status.isdecimal() and status.isascii() and 1 <= int(status[:4]) <= 10):
            return refuse(400, "bad-query", "status: a number from 1 to 10")
        if not (limit.isdecimal() and limit.isascii() and 1 <= int(limit[:6]) <= 500):
            return refuse(400, "bad-query", "limit: a number from 1 to 500")
        due = query.get("due_before")
        try:
            due_before = sensible(msgspec.convert(due.replace(" ", "+"), Time)) if due else None
        except ValueError:  # a ValidationError is one
            return refuse(
                400, "bad-query", "due_before: a time in ISO 8601 with its zone, such as 2026-11-26T00:00:00Z"
            )
        agency, after = query.get("agency") or None, query.get("after", "").replace("\x00", "")
        number = int(status) if status else None

        def read(session: Session) -> list[tuple[str, Understood]]:
            return views.listed(
                session, status=number, due_before=due_before, agency=agency, limit=int(limit), after=after
            )

        found = await self._threads.read(read)
        return answer({"dossiers": [_shown(code, state) for code, state in found]})

    async def counts(self, request: web.Request) -> web.Response:
        """The count book of the local days `from` to `to`, `by` agency, field, procedure, channel or a span of time."""
        query, by = request.query, request.query.get("by")
        if by is not None and by not in get_args(reports.By):
            return refuse(400, "bad-query", f"by: one of {', '.join(get_args(reports.By))}")
        try:
            since, until = date.fromisoformat(query.get("from", "")), date.fromisoformat(query.get("to", ""))
            now = self._clock.now()
            report = await self._threads.read(
                lambda session: reports.counts(session, since, until, now, by=by)  # type: ignore[arg-type]
            )
        except ValueError:
            return refuse(400, "bad-query", "from, to: two days such as 2026-11-01, in this order")
        return answer(report_files.as_json(report))

    def _hand(self, session: Session, request: web.Request) -> Hand:
        return Hand(session, self._keys, f"api:{request[PROGRAM].name}", self._clock.now())


def _shown(code: str, state: Understood) -> dict[str, Any]:
    """A dossier as the API tells it: the shared table's names, times with Z."""
    times = ("received_at", "due_at", "first_due_at", "returned_at")
    shown: dict[str, Any] = {
        "code": code, "procedure_code": state.procedure_code, "agency_code": state.agency_code,
        "holder_code": state.holder_code, "status": state.status,
    }  # fmt: skip
    shown |= {name: _z(getattr(state, name)) for name in times}
    return {**shown, "finished_at": _z(state.ended_at), "extensions": state.extensions}


def _way(way: list[Stage], now: datetime) -> list[dict[str, Any]]:
    """The steps of a dossier's way as the API tells them."""
    return [
        {
            "name": one.name, "agency_code": one.agency_code, "due_at": _z(one.due_at),
            "started_at": _z(one.started_at), "done_at": _z(one.done_at), "late": one.is_late(now),
        }
        for one in way
    ]  # fmt: skip


def _z(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if moment else None


def _refused(refusal: Refused) -> web.Response:
    said = ", ".join(f"{name}={value}" for name, value in refusal.args.items())
    return refuse(_STATUS.get(refusal.key, 400), refusal.key, said or refusal.key)
