"""The checklist as a picture: its key, what stands on its sheets, and how it is drawn."""

from __future__ import annotations

import io
import re
import unicodedata
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.app import LOCALES
from bot.dialog.flow import Talk
from bot.texts import Texts
from handlers import sheet
from handlers.cases import next_question
from services.catalog import lines, picture, typeface
from services.catalog.checklist import SHEETS, WIDTH, Block, Recipe, Sheet, paper, parse, sheets
from services.catalog.model import Paper, ProcedureRecord, applies
from services.catalog.store import Version
from tests.kit.clock import FakeClock

STARTER = Path(lines.__file__).parent / "starter"
TALLEST = 3600
"""What a sheet may measure at most, in pixels: the room it is given and how far the estimate may be off."""

IDS = st.one_of(
    st.sampled_from(["be", "cha_me", "nguoi-di", "có dấu", "a=b,c.d/e", "~41", "%2F"]), st.text(max_size=12)
)
RECIPES = st.builds(
    Recipe.of,
    code=st.sampled_from(["1.001193", "2.000635"]),
    version_id=st.integers(1, 10**9),
    case=st.dictionaries(IDS, IDS, max_size=6),
    locale=st.sampled_from(["vi", "en"]),
    sheet=st.integers(1, SHEETS),
)


# -- the key --------------------------------------------------------------------------------------------------------


@given(RECIPES)
def test_a_key_is_its_recipe_and_needs_no_escaping(recipe: Recipe) -> None:
    key = recipe.key()
    assert parse(key) == recipe
    assert re.fullmatch(r"[A-Za-z0-9._~/=,-]+", key)


def test_the_order_of_the_answers_makes_no_other_picture() -> None:
    case = {"nguoi_di": "cha_me", "be": "bo_roi"}
    key = Recipe.of("1.001193", 12, case, "vi").key()
    assert key == "checklist/1.001193/12/be=bo_roi,nguoi_di=cha_me.vi.1.png"
    assert Recipe.of("1.001193", 12, dict(reversed(case.items())), "vi").key() == key
    assert Recipe.of("1.001193", 12, {}, "en", 2).key() == "checklist/1.001193/12/-.en.2.png"


@pytest.mark.parametrize(
    "key",
    [
        "",
        "checklist",
        "checklist/1.001193/12/.vi.1.png",
        "checklist/1.001193/12/-.vi.0.png",
        "checklist/1.001193/12/-.vi.01.png",
        "checklist/1.001193/012/-.vi.1.png",
        "checklist/1.001193/0/-.vi.1.png",
        "checklist/1.001193/١٢/-.vi.1.png",
        "checklist/1.001193.000/12/-.vi.1.png",
        "checklist/1.001193/12/-.vi.1.png\n",
        "checklist/1.001193/12/-.VI.1.png",
        "checklist/1.001193/12/-.vi.1.jpg",
        "checklist/1.001193/12/b=1,a=1.vi.1.png",  # not in order
        "checklist/1.001193/12/a=1,a=1.vi.1.png",
        "checklist/1.001193/12/a=1,a=2.vi.1.png",
        "checklist/1.001193/12/a=1,.vi.1.png",
        "checklist/1.001193/12/a.vi.1.png",
        "checklist/1.001193/12/a=b=c.vi.1.png",
        "checklist/1.001193/12/a=~41.vi.1.png",  # an escaped letter that needs none
        "checklist/1.001193/12/a=~c3.vi.1.png",
        "checklist/1.001193/12/a=~ZZ.vi.1.png",
        "checklist/1.001193/12/a=ế.vi.1.png",
        "checklist/../12/-.vi.1.png",
        "checklist/1.001193/12/" + "a" * 3000 + "=1.vi.1.png",
        "checklist/1.001193/" + "9" * 17 + "/-.vi.1.png",
    ],
)
def test_only_what_a_recipe_writes_is_a_key(key: str) -> None:
    assert parse(key) is None


# -- the sheets -----------------------------------------------------------------------------------------------------

WORDS = st.lists(st.sampled_from(["giấy", "tờ", "khai;", "sinh.", "xác nhận", "\n", "x" * 500]), max_size=120).map(
    " ".join
)
PAPERS = st.lists(st.tuples(WORDS, WORDS), max_size=40)


def _page(number: int, of: int) -> str:
    return f"{number}/{of}"


