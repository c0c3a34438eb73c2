"""Citizens' questions find their procedure: in any spelling, by everyday names, in stories, and in conversation."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.typing_errors import disturbed
from services.catalog.evidence import Evidence, Weights
from services.catalog.index import Entry, Postings
from services.catalog.letters import Letters
from services.catalog.search import Context, SearchIndex
from services.catalog.text import bare_title, title_key
from tests.catalog.everyday import everyday_entries, everyday_index, questions
from tests.kit.patience import bounded_time

BIRTH, DEATH, MARRIAGE, SINGLE = "1.001193", "1.000656", "1.000894", "1.004873"
COPIES, RESIDENCE, STAY, SPLIT, SHOP = "2.000815", "1.004222", "1.004194", "1.010038", "1.001612"


@pytest.fixture(scope="module")
def index() -> SearchIndex:
    return everyday_index()


def first(index: SearchIndex, question: str) -> str:
    """The code found first, or why none was."""
    found = index.search(question)
    return found.hits[0].code if found.hits else str(found.smalltalk)


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("đăng ký khai sinh cho con cần giấy tờ gì", BIRTH),
        ("dang ky khai sinh cho con can giay to gi", BIRTH),
        ("ddawng kys khai sinh", BIRTH),
        ("dangky khaisinh", BIRTH),
        ("đk ks cho bé mới sinh cần j ạ", BIRTH),
        ("tui mới sanh em bé, mần giấy khai sanh răng hè", BIRTH),
        ("how to register a birth certificate", BIRTH),
        ("ông nội em mất hôm qua giờ làm giấy chứng tử ở đâu", DEATH),
        ("hai đứa tui muốn lên xã làm giấy hôn thú", MARRIAGE),
        ("xin giấy xác nhận độc thân", SINGLE),
        ("xin xnđt đi vay ngân hàng", SINGLE),
        ("sao y bản chính hết bao nhiêu", COPIES),
        ("nhập hộ khẩu về nhà chồng", RESIDENCE),
        ("dk tam tru cho nguoi thue tro", STAY),
        ("tách khẩu ra riêng", SPLIT),
    ],
)
def test_one_question(index: SearchIndex, question: str, code: str) -> None:
    assert first(index, question) == code


@pytest.mark.parametrize("share", [0.07, 0.15])
def test_a_title_full_of_slips_is_still_itself(index: SearchIndex, share: float) -> None:
    rng = random.Random(share)
    entries = [entry for entry in index.entries if len(title_key(entry.name)) > 20]
    found = [index.search(disturbed(bare_title(entry.name), share, rng)) for entry in entries]
    lost = [
        (entry.name, [hit.name for hit in one.hits])
        for entry, one in zip(entries, found, strict=True)
        if not any(title_key(hit.name) == title_key(entry.name) for hit in one.hits[:3])
    ]
    assert len(lost) <= len(entries) // 100, lost


def test_what_is_spelt_like_a_title_is_told_from_what_is_merely_alike() -> None:
    letters = Letters([Entry("1.000001", "Sáp nhập công ty luật"), Entry("1.000002", "Sáp nhập tổ chức tín dụng")])
    typed = "san ahp congntry lpuat"
    itself, other = letters.written(typed, letters.compare(typed))
    assert itself > 0.3
    assert other == 0
    assert letters.written("mat the can cuoc", letters.compare("mat the can cuoc")).tolist() == [0, 0]


def test_a_long_story_still_finds_its_point(index: SearchIndex) -> None:
    story = (
        "Chào anh chị ạ. Hôm nay trời mưa to quá nên em không đi làm được. Em quê ở Nghệ An, vào Bình Dương làm công "
        "nhân được ba năm rồi. Nhà trọ của em có bốn người ở chung. Em muốn hỏi là đăng ký tạm trú thì cần những gì ạ? "
        "Em cảm ơn anh chị nhiều, chúc anh chị một ngày vui vẻ."
    )
    assert first(index, story) == STAY


def test_a_code_is_answered_outright_and_an_unknown_one_is_named_as_such(index: SearchIndex) -> None:
    found = index.search("thủ tục 1.001193.000.00.00.H41 lệ phí bao nhiêu")
    assert (found.kind, found.hits[0].code, found.aspect) == ("answer", BIRTH, "fee")
    assert index.search("9.999999").smalltalk == "unknown_code"


def test_an_exact_title_is_answered_and_a_bare_subject_is_offered_as_a_choice(index: SearchIndex) -> None:
    assert index.search("đăng ký kết hôn có yếu tố nước ngoài").kind == "answer"
    found = index.search("căn cước")
    assert found.kind == "choose"
    assert 2 <= len(found.hits) <= 5


def test_words_that_tell_sisters_apart_decide(index: SearchIndex) -> None:
    assert first(index, "cấp lại thẻ căn cước") == "1.014064"
    assert first(index, "cấp đổi thẻ căn cước") == "1.014063"
    assert first(index, "gia hạn giấy phép xây dựng") == "1.013227"
    assert first(index, "đăng ký lại khai sinh") == "1.004884"
    assert first(index, "xóa đăng ký thường trú") == "1.003197"


def test_twins_at_other_levels_stand_behind_the_one_of_the_office() -> None:
    entries = everyday_entries()
    commune = SearchIndex.build(entries).search("cấp lại thẻ căn cước").hits[0]
    province = SearchIndex.build(entries, office_level="province").search("cấp lại thẻ căn cước").hits[0]
    assert (commune.code, commune.group) == ("1.014064", ("2.001194",))
    assert (province.code, province.group) == ("2.001194", ("1.014064",))


def test_superseded_codes_stand_behind_their_successors() -> None:
    entries = [
        Entry(code="1.000001", name="Cấp giấy phép nuôi chim", levels=("commune",), successor="1.000002", popularity=9),
        Entry(code="1.000002", name="Cấp giấy phép nuôi chim cảnh", levels=("province",)),
        Entry(code="1.000003", name="Đăng ký nuôi ong", levels=("commune",)),
    ]
    hit = SearchIndex.build(entries).search("giấy phép nuôi chim").hits[0]
    assert (hit.code, hit.group) == ("1.000002", ("1.000001",))


def test_a_phrase_that_belongs_elsewhere_leads_there() -> None:
    entries = [
        *everyday_entries(),
        Entry(code="1.000001", name="Cấp giấy phép bắn pháo", not_for=("xin giấy phép đốt pháo bông => 1.000002",)),
        Entry(code="1.000002", name="Thông báo dùng vật liệu nổ"),
    ]
    assert first(SearchIndex.build(entries), "xin giấy phép đốt pháo bông") == "1.000002"


@pytest.mark.parametrize(
    ("code", "question"),
    [
        (BIRTH, "thế mất bao nhiêu tiền?"),
        (BIRTH, "còn nếu chưa kết hôn?"),
        (DEATH, "làm hộ được không?"),
        (RESIDENCE, "nhà thuê có được không"),
        (COPIES, "mấy bản thì được"),
        (SINGLE, "bao lau thi xong"),
        (BIRTH, "the mat bao lau z"),
        (BIRTH, "lam ho dc ko"),
        (BIRTH, "hok bit can j"),
        (MARRIAGE, "phải khám sức khoẻ trước không"),
        (RESIDENCE, "em mún nộp online dc hok"),
        (BIRTH, "thế đưa cho cô giáo hay mang lên xã?"),
        (DEATH, "thiếu giấy thì họ có trả lại không, sửa kiểu gì"),
    ],
)
def test_a_question_without_a_subject_stays(index: SearchIndex, code: str, question: str) -> None:
    found = index.search(question, context=Context(code))
    assert (found.follow_up, [hit.code for hit in found.hits]) == (True, [code])


@pytest.mark.parametrize(
    ("code", "question", "other"),
    [
        (BIRTH, "còn đăng ký kết hôn thì sao?", MARRIAGE),
        (MARRIAGE, "vậy đổi căn cước thì làm thế nào", "1.014063"),
        (DEATH, "cho hỏi thêm tách hộ khẩu", SPLIT),
        (BIRTH, "toi mun ket hon", MARRIAGE),
        (BIRTH, "tôi mún kết hôn", MARRIAGE),
        (BIRTH, "tôi muốn kết hôn", MARRIAGE),
        (BIRTH, "toi mun lam can cuoc", "1.014061"),
        (DEATH, "z lm can cuoc s", "1.014061"),
        (BIRTH, "toi mun dki tam tru dc ko", STAY),
        (SPLIT, "chuan bi ho so khai tu cho bo toi", DEATH),
        (SHOP, "nhỡ ế quá muốn nghỉ tạm vài tháng thì phải báo ai", "1.001570"),
        (RESIDENCE, "thôi không nhập nữa, giờ ở tạm thì làm sao", STAY),
        (DEATH, "my baby is 3 months old and has no birth certificate yet, what papers do I need?", BIRTH),
    ],
)
def test_a_new_subject_is_noticed(index: SearchIndex, code: str, question: str, other: str) -> None:
    found = index.search(question, context=Context(code))
    assert not found.follow_up
    assert found.hits[0].code == other


def test_a_context_that_is_not_in_the_catalogue_is_ignored(index: SearchIndex) -> None:
    assert index.search("đăng ký kết hôn", context=Context("9.999999")).hits[0].code == MARRIAGE


def test_saved_and_read_again_it_answers_the_same(index: SearchIndex, tmp_path: Path) -> None:
    path = tmp_path / "index.npz"
    index.save(path)
    again = SearchIndex.load(path)
    for one in questions("citizens.jsonl"):
        assert again.search(one["question"]) == index.search(one["question"])


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"x" * 1000])
def test_a_broken_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "index.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="no search index"):
        SearchIndex.load(path)


def test_an_empty_catalogue_finds_nothing() -> None:
    assert SearchIndex.build([]).search("đăng ký khai sinh").kind == "none"


def test_many_threads_get_the_same_answers(index: SearchIndex) -> None:
    asked = [one["question"] for one in questions("citizens.jsonl")] * 2
    alone = [index.search(question) for question in asked]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(index.search, asked)) == alone


@pytest.mark.parametrize(
    ("name", "one", "three"),
    [
        ("citizens.jsonl", 0.9, 0.97),
        ("citizens-second.jsonl", 0.88, 0.96),
        ("citizens-third.jsonl", 0.88, 0.95),
        ("citizens-fourth.jsonl", 0.88, 0.95),
        ("citizens-seventh.jsonl", 0.93, 0.98),
        ("citizens-eighth.jsonl", 0.93, 0.98),
        ("kept-apart.jsonl", 0.88, 0.95),
    ],
)
def test_citizens_questions_about_the_shipped_procedures(
    index: SearchIndex, name: str, one: float, three: float
) -> None:
    ours = {entry.code for entry in index.entries}
    asked = [q for q in questions(name) if set(q["accept"]) & ours and not q.get("context")]
    ranks = []
    for question in asked:
        hits = index.search(question["question"]).hits
        accepted = set(question["accept"])
        ranks.append(next((n for n, hit in enumerate(hits) if {hit.code, *hit.group} & accepted), 9))
    assert sum(rank == 0 for rank in ranks) >= one * len(asked)
    assert sum(rank < 3 for rank in ranks) >= three * len(asked)


@given(st.text(max_size=300))
def test_no_text_makes_it_raise(text: str) -> None:
    found = everyday_index().search(text)
    assert found.kind in {"answer", "choose", "none"}
    assert (found.kind == "none") == (not found.hits)
    assert len(found.hits) <= 5
    assert all(0 <= hit.score <= 1 for hit in found.hits)
    assert 0 <= found.confidence <= 1


@given(
    st.lists(
        st.sampled_from(["con", "mất", "giấy", "căn cước", "đk", "ko", "ạ", "5t", "18 tuổi", "ơi", "."]), max_size=40
    )
)
def test_no_jumble_of_words_makes_it_raise(said: list[str]) -> None:
    everyday_index().search(" ".join(said), context=Context(BIRTH))


@pytest.mark.parametrize("text", ["đăng ký khai sinh cho con " * 4_000, "x" * 100_000, "😂" * 100_000, "a b " * 25_000])
def test_a_hundred_thousand_characters_take_bounded_time(index: SearchIndex, text: str) -> None:
    with bounded_time():
        index.search(text)


def test_a_longer_phrase_counts_more_than_a_short_one_that_is_as_alike() -> None:
    told = "đàn heo bị dịch tả chết sạch xin tiền hỗ trợ thiệt hại"
    entries = [
        Entry(code="1.000001", name="Khai báo", names=("heo bị dịch",)),
        Entry(code="1.000002", name="Giúp đỡ", situations=(told,)),
    ]
    postings = Postings.build(entries)
    evidence = Evidence(postings, len(entries), Weights())
    found = evidence.gather(np.arange(len(postings.terms)))
    weights = np.ones(len(postings.terms))
    plain, cosines, _ = evidence.of(found, weights, 0.0, by_length=False)
    scores, same, _ = evidence.of(found, weights, 0.0)
    assert same.tolist() == cosines.tolist()
    assert scores[1] / scores[0] > plain[1] / plain[0]
