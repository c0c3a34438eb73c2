"""The engine: how answers are read, and that nothing a person does leaves her without a reply."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot.dialog.flow import Talk
from bot.dialog.state import State
from bot.dialog.values import Choice, FileRef, Heard, Message
from bot.dialog.words import as_number, fold, pick
from tests.kit import toy

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
DIALOG = toy.dialog()


def talk(locale: str = "vi") -> Talk:
    return Talk(None, toy.PlainTexts(), locale, NOW, 1, {}, {})


def says(state: State, text: str, asked: int | None = None) -> list[str]:
    return [message.text for message in DIALOG.turn(state, Heard("text", text, asked=asked), talk())]


def taps(state: State, token: str) -> list[str]:
    return [message.text for message in DIALOG.turn(state, Heard("tap", tap=token), talk())]


def begun() -> State:
    state = State()
    says(state, "menu")
    return state


def test_first_contact_greets_once() -> None:
    state = State()
    assert says(state, "menu") == ["Xin chào", "Đã nghe 0"]
    assert says(state, "menu") == ["Đã nghe 0"]


def test_a_number_a_label_and_a_label_without_accents_mean_the_same() -> None:
    for typed in ("1", "1.", "số 1", "(1)", "#1", "１", "Đặt tên", "dat ten", "ĐẶT TÊN", "dat"):
        assert says(begun(), typed) == ["Tên là gì?"], typed


def test_free_text_only_where_it_is_asked_for() -> None:
    state = begun()
    says(state, "2")
    assert says(state, "gì cũng được") == ["<choose-one>", "Chọn một"]


def test_a_form_refuses_and_asks_again() -> None:
    state = begun()
    says(state, "1")
    assert says(state, "x" * 21) == ["Tên dài quá", "Tên là gì?"]
    assert says(state, "An") == ["Chào An", "Đã nghe 1"]


def test_a_number_out_of_range_is_told_the_range() -> None:
    assert says(begun(), "7") == ["<number-out-of-range> last=3", "Đã nghe 0"]


def test_long_lists_are_paged_and_every_item_is_reachable() -> None:
    state = begun()
    says(state, "2")
    seen: list[str] = []
    for _ in range(3):
        assert state.open is not None
        seen += [label for _, label, _ in state.open.offers]
        says(state, "xem thêm")
    assert seen == [f"Mục {i}" for i in range(1, 26)]
    says(state, "xem them")
    assert says(state, "3") == ["Đã chọn 13", "Đã nghe 1"]


def test_back_menu_and_cancel_work_anywhere() -> None:
    for word in ("0", "quay lại", "quay lai", "menu", "MENU"):
        state = begun()
        says(state, "1")
        assert says(state, word) == ["Đã nghe 1"], word
    state = begun()
    says(state, "1")
    assert says(state, "huỷ") == ["<cancelled>", "Đã nghe 1"]
    assert says(begun(), "hủy") == ["<cancelled>", "Đã nghe 0"]


def test_a_tap_on_an_old_question_changes_nothing_and_asks_the_new_one() -> None:
    state = begun()
    first = state.n
    says(state, "1")
    assert taps(state, f"{first}:1") == ["<question-gone>", "Tên là gì?"]
    assert taps(state, "999:0") == ["<question-gone>", "Tên là gì?"]
    assert taps(state, "rác") == ["<question-gone>", "Tên là gì?"]


def test_a_second_tap_on_the_choice_just_taken_is_silent_because_its_reply_is_on_the_way() -> None:
    state = begun()
    first = state.n
    assert taps(state, f"{first}:0") == ["Tên là gì?"]
    assert taps(state, f"{first}:0") == []


def test_a_number_typed_before_the_question_arrived_is_not_taken_as_its_answer() -> None:
    state = begun()
    says(state, "2")
    assert state.open is not None
    late = state.open.n - 1
    assert says(state, "1", asked=late) == ["<question-newer>", "Chọn một"]
    assert says(state, "1", asked=state.open.n) == ["Đã chọn 1", "Đã nghe 1"]


def test_a_form_does_not_take_text_typed_before_its_question_but_a_search_box_does() -> None:
    state = begun()
    assert state.open is not None
    assert says(state, "tìm", asked=state.open.n - 1) == ["Nghe: tìm", "Đã nghe 1"]
    says(state, "1")
    assert says(state, "An", asked=state.open.n - 1) == ["<question-newer>", "Tên là gì?"]


def test_commands_win_over_free_text_and_only_marked_ones_take_a_rest() -> None:
    assert says(begun(), "gửi ảnh") == ["Gửi ảnh"]
    assert says(begun(), "gửi ảnh này") == ["Nghe: gửi ảnh này", "Đã nghe 1"]
    assert says(begun(), "nói  Điều gì đó") == ["Nghe: Điều gì đó", "Đã nghe 1"]


def test_files_only_where_they_are_asked_for() -> None:
    file = FileRef("k", "a.jpg", "image/jpeg", 1)
    state = begun()
    heard = Heard("file", files=(file, file))
    assert [m.text for m in DIALOG.turn(state, heard, talk())] == ["<no-file-now>", "Đã nghe 0"]
    says(state, "gửi ảnh")
    assert [m.text for m in DIALOG.turn(state, heard, talk())] == ["Đã nhận 2 tệp", "Đã nghe 0"]


def test_what_cannot_be_used_gets_an_honest_answer() -> None:
    for kind in ("sticker", "voice", "location", "contact", "video", "protected", "other"):
        assert [m.text for m in DIALOG.turn(begun(), Heard(kind), talk())] == [f"<cannot-{kind}>", "Đã nghe 0"]


def test_the_language_stays_chosen() -> None:
    state = begun()
    says(state, "english")
    assert state.locale == "en"


def test_a_notice_never_steals_the_answer_of_an_open_question() -> None:
    state = begun()
    says(state, "1")
    notice = DIALOG.aside(state, talk(), "Hồ sơ có kết quả", "toy.home", {}, [Choice("paper", "Gửi")])
    assert says(state, "1") == ["Chào bạn", "Đã nghe 1"], "the number answers the open question"
    says(state, "1")
    assert taps(state, notice.choices[0][0]) == ["Gửi ảnh"]
    assert says(state, "0") == ["Tên là gì?"], "back leads to what was open when the notice was tapped"


def test_a_talk_that_stays_is_silent_and_leads_back_to_what_was_asked() -> None:
    state = begun()
    says(state, "1")
    assert says(state, "tán gẫu") == ["Viết gì cũng được"]
    assert says(state, "xin chào") == says(state, "1") == says(state, "Đặt tên") == []
    assert says(state, "tán gẫu") == ["Viết gì cũng được"]  # it never leads back to itself
    assert says(state, "thôi") == ["Thôi", "Tên là gì?"]
    assert says(state, "Hoa") == ["Chào Hoa", "Đã nghe 1"]


def test_what_ended_elsewhere_gives_the_question_before_it_back() -> None:
    state = begun()
    says(state, "1")
    says(state, "tán gẫu")
    assert [message.text for message in DIALOG.returns(state, talk())] == ["Tên là gì?"]


def test_a_group_hears_commands_and_taps_and_nothing_else() -> None:
    group, state = toy.group(), State()

    def heard(what: Heard) -> list[str]:
        return [message.text for message in group.turn(state, what, replace(talk(), sender=7))]

    assert heard(Heard("text", "việc")) == ["Có việc"]
    for other in (Heard("text", "menu"), Heard("text", "1"), Heard("sticker"), Heard("file"), Heard("start", "x")):
        assert heard(other) == []
    cards = [group.aside(state, talk(), f"thẻ {n}", "toy.card", {}, [Choice("take", "Nhận")]) for n in range(4)]
    assert heard(Heard("tap", tap=cards[3].choices[0][0])) == ["7 nhận"]
    assert heard(Heard("tap", tap=cards[3].choices[0][0])) == ["7 nhận"]  # the office decides who has it, not the card
    assert heard(Heard("tap", tap=cards[0].choices[0][0])) == ["<question-gone>"]  # only so many are kept
    assert state.open is None


def test_the_state_survives_being_written_down() -> None:
    state = begun()
    says(state, "2")
    again = State.load(msgspec.json.decode(msgspec.json.encode(state.dump())))
    assert again == state
    assert says(again, "3") == ["Đã chọn 3", "Đã nghe 1"]


@given(st.text(max_size=200))
def test_folding_is_idempotent_and_bounded(text: str) -> None:
    once = fold(text)
    assert fold(once) == once


@given(st.text(max_size=40))
def test_reading_a_number_never_fails(text: str) -> None:
    assert as_number(text) is None or as_number(text) >= 0  # type: ignore[operator]


@given(st.lists(st.sampled_from(["Có", "Không", "Có, đã kết hôn", "Cóc", "Khác"]), min_size=1, max_size=5, unique=True))
def test_a_full_label_always_picks_itself(labels: list[str]) -> None:
    offers = [(label, label, ()) for label in labels]
    for index, label in enumerate(labels):
        assert pick(label, offers) == index


class AnybodyTypingAnything(RuleBasedStateMachine):
    """Whatever a person does, in whatever order: a reply comes, one question at most is open, the state stays small."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State()
        self.last: list[Message] = []
        self.tokens: list[str] = ["1:0"]
        self.silent_allowed = False

    def hears(self, heard: Heard) -> None:
        self.last = DIALOG.turn(self.state, heard, talk())
        self.tokens += [token for message in self.last for token, _ in message.choices]
        self.state = State.load(msgspec.json.decode(msgspec.json.encode(self.state.dump())))

    @rule(
        text=st.one_of(
            st.text(max_size=30), st.sampled_from(["1", "2", "3", "0", "menu", "huỷ", "xem thêm", "dat ten", "gui anh"])
        )
    )
    def types(self, text: str) -> None:
        self.hears(Heard("text", text))
        assert self.last

    @rule(data=st.data())
    def taps(self, data: st.DataObject) -> None:
        before = list(self.state.past)
        token = data.draw(st.sampled_from(self.tokens))
        self.hears(Heard("tap", tap=token))
        if not self.last:
            number, _, index = token.partition(":")
            assert before[-1] == (int(number), int(index))

    @rule(kind=st.sampled_from(["sticker", "voice", "protected", "start", "file"]))
    def sends(self, kind: str) -> None:
        self.hears(Heard(kind))  # type: ignore[arg-type]
        assert self.last

    @invariant()
    def at_most_the_last_message_asks(self) -> None:
        asking = [message for message in self.last if message.question is not None]
        assert len(asking) <= 1
        if asking:
            assert self.last[-1] is asking[0]
            assert self.state.open is not None
            assert asking[0].question == self.state.open.n

    @invariant()
    def the_state_stays_small(self) -> None:
        assert len(msgspec.json.encode(self.state.dump())) < 20_000


TestAnybodyTypingAnything = AnybodyTypingAnything.TestCase
TestAnybodyTypingAnything.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_sentences_that_begin_like_a_command_are_taken_as_they_are() -> None:
    for typed in ("nói mãi mà không ai nghe", "nói 2 lần rồi"):
        state = begun()
        says(state, "viết thư")
        assert says(state, typed)[0] == f"Thư: {typed}"
    for typed, heard in (("nói X-1", "Nghe: X-1"), ("X-2", "Nghe: X-2"), ("gửi ảnh", "Gửi ảnh")):
        state = begun()
        says(state, "viết thư")
        assert says(state, typed)[0] == heard


def test_who_speaks_with_a_person_is_interrupted_by_whole_words_only() -> None:
    state = begun()
    says(state, "tán gẫu")
    for typed in ("nói với chị một chuyện", "nói X-1", "X-2"):
        assert says(state, typed) == []
    assert says(state, "gửi ảnh") == ["Gửi ảnh"]