def _letters(text: str) -> str:
    return "".join(text.split())


@given(PAPERS)
def test_nothing_is_left_out_and_nothing_said_twice(papers: list[tuple[str, str]]) -> None:
    blocks = [Block("head", "H"), *(one for n, (name, more) in enumerate(papers, 1) for one in paper(n, name, more))]
    made = sheets("o", "t", "u", blocks, _page, "again")
    told = [block for one in made for block in one.blocks if block.text != "H again"]
    if made:
        assert told == blocks
        assert all(one.blocks[-1].kind != "head" for one in made if one is not made[-1])
        assert [one.page for one in made] == (
            [f"{n}/{len(made)}" for n in range(1, len(made) + 1)] if made[1:] else [""]
        )
        assert all(one.blocks[0].kind == "head" for one in made)
        ticked = "".join(block.mark + block.text + block.detail for block in told[1:])
        assert _letters(ticked) == _letters("".join(f"{n}.{a}{b}" for n, (a, b) in enumerate(papers, 1)))
    else:
        assert sum(len(a) + len(b) for a, b in papers) > 8_000


def test_a_short_list_is_one_sheet_of_large_type_and_a_long_one_goes_over() -> None:
    def made(count: int) -> list[Sheet]:
        return sheets("o", "t", "u", [b for n in range(count) for b in paper(n, "Giấy tờ " * 6, "Một bản")], _page, "…")

    assert [one.scale for one in made(6)] == [1.0]
    assert len(made(16)) == 2
    assert {one.scale for one in made(16)} == {1.0}
    assert 1 < len(made(100)) <= SHEETS
    assert made(1000) == []


# -- real procedures ------------------------------------------------------------------------------------------------


@cache
def _starter() -> dict[str, ProcedureRecord]:
    records = (lines.read_line(line) for path in STARTER.glob("*.jsonl") for _, line in lines.lines_of(path))
    return {record.code: record for record in records if isinstance(record, ProcedureRecord)}


def _talk(locale: str = "vi") -> Talk:
    return Talk(None, Texts(LOCALES), locale, FakeClock().now(), 0, {}, {})


def _drafted(record: ProcedureRecord, case: dict[str, str], **more: object) -> list[Sheet]:
    version = Version(7, record, None, None, None, **more)  # type: ignore[arg-type]
    return sheet.draft(_talk(), version, case, office="Trung tâm Phục vụ hành chính công", hotline="0900 000 000")


def _words(made: list[Sheet]) -> str:
    return "\n".join(f"{block.mark} {block.text}\n{block.detail}" for one in made for block in one.blocks)


def _cases(record: ProcedureRecord, case: dict[str, str]) -> list[dict[str, str]]:
    """Every case that the questions can lead to."""
    question = next_question(record, case)
    if question is None:
        return [case]
    return [one for choice in question.choices for one in _cases(record, {**case, question.id: choice.id})]


def test_every_starter_procedure_has_all_its_papers_on_few_sheets_in_every_case() -> None:
    for record in _starter().values():
        for case in _cases(record, {})[:60]:
            made = _drafted(record, case)
            assert 1 <= len(made) <= 3, (record.code, case)
            said = _letters(_words(made))
            for one in record.papers:
                if one.kind != "note" and applies(one.when, case):
                    assert _letters(one.name) in said, (record.code, case, one.name)


def test_what_stands_on_the_sheet_of_a_birth() -> None:
    case = {"nguoi_di": "cha_me", "be": "co_chung_sinh", "cha_me_ket_hon": "roi"}
    made = _drafted(_starter()["1.001193"], case)
    said = _words(made)
    assert made[0].title == "Đăng ký khai sinh"
    assert "Bé thuộc trường hợp nào? Có giấy chứng sinh" in said
    assert "1. Tờ khai đăng ký khai sinh\n1 bản chính." in said
    assert "Biên bản về việc trẻ bị bỏ rơi" not in said
    for part in (
        "Lệ phí",
        "Thời gian",
        "Nơi nộp",
        "OTP",
        "0900 000 000",
        "chưa được cơ quan duyệt",
        "Dữ liệu: 07/2026",
    ):
        assert part in said
    assert "thay bằng bản mới" not in said
    assert "thay bằng bản mới" in _words(_drafted(_starter()["1.001193"], case, shown=False))


