"""Preparing papers as a whole: its conversations, and the words that lead to them from anywhere."""

from __future__ import annotations

from bot.dialog.flow import Command
from bot.dialog.values import Goto
from handlers import prepare, prepare_card, prepare_helper, prepare_papers, prepare_review, prepare_sent
from services.presubmissions import codes, delegation

FLOWS = (prepare_sent.prepare, prepare_card.form, prepare_papers.paper, prepare_review.review, prepare_helper.helper)

COMMANDS = (
    Command(("chuan bi ho so", "prepare", "prepare my papers"), prepare.begin),
    Command((), prepare.opened, pattern=codes.PATTERN),
    Command(("chuyen ho so", "move papers"), prepare_review.moved_here, rest=True),
    Command((), prepare_helper.asked, pattern=delegation.PATTERN),
    Command(("rut uy quyen", "withdraw authorisation"), lambda talk, rest: Goto("prepare_helper.given")),
)
