"""How many sessions one address may open, and what is kept of the address."""

from __future__ import annotations

import pytest

from bot.web.sessions import network
from services.db.machine import WebSession
from tests.web.guest import Guest
from tests.web.place import Place


@pytest.mark.parametrize(
    ("address", "shared"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_what_one_household_is_given_counts_as_one(address: str, shared: str) -> None:
    assert network(address) == shared


def test_another_page_in_the_same_network_uses_up_the_same_hour(place: Place) -> None:
    sessions = place.house.app.sessions
    allowed = [sessions.may_open(f"2001:db8:1:2::{number:x}") for number in range(100)]
    assert allowed == [True] * 60 + [False] * 40
    assert sessions.may_open("2001:db8:1:3::1")
    place.clock.tick(hours=1, seconds=1)
    assert sessions.may_open("2001:db8:1:2::1")


async def test_of_the_address_a_keyed_hash_is_kept_while_the_session_lasts(place: Place, guest: Guest) -> None:
    row = await place.read(lambda session: session.get_one(WebSession, guest.session))
    assert row.origin == place.house.app.keys.index("address", "127.0.0.1")
    assert "127.0.0.1" not in str(vars(row))
    await place.house.app.sessions.end(guest.session)
    row = await place.read(lambda session: session.get_one(WebSession, guest.session))
    assert row.origin is None
