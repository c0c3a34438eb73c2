"""All that a conversation may ask of dossiers, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from services import agencies, counter, people
from services.clock import Clock
from services.db.machine import Conversation, WebSession
from services.db.office import Agency, Procedure, ProcedureVersion
from services.dossiers import chain, codes, followers, lookup, notices, receipts, views, ways
from services.dossiers.hand import HOME
from services.keys import Keys
from services.refusal import Refused

HISTORY_SHOWN = 10
"""How many notices stand on one page of the history."""


@dataclass(frozen=True, slots=True)
class Chat:
    """One of a person's chats: its number, its channel, and whether it is the one she is in."""

    id: int
    channel: str
    is_here: bool


@dataclass(slots=True)
class Dossiers:
    """The dossiers as one person may see them. `who` is always a conversation's number."""

    session: Session
    clock: Clock
    keys: Keys
    zone: tzinfo = HOME

    def public(self, who: int, typed: str) -> views.Public | Refused | None:
        """What anybody with the code sees; None when there is no such dossier."""
        now, place = self.clock.now(), self._place(who)
        if not lookup.may_ask(self.session, self.asker(who), now):
            return Refused("too-many-lookups")
        if place and not lookup.may_ask(self.session, place, now, most=lookup.ASKED_OF_A_PLACE):
            return Refused("too-many-lookups")
        return views.public(self.session, typed, self.clock.now(), self.zone)

    def owner(self, who: int, code: str) -> views.Owner | None:
        """What the owner sees; None unless this person proved to be the owner before."""
        if not followers.follows(self.session, code, who):
            return None
        lookup.opened(self.session, code, self.asker(who), "follower", self.clock.now())
        seen = views.owner(self.session, code, self.clock.now(), self.zone)
        return seen

    def prove(self, who: int, code: str, typed: str) -> str | Refused:
        """Prove to be the owner by the last digits or by the receipt's code; returns the code of the dossier opened."""
        now = self.clock.now()
        if receipts.looks_like_code(typed):
            return self.redeem(who, typed)
        done = lookup.unlock(
            self.session, self.keys, asker=self.asker(who), code=code, digits=typed, now=now, zone=self.zone,
            place=self._place(who),
        )  # fmt: skip
        if isinstance(done, str):
            followers.follow(self.session, done, who, "digits", now)
        return done

    def redeem(self, who: int, typed: str) -> str | Refused:
        """Open a dossier by its receipt's one-time code."""
        now = self.clock.now()
        bound = receipts.redeem(self.session, self.keys, asker=self.asker(who), typed=typed, now=now)
        if isinstance(bound, Refused):
            return bound
        followers.follow(self.session, bound.dossier_code, who, "receipt", now)
        return bound.dossier_code

    def unfollow(self, who: int, code: str) -> None:
        """Be told of this dossier no more, in no chat of hers; looking it up needs the proof again."""
        hers = ways.numbers(self.session, who)
        notices.call_off(self.session, hers, code)
        for chat in hers:
            followers.unfollow(self.session, code, chat)

    def mine(self, who: int) -> list[tuple[str, int | None]]:
        """The dossiers this person follows, with their status, the newest first."""
        found = []
        for code in followers.followed_by(self.session, who):
            known = views.public(self.session, code, self.clock.now(), self.zone)
            if known is not None:
                found.append((code, known.status))
        return found

    def wishes(self, who: int) -> followers.Wishes:
        """How this person wants to hear of her dossiers."""
        return followers.wishes(self.session, who)

    def wish(self, who: int, wanted: followers.Wishes) -> None:
        """Change how she wants to hear of them, in all her chats; what waits to be told follows suit."""
        hers = ways.numbers(self.session, who)
        for chat in hers:
            followers.wish(self.session, chat, wanted)
        if wanted.stopped_at is not None:
            notices.call_off(self.session, hers)
        else:
            notices.retime(self.session, hers, wanted, self.clock.now(), self.zone)

    def chats(self, who: int) -> list[Chat]:
        """Her chats that can be reached, the one she is in first."""
        found = ways.chats(self.session, who)
        hers = [Chat(one.id, one.channel, one.id == who) for one in found if one.reach == "ok" or one.id == who]
        return sorted(hers, key=lambda chat: (not chat.is_here, chat.id))

    def told_in(self, who: int, code: str = ways.ALL) -> int | None:
        """The chat that she chose for a dossier, or for all; None where she chose none."""
        return ways.chosen(self.session, who, code)

    def tell_in(self, who: int, chat: int | None, code: str = ways.ALL) -> bool:
        """Choose the chat for a dossier, or for all; None: no choice any more. False for a chat that is not hers."""
        return ways.choose(self.session, who, chat, code)

    def link_code(self, who: int) -> str:
        """A code to type in another chat of the same person."""
        return people.offer(self.session, self.keys, who, self.clock.now())

    def link(self, who: int, typed: str) -> Refused | None:
        """Link this chat to the one that showed the code."""
        return people.join(self.session, self.keys, who, typed, self.clock.now())

    def unlink(self, who: int) -> bool:
        """Link this chat to no other any more; False when it was not linked."""
        return people.leave(self.session, who)

    def history(self, who: int, before: int | None = None) -> tuple[list[notices.Said], bool]:
        """A page of what this person was told without asking, the newest first, and whether there is more."""
        found = notices.history(self.session, who, HISTORY_SHOWN + 1, before)
        return found[:HISTORY_SHOWN], len(found) > HISTORY_SHOWN

    def verified(self, typed: str) -> tuple[str, bool] | None:
        """A dossier's code and whether its chain of events is broken; None when there is no such dossier."""
        code = codes.find(self.session, typed)
        if code is None:
            return None
        return code, bool(chain.verify(self.session, self.keys, code))

    def agency(self, code: str | None) -> str:
        """An agency's name; its code where the name is not known, "" without a code."""
        if not code:
            return ""
        return self.session.scalar(select(Agency.name).where(Agency.code == code)) or code

    def counter(self, agency_code: str | None, procedure_code: str | None) -> counter.Place:
        """Where the owner of a dossier goes with it, and when it is open next; the front office where none is known."""
        named = select(ProcedureVersion.record).join(Procedure, Procedure.version_id == ProcedureVersion.id)
        record = self.session.scalar(named.where(Procedure.code == procedure_code)) if procedure_code else None
        field = str((record or {}).get("field", ""))
        return counter.place(self.session, agency_code or agencies.front(self.session), field, self.clock.now())

    def procedure(self, code: str | None) -> str:
        """A procedure's name; "" where it is not known."""
        if not code:
            return ""
        named = select(ProcedureVersion.name).join(Procedure, Procedure.version_id == ProcedureVersion.id)
        return self.session.scalar(named.where(Procedure.code == code)) or ""

    @staticmethod
    def recognise(typed: str) -> str | None:
        """The code, if the whole text has the shape of one."""
        return codes.recognise(typed)

    def _place(self, who: int) -> str:
        """What a chat page shares with others, its address; "" for the chats of an account that is one person's."""
        page = select(WebSession.origin).join(Conversation, Conversation.chat == WebSession.id)
        origin = self.session.scalar(page.where(Conversation.id == who, Conversation.channel == "web"))
        return f"address:{origin}" if origin else ""

    @staticmethod
    def asker(who: int) -> str:
        """A conversation as an asker."""
        return f"conversation:{who}"
