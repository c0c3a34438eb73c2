"""What a check leads to, told in chats: all defects at once, or what to bring; and the head's tap on a return."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.dialog.flow import Flow, Talk
from bot.dialog.values import Again, Answer, Ask, Choice, Done, Goto, Move, Say, Stay
from handlers import counters, details, wording
from handlers.desk_cards import opens
from handlers.tellings import Told, tells
from services.checks.facade import Checks
from services.db.desk import Card
from services.desk.staff import Member
from services.refusal import Refused

check = Flow("check")
_LABEL = 40


# -- the citizen ----------------------------------------------------------------------------------------------------


@tells("checked-return")
def returned(talk: Talk, args: Mapping[str, Any]) -> Told | None:
    """Every defect in one message, each with its own way to send it again."""
    found = _checks(talk).returned(str(args["code"]), int(args["round"]))
    if found is None:
        return None
    lines = [talk.text("check-return-first", code=found.code, count=str(len(found.items)))]
    lines.append(talk.text("check-return-about", name=found.procedure))
    for number, item in enumerate(found.items, 1):
        verdict = talk.text(f"check-told-{item['verdict']}")
        lines += ["", f"{number}) {item['title']}: {verdict}", item["note"]]
        if item["basis"]:
            lines.append(talk.text("check-return-basis", basis=item["basis"]))
    if found.reason:
        lines += ["", talk.text("check-return-late", reason=found.reason)]
    lines += ["", talk.text("check-return-how"), talk.text("check-return-nothing-lost")]
    choices = tuple(
        Choice(str(item["n"]), talk.text("check-resend", title=details.short(item["title"], _LABEL)))
        for item in found.items
    )
    return Told(
        "\n".join(lines), "prepare.resend", {"code": found.code}, choices, words=talk.text("check-return-words")
    )


@tells("checked-good")
def good(talk: Talk, args: Mapping[str, Any]) -> Told | None:
    """What to bring, what it costs, where and when; an appointment, or the national portal."""
    found = _checks(talk).good(str(args["code"]))
    if found is None:
        return None
    record = found.version.record if found.version else None
    lines = [talk.text("check-good-first", code=found.code)]
    lines.append(talk.text("check-good-about", name=record.name if record else found.procedure_code))
    lines += ["", talk.text("check-good-bring"), *(f"• {title}" for title in found.bring)]
    if record and wording.knows(record, "fee"):
        lines += wording.told(talk, record, "fee", found.case)
    lines += ["", *counters.lines(talk, "check-good-where", found.place)]
    if record and any(method.way == "online" for method in record.methods):
        lines += ["", talk.text("check-good-portal", code=record.code)]
    lines += ["", talk.text("check-good-not-filed", code=found.code)]
    choices = (Choice("book", talk.text("check-good-book"), ("đặt lịch", "đặt lịch hẹn")),)
    return Told(
        "\n".join(lines), "check.visit", {"code": found.code}, choices, words=talk.text("check-good-words")
    )  # fmt: skip


@check.step
def visit(talk: Talk) -> Goto:
    """From the news to the appointments."""
    return Goto("visit.offer", {"code": str(talk.data["code"])})


@visit.takes
def _(talk: Talk, answer: Answer) -> Move:
    return Goto("visit.offer", {"code": str(talk.data["code"])})


@tells("upload-arrived")
def uploaded(talk: Talk, args: Mapping[str, Any]) -> Told:
    """Files came over the upload page, and the conversation may go on."""
    code = str(args["code"])
    said = talk.text("check-upload-arrived", code=code, pages=int(args["pages"]))
    choices = (Choice("on", talk.text("check-upload-on"), ("tiếp tục",)),)
    data = {"code": code, "n": int(args["n"])}
    return Told(said, "check.uploads", data, choices, words=talk.text("check-upload-words"))


@check.step
def uploads(talk: Talk) -> Goto:
    """From the news to the paper that the files are for."""
    return Goto("prepare_papers.one", {"code": talk.data["code"], "n": talk.data["n"]})


@uploads.takes
def _(talk: Talk, answer: Answer) -> Move:
    return Goto("prepare_papers.one", {"code": talk.data["code"], "n": talk.data["n"]})


# -- the office -----------------------------------------------------------------------------------------------------


@opens("approve")
def _(talk: Talk, by: Member, card: Card) -> Move:
    """The head opens the card: she sees what needs her, and decides."""
    return Goto("check.decide", {"subject": card.subject})


@tells("check-approve")
def to_approve(talk: Talk, args: Mapping[str, Any]) -> Told | None:
    """To the heads: a return that needs one of them."""
    subject = str(args["subject"])
    said = _to_decide(talk, subject)
    if said is None:
        return None
    words = talk.text("check-approve-words")
    return Told(said, "check.decide", {"subject": subject}, _decisions(talk), words)


@check.step
def decide(talk: Talk) -> Ask | Done:
    """The same as a question, where she opened the card."""
    said = _to_decide(talk, str(talk.data["subject"]))
    if said is None:
        return _say(talk, talk.text("refused-check-decided", code=_code(talk)))
    return Ask(said, _decisions(talk))


def _to_decide(talk: Talk, subject: str) -> str | None:
    """What, why, and on which basis; nothing of the person. None when there is nothing to decide any more."""
    found = _checks(talk).waiting(subject)
    if found is None:
        return None
    lines = [talk.text("check-approve-first", code=found.code, round=str(found.round))]
    for item in (item for item in found.items if item["verdict"] == "asked"):
        lines += ["", talk.text("check-approve-beyond", title=item["title"], note=item["note"], basis=item["basis"])]
    if late := [item for item in found.items if not item.get("new", True)]:
        lines += ["", talk.text("check-approve-late", reason=found.reason)]
        lines += [f"• {item['title']}: {item['note']}" for item in late]
    return "\n".join(lines)


def _decisions(talk: Talk) -> tuple[Choice, ...]:
    return (
        Choice("yes", talk.text("check-approve-yes"), ("đồng ý",)),
        Choice("no", talk.text("check-approve-no"), ("không đồng ý",)),
        Choice("see", talk.text("check-approve-see"), ("xem hồ sơ",)),
    )


@decide.takes
def _(talk: Talk, answer: Answer) -> Move:
    subject, code, who = str(talk.data["subject"]), _code(talk), talk.sender or talk.who
    if answer.value == "see":
        link = _checks(talk).see(who, subject)
        if isinstance(link, Refused):
            return _say(talk, _why(talk, link))
        address = f"{talk.services.public_url}/review/{link}"
        return Stay(say=(Say(talk.text("check-link", link=address, code=code)),))
    if answer.value not in ("yes", "no"):
        return Again(talk.text("choose-one"))
    done = _checks(talk).decide(who, subject, agrees=answer.value == "yes")
    if isinstance(done, Refused):
        return _say(talk, _why(talk, done))
    return _say(talk, talk.text("check-agreed" if answer.value == "yes" else "check-not-agreed", code=code))


@tells("check-approved")
def approved(talk: Talk, args: Mapping[str, Any]) -> Told:
    """To the officer: the head agreed, the list went out."""
    return Told(talk.text("check-agreed", code=str(args["code"])))


@tells("check-denied")
def denied(talk: Talk, args: Mapping[str, Any]) -> Told:
    """To the officer: the head did not agree; the round is hers again."""
    return Told(talk.text("check-denied", code=str(args["code"])))


def _say(talk: Talk, text: str) -> Done:
    return Done(say=(Say(text),))


def _code(talk: Talk) -> str:
    return str(talk.data["subject"]).partition("#")[0]


def _why(talk: Talk, why: Refused) -> str:
    return talk.text(f"refused-{why.key}", **why.args)


def _checks(talk: Talk) -> Checks:
    checks: Checks = talk.services.checks
    return checks
