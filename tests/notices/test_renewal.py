"""`đổi mã` at the counter: who followed by an old code is told no more, also of what was queued; the owner stays."""

from __future__ import annotations

from sqlalchemy.orm import Session

from services.db.following import Follow
from services.desk import renewal
from services.desk.renewal import Renewed
from services.desk.staff import Member
from services.dossiers import receipts
from services.dossiers.followers import Wishes
from services.dossiers.hand import Hand
from services.dossiers.receipts import Issued
from services.keys import Keys
from services.refusal import Refused
from tests.kit.house import KEY
from tests.notices.pair import CODE, Two

BY = Member(1, "H99.15", "officer", "Lan", None)


async def issued(two: Two) -> str:
    """The counter prints a receipt."""

    def issue(session: Session) -> str:
        made = receipts.issue(Hand(session, Keys.read(KEY), "staff:1", two.house.clock.now()), CODE)
        assert isinstance(made, Issued)
        return made.code

    return await two.house.app.threads.write(issue)


async def renew(two: Two, code: str = CODE, by: Member = BY) -> Renewed | Refused:
    """An officer renews the code."""
    now = two.house.clock.now()
    return await two.house.app.threads.write(
        lambda session: renewal.renew(Hand(session, Keys.read(KEY), "staff:1", now), by, code)
    )


async def test_who_used_the_old_code_is_told_nothing_more(two: Two) -> None:
    await two.says(two.first, await issued(two))
    await two.wish(Wishes(quiet=(21 * 60, 7 * 60)))
    two.house.clock.tick(hours=12)
    await two.status(4)
    done = await renew(two)
    assert isinstance(done, Renewed)
    assert done.unbound == 1
    two.house.clock.tick(hours=10)
    await two.status(9)
    assert two.news(two.first) == []
    await two.says(two.second, done.receipt)
    await two.status(10)
    assert f"Kết quả của hồ sơ {CODE} đã được trả." in "\n".join(page.text for _, page in two.second.pages)
    assert [row.conversation_id for row in await two.rows(Follow)] == [await two.who(two.second)]


async def test_who_proved_it_by_the_digits_stays(two: Two) -> None:
    await two.follows(two.first)
    await two.says(two.first, await issued(two))
    done = await renew(two)
    assert isinstance(done, Renewed)
    assert done.unbound == 0
    assert len(await two.rows(Follow)) == 1


async def test_not_for_another_agency_nor_for_what_is_not_there(two: Two) -> None:
    other = Member(2, "H99.15.CA", "officer", "Tuấn", None)
    assert [await renew(two, by=other), await renew(two, code="H99.15-261120-0999")] == [
        Refused("work-elsewhere"), Refused("dossier-unknown"),
    ]  # fmt: skip
