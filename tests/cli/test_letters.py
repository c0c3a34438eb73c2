"""`dead` and `replay`: what was given up is listed without its text, and taken again, sent again or put aside."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.db.machine import Conversation, Inbox, Outbox
from tests.cli.conftest import Said, Shell

TEXT = "Tôi là Người Dân Thử, số 0912345678"


@pytest.fixture
def given_up(empty: Shell) -> Iterator[Shell]:
    """Three updates (dead, aside, done) and four messages (dead, unsure, queued, sent)."""

    def write(session: Session) -> None:
        session.add(Conversation(id=1, channel="web", account="default", chat="s", created_ms=0))
        for number, state in enumerate(("dead", "aside", "done"), 1):
            session.add(
                Inbox(
                    id=number, channel="web", account="default", event_id=f"e{number}", lane="web/default/s",
                    raw=json.dumps({"text": TEXT}).encode(), received_ms=0, state=state, attempts=3, reason="KeyError",
                    incident="0A1B2C3D",
                )
            )  # fmt: skip
        for number, state in enumerate(("dead", "unsure", "queued", "sent"), 1):
            session.add(
                Outbox(
                    id=number, channel="web", account="default", chat="s", conversation_id=1, page={"text": TEXT},
                    state=state, attempts=9, created_ms=0, reason="refused:too-long",
                )
            )  # fmt: skip

    empty.write(write)
    return empty


def states(shell: Shell) -> tuple[list[str], list[str]]:
    """The states of all updates and of all messages."""
    inbox, outbox = select(Inbox.state).order_by(Inbox.id), select(Outbox.state).order_by(Outbox.id)
    found: tuple[list[str], list[str]] = shell.read(
        lambda session: (list(session.scalars(inbox)), list(session.scalars(outbox)))
    )
    return found


def refused(said: Said) -> bool:
    return said.status == 1 and said.out == "" and len(said.err.splitlines()) == 1


def test_the_list_names_each_row_and_not_what_it_says(given_up: Shell) -> None:
    said = given_up.run("dead", "list")
    assert said.out.splitlines() == [
        "in:1\tweb/default\tattempts 3\tKeyError\tincident 0A1B2C3D",
        "out:1\tweb/default\tattempts 9\tdead\trefused:too-long",
        "out:2\tweb/default\tattempts 9\tunsure\trefused:too-long",
    ]


def test_a_row_is_shown_whole(given_up: Shell) -> None:
    said = given_up.run("dead", "show", "in:1", "out:2")
    assert said.status == 0
    assert json.loads(said.out.split("raw: ")[1].splitlines()[0])["text"] == TEXT
    assert "state: unsure" in said.out
    assert "Người Dân Thử" in said.out.split("page: ")[1]


def test_an_update_is_taken_again(given_up: Shell) -> None:
    assert given_up.run("dead", "replay", "in:1", "in:2").out == "2 messages\n"
    assert states(given_up)[0] == ["open", "open", "done"]
    row = given_up.read(lambda session: session.get(Inbox, 1))
    assert (row.attempts, row.next_ms, row.done_ms) == (0, 0, None)


def test_a_message_is_sent_again(given_up: Shell) -> None:
    assert given_up.run("dead", "resend", "out:2", "out:2").out == "1 message\n"
    assert states(given_up)[1] == ["dead", "queued", "queued", "sent"]
    row = given_up.read(lambda session: session.get(Outbox, 2))
    assert (row.attempts, row.reason) == (0, None)


def test_all_of_them_at_once(given_up: Shell) -> None:
    assert given_up.run("dead", "drop", "all").out == "3 messages\n"
    assert states(given_up) == (["aside", "aside", "done"], ["dropped", "dropped", "queued", "sent"])
    assert given_up.run("dead", "list").out == ""
    assert given_up.run("dead", "drop", "all").out == "0 messages\n"
    assert given_up.run("dead", "replay", "all").out == "2 messages\n"
    assert given_up.run("dead", "resend", "all").out == "0 messages\n"


def test_some_of_both_kinds_are_put_aside(given_up: Shell) -> None:
    assert given_up.run("dead", "drop", "out:1", "in:1").out == "2 messages\n"
    assert states(given_up) == (["aside", "aside", "done"], ["dropped", "unsure", "queued", "sent"])


@pytest.mark.parametrize(
    "words",
    [
        "replay out:1", "replay in:3", "replay in:9", "replay in:1 in:3", "replay x", "replay in:", "replay in:x",
        "replay in:-1", "replay in:99999999999999999999", "replay 1", "resend in:1", "resend out:3",
        "resend out:1 out:4", "drop in:2", "drop in:1 out:3", "drop in:1 x", "drop foo", "show in:99", "show all",
    ],
)  # fmt: skip
def test_a_wrong_name_changes_nothing(given_up: Shell, words: str) -> None:
    before = states(given_up)
    assert refused(given_up.run("dead", *words.split()))
    assert states(given_up) == before


# -- replay ---------------------------------------------------------------------------------------------------------


def test_recorded_updates_go_through_the_hook_path(empty: Shell) -> None:
    updates = [
        '{"session": "s", "id": "1", "kind": "text", "text": "menu"}', "", "no json", '{"session": "s", "id": "2"}',
        '{"session": "s", "id": "1", "kind": "text", "text": "menu"}', "[]", "[1]", "[1]", "null", '"x"',
    ]  # fmt: skip
    path = empty.folder / "updates.jsonl"
    path.write_text("\n".join(updates), "utf-8")
    for _ in range(2):
        said = empty.run("replay", "web", path)
        assert (said.status, said.out.splitlines()) == (0, ["line 3: refused: is not JSON", "8 updates journalled"])
    rows = empty.read(lambda session: list(session.scalars(select(Inbox).order_by(Inbox.id))))
    assert [row.raw.decode() for row in rows] == [updates[n] for n in (0, 3, 5, 6, 8, 9)]
    assert [row.event_id for row in rows[:2]] == ["s/1", "s/2"]
    assert {row.state for row in rows} == {"open"}


def test_a_channel_that_is_not_connected_or_a_database_without_tables(shell: Shell) -> None:
    path = shell.folder / "updates.jsonl"
    path.write_text('{"update_id": 1}')
    assert refused(shell.run("replay", "web", path))
    shell.filled()
    said = shell.run("replay", "telegram", path)
    assert refused(said)
    assert "its token is not set" in said.err
