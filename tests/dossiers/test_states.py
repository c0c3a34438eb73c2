"""Whatever another program writes: reading it never raises, and what is understood always makes sense."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.db.lenient import read_time
from services.db.triggers_sqlite import plain_time
from services.dossiers.hand import HOME
from services.dossiers.states import ENDED, TRANSITIONS, Snapshot, Understood, fold, is_status

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)

times = st.one_of(
    st.none(),
    st.sampled_from(["ngày mai", "", "infinity", "2026-02-30 10:00:00"]),
    st.datetimes(datetime(2026, 11, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),
)
rows = st.builds(
    Snapshot,
    status=st.one_of(st.integers(-1, 12), st.sampled_from(["xong", ""]), st.none()),
    holder_code=st.sampled_from([None, "H1", "H2"]), procedure_code=st.just("1.001193"), agency_code=st.just("H1"),
    due_at=times, received_at=times, finished_at=times, returned_at=times,
)  # fmt: skip
kinds = st.sampled_from(["status", "status", "status", "data", "deleted"])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(rows, kinds, st.integers(0, 72)), min_size=1, max_size=12))
def test_any_history_is_understood(history: list[tuple[Snapshot, str, int]]) -> None:
    state, previous, at = Understood(), None, NOW
    for row, kind, hours in history:
        at += timedelta(hours=hours)
        folded = fold(state, previous, row, kind, at, at, HOME)
        after = folded.state
        assert after.status is None or is_status(after.status)
        if kind == "deleted":
            assert after.deleted_at == at
        else:
            assert (after.ended_at is not None) == (after.status in ENDED)
            assert (after.timeliness is not None) == (after.ended_at is not None)
            assert (after.returned_at is not None) == (after.status == 10)
            assert after.first_due_at == (state.first_due_at or after.due_at)
            if folded.verdict == "news" and state.status is not None and after.status != state.status:
                assert after.status in TRANSITIONS[state.status]
        if folded.verdict == "nothing" and state.status is not None:
            assert (after.status, after.due_at) == (state.status, state.due_at)
        state, previous = after, row


near_times = st.one_of(
    st.text(max_size=30),
    st.from_regex(r"\A\d{4}-\d\d-\d\d[ Tt]\d\d:\d\d:\d\d(\.\d{0,9})?Z{0,2}[ +0]?\Z"),
    st.from_regex(r"\A20\d\d-[01]\d-[0-3]\d[ T][0-2]\d:[0-5]\d:[0-5]\d(\.\d{1,9})?Z?\Z"),
)


@settings(max_examples=300, deadline=None)
@given(near_times)
def test_the_trigger_and_we_read_the_same_times(value: str) -> None:
    """The trigger brings a time to the plain form if and only if we can read its form; then both mean the same."""
    if "\x00" in value or any(0xD800 <= ord(letter) < 0xE000 for letter in value):
        return
    with sqlite3.connect(":memory:") as connection:
        plain = connection.execute(f"SELECT {plain_time('x')} FROM (SELECT ? AS x)", (value,)).fetchone()[0]
    connection.close()
    ours = read_time(value)
    if ours is not None:
        assert plain == ours.strftime("%Y-%m-%d %H:%M:%S")
    elif plain != value:
        assert read_time(plain) is None  # the right form, but no such day