def test_a_long_fee_is_pointed_at_and_many_remarks_are_counted() -> None:
    papers = tuple(Paper(name=f"Lưu ý số {n}", kind="note") for n in range(30))
    record = ProcedureRecord(code="1.000001", name="Thủ tục", papers=(Paper(name="Đơn"), *papers), where="Nơi " * 100)
    said = _words(_drafted(record, {}))
    assert "Còn 30 lưu ý" in said
    assert "Nơi Nơi" not in said
    assert "xin hỏi phần “Nơi nộp”" in said


# -- drawing --------------------------------------------------------------------------------------------------------


def test_the_typeface_has_every_vietnamese_letter() -> None:
    tones = ["", *"\u0300\u0301\u0303\u0309\u0323"]
    letters = {unicodedata.normalize("NFC", vowel + tone) for vowel in "aăâeêioôơuưy" for tone in tones} | {"đ", "₫"}
    for letter in letters | {letter.upper() for letter in letters}:
        assert typeface.readable(letter) == letter
    for weight in ("Regular", "Medium", "SemiBold", "Bold"):
        face = typeface.font(weight, 40)
        nothing = bytes(face.getmask("\U0010fffe"))
        assert all(bytes(face.getmask(letter)) != nothing for letter in letters)
        drawn = [bytes(face.getmask(letter)) for letter in sorted(letters)]
        assert len(set(drawn)) == len(drawn), "two letters look the same"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (unicodedata.normalize("NFD", "giấy ạ ế ộ ữ ỹ đ"), "giấy ạ ế ộ ữ ỹ đ"),
        ("\uf0fc Đơn\u200b\u00ad\ufeff", "• Đơn"),
        ("a\u2003b\t\nc", "a b c"),
        ("8.000\u00a0đồng", "8.000\u00a0đồng"),
        ("👍 漢 ok", "? ? ok"),
        ("\ud800\x00", ""),
    ],
)
def test_what_cannot_be_drawn_is_told_apart(typed: str, read: str) -> None:
    assert typeface.readable(typed) == read


@given(st.text(max_size=300), st.integers(60, 900))
def test_no_line_is_wider_than_its_room_and_none_is_lost(text: str, room: int) -> None:
    for broken in (typeface.wrapped(text, "Medium", 48, room), typeface.balanced(text, "Medium", 48, room)):
        assert all(typeface.font("Medium", 48).getlength(line) <= room + 1 or len(line) == 1 for line in broken)
        assert _letters("".join(broken)) == _letters(typeface.readable(text))


@pytest.mark.parametrize("code", ["1.001193", "1.004222", "1.013225"])
def test_a_drawn_sheet_is_as_wide_as_a_phone_and_as_tall_as_was_thought(code: str) -> None:
    record = _starter()[code]
    made = _drafted(record, _cases(record, {})[0])
    for one in made:
        image = Image.open(io.BytesIO(picture.draw(one)))
        assert image.format == "PNG"
        assert image.width == WIDTH
        assert 700 < image.height < TALLEST
        colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 20) or []}
        assert {(0x8C, 0x18, 0x20), (0xFA, 0xF8, 0xF3), (0x22, 0x1D, 0x19)} <= colours
        # Nothing touches the edges: the left and the right column are band and paper only.
        for column in (2, WIDTH - 3):
            strip = image.convert("RGB").crop((column, 0, column + 1, image.height))
            assert len(strip.getcolors() or []) == 3
    assert picture.draw(made[0]) == picture.draw(made[0]), "the same sheet is the same picture"


def test_the_heights_that_were_thought_of_hold_for_long_lists_too() -> None:
    papers = tuple(Paper(name="Văn bản của cơ quan có thẩm quyền " * n, originals=1) for n in range(1, 26))
    made = _drafted(ProcedureRecord(code="1.000001", name="Thủ tục có nhiều giấy tờ", papers=papers), {})
    sizes = [Image.open(io.BytesIO(picture.draw(one))).height for one in made]
    assert 2 <= len(sizes) <= SHEETS
    assert max(sizes) < TALLEST
    assert all(tall > 0.5 * max(sizes) for tall in sizes), "the sheets are of about the same length"
    numbers = [block.mark for one in made for block in one.blocks if block.kind == "tick"]
    assert numbers == [f"{n}." for n in range(1, 26)]
    assert all(one.blocks[0].text.endswith("(tiếp theo)") for _, one in pairwise(made) if one.blocks[0].kind == "head")
