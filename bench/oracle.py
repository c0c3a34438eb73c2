"""What must have been said and done at the end, and what it means when it was not.

Every person asks the same questions in the same order, each with a reply of its own, so that whatever is lost, doubled
or out of order shows in what the platform delivered and in the records of guidance.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

PROCEDURES = ("1.001193", "1.000656", "1.000894", "1.004222", "1.004194")
PARTS = ("lệ phí", "thời gian giải quyết", "nộp ở đâu", "căn cứ pháp lý")
QUESTIONS = tuple(f"{code} {part}" for part in PARTS for code in PROCEDURES)
"""By code, so that no change of the search moves them."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message the platform took: `at` unix seconds of its clock."""

    chat: str
    text: str
    at: float


@dataclass(frozen=True, slots=True)
class Killed:
    """A kill: when, and which messages (chat, text) were being sent at that instant."""

    at: float
    sending: frozenset[tuple[str, str]]


@dataclass(slots=True)
class Verdict:
    """What is wrong, counted. `doubled` are replies that arrived twice, `explained` those in flight at a kill."""

    replies_lost: int = 0
    out_of_order: int = 0
    unknown: int = 0
    doubled: int = 0
    explained: int = 0
    handled_not: int = 0
    handled_twice: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong that has no explanation."""
        wrong = (self.replies_lost, self.out_of_order, self.unknown, self.handled_not, self.handled_twice)
        return not any(wrong) and self.doubled == self.explained


def judge(
    replies: Sequence[str],
    told: Sequence[tuple[str, str]],
    delivered: Sequence[Delivered],
    guidance: Mapping[str, Sequence[tuple[str, str]]],
    chats: Sequence[str],
    kills: Sequence[Killed],
) -> Verdict:
    """Compare with what each of `chats` must have got.

    `replies` are the texts that answer the questions in order, after a greeting; `told` the (procedure, part) that
    each answer leaves in the records; `guidance` those found, by chat, in order.
    """
    verdict = Verdict()
    by_chat: dict[str, list[Delivered]] = {chat: [] for chat in chats}
    for message in delivered:
        if message.chat in by_chat:
            by_chat[message.chat].append(message)
    for chat, messages in by_chat.items():
        _judge_replies(verdict, chat, list(replies), messages, kills)
        found = Counter(guidance.get(chat, ()))
        wanted = Counter(told)
        verdict.handled_not += sum((wanted - found).values())
        verdict.handled_twice += sum((found - wanted).values())
        if not wanted - found and not found - wanted and list(guidance[chat]) != list(told):
            verdict.out_of_order += 1
            verdict.examples.append(f"chat {chat} was handled out of order")
    return verdict


def _judge_replies(
    verdict: Verdict, chat: str, replies: list[str], messages: list[Delivered], kills: Sequence[Killed]
) -> None:
    first: dict[str, Delivered] = {}
    for message in messages:
        if message.text not in first:
            first[message.text] = message
            continue
        verdict.doubled += 1
        if _explained(first[message.text], message, kills):
            verdict.explained += 1
        else:
            verdict.examples.append(f"chat {chat} got twice, without a kill to explain it: {message.text[:60]!r}")
    known = [text for text in first if text in replies]
    verdict.unknown += max(0, len(first) - len(known) - 1)  # one greeting
    missing = [text for text in replies if text not in first]
    verdict.replies_lost += len(missing)
    verdict.examples += [f"chat {chat} never got {text[:60]!r}" for text in missing[:2]]
    if known != [text for text in replies if text in first]:
        verdict.out_of_order += 1
        verdict.examples.append(f"chat {chat} got its replies out of order")


def _explained(first: Delivered, again: Delivered, kills: Sequence[Killed]) -> bool:
    """Whether a process died between the two while it was sending just this message. What a dying process has sent
    may reach the platform a moment after it is gone."""
    return any(first.at - 1.0 <= kill.at <= again.at and (first.chat, first.text) in kill.sending for kill in kills)
