"""Proof of what arrived, told once after a sending; and "xác minh", which checks it again at any time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.dialog.flow import Talk
from bot.dialog.values import Goto, Move, Say, SendFile
from handlers import ask, dates
from handlers.tellings import Told, tells
from services.dossiers import lookup
from services.presubmissions import arrival
from services.presubmissions.arrival import Proof
from services.refusal import Refused


@tells("arrived")
def _(talk: Talk, args: Mapping[str, Any]) -> Told | None:
    services = talk.services
    proof = arrival.check(services.session, services.keys, None, str(args["code"]))
    if isinstance(proof, Refused) or proof.round != args["round"]:
        return None
    key = str(args.get("sheet") or "")
    file = None
    if key:
        caption = talk.text("arrived-sheet", code=proof.code)
        file = SendFile(f"sheet/{key}", f"{proof.code}.png", "image/png", caption, instead="")
    head = "arrived-head" if _has_files(proof) else "arrived-answers"
    lines = [talk.text(head, code=proof.code), *_papers(talk, proof)]
    lines += [talk.text("arrived-mark", mark=proof.mark), talk.text("arrived-again", code=proof.code)]
    return Told("\n".join(lines), file=file)


@tells("arrived-not")
def _(talk: Talk, args: Mapping[str, Any]) -> Told | None:
    return Told(talk.text("arrived-not", code=str(args["code"])))


def verify(talk: Talk, typed: str) -> Move:
    """Check a receipt of arrival, or a dossier's chain of events, by its code."""
    services = talk.services
    if not typed.strip():
        return Goto("menu.home", say=(Say(talk.text("verify-which")),))
    if not any(letter.isdigit() for letter in typed):
        return ask.search(talk, f"xác minh {typed}")  # a question that begins with the same words
    if not lookup.may_ask(services.session, f"conversation:{talk.who}", talk.now):
        return Goto("menu.home", say=(Say(talk.text("refused-too-many-lookups")),))
    found = arrival.check(services.session, services.keys, services.files, typed[:60])
    if isinstance(found, Refused) and found.key == "receipt-none":
        return Goto("menu.home", say=(Say(_chain(talk, typed[:60])),))
    return Goto("menu.home", say=(Say(_proved(talk, found)),))


def _proved(talk: Talk, found: Proof | Refused) -> str:
    """What a receipt proves. Its papers are named to their sender alone: codes are counted, and easily guessed."""
    if isinstance(found, Refused):
        return talk.text("verify-changed")
    good = "verify-good" if _has_files(found) else "verify-good-answers"
    lines = [talk.text(good, code=found.code, moment=dates.moment(talk, found.at))]
    is_hers = talk.services.presubmissions.is_hers(talk.who, found.code)
    if is_hers:
        lines += _papers(talk, found)
    if found.erased_at is not None:
        lines.append(talk.text("verify-erased", day=dates.day(talk, found.erased_at)))
    elif found.lost:
        papers = ", ".join(found.lost) if is_hers else str(len(found.lost))
        lines[0] = talk.text("verify-lost", code=found.code, papers=papers)
    lines.append(talk.text("arrived-mark", mark=found.mark))
    return "\n".join(lines)


def _has_files(proof: Proof) -> bool:
    return any(pages for _, _, pages, _ in proof.papers)


def _papers(talk: Talk, proof: Proof) -> list[str]:
    lines = []
    for title, how, pages, digests in proof.papers:
        if pages:
            marks = ", ".join(digests[:3]) + ("…" if len(digests) > 3 else "")
            lines.append("• " + talk.text("arrived-paper", title=title, pages=pages, marks=marks))
        elif how == "bring":
            lines.append("• " + talk.text("arrived-bring", title=title))
    return lines


def _chain(talk: Talk, typed: str) -> str:
    """What the chain of a dossier's events says: whether it is whole, nothing of what it holds."""
    done = talk.services.dossiers.verified(typed)
    if done is None:
        return talk.text("verify-unknown")
    code, broken = done
    return talk.text("verify-chain-broken" if broken else "verify-chain-good", code=code)
