"""What a citizen wants to know is recognised in standard, regional and chat Vietnamese."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.aspects import ASPECTS, aspect_of, aspect_spans
from services.catalog.text import key

ASKED = """
documents: làm khai sinh cần giấy tờ gì | dk tam tru can j z | hồ sơ gồm những gì | cần mang theo gì
documents: chuẩn bị những giấy tờ gì | cần bản gốc hay bản sao | nộp mấy bản | giấy tờ chi vậy | thu tuc can nhung gi
fee: lệ phí bao nhiêu | hết nhiêu tiền | phi bn | mất tiền không | có mất phí không | phí nhiêu z | tốn bao nhiêu
fee: how much does it cost | thế còn phí thì sao | the con phi thi sao
time: mất bao lâu thì có kết quả | tốn bao nhiêu ngày | khi nào lấy được | bao giờ xong | mấy ngày có
time: giấy có giá trị bao lâu
where: nộp ở đâu | lam o mo | đi đâu làm | nộp hồ sơ ở phường hay công an | cơ quan nào giải quyết | where do I go
how: làm thế nào | làm sao vậy | mần răng hè | có làm online được không | phải làm gì | thủ tục như thế nào
how: mất sổ đỏ phải làm sao
conditions: ai được hưởng | cần điều kiện gì | làm hộ được không | con tôi 3 tuổi có làm được không
conditions: co phai ve que lam khong
form: mẫu tờ khai lấy ở đâu | xin mẫu đơn | tải mẫu ct01 ở đâu
basis: theo luật nào | căn cứ vào nghị định nào | văn bản pháp lý nào quy định
result: được cấp giấy gì | kết quả là gì
none: đăng ký kết hôn | mất căn cước | cấp lại thẻ căn cước | sao y bản chính | đăng ký lại khai sinh | tách thửa đất
none: hộ chiếu | thành lập hộ kinh doanh
"""
CASES = [
    (question.strip(), line.split(":", 1)[0])
    for line in ASKED.strip().splitlines()
    for question in line.split(":", 1)[1].split("|")
]


@pytest.mark.parametrize(("question", "aspect"), CASES)
def test_aspect(question: str, aspect: str) -> None:
    assert aspect_of(key(question)) == aspect


def test_words_that_tell_procedures_apart_are_never_inside_a_stretch() -> None:
    for question in ("đổi như thế nào", "cấp lại thế nào", "đăng ký thay đổi", "làm hộ khẩu", "làm hộ chiếu"):
        folded = key(question)
        covered = {folded[start:end] for start, end, _ in aspect_spans(folded)}
        assert not any(part.split()[0] in {"doi", "cap", "dang", "ho", "thay"} for part in covered), (question, covered)


@given(st.text())
def test_aspects_are_total(text: str) -> None:
    folded = key(text)
    assert aspect_of(folded) in ASPECTS
    assert all(0 <= start < end <= len(folded) for start, end, _ in aspect_spans(folded))


@pytest.mark.parametrize(
    ("question", "aspect"),
    [
        ("how much is a work permit", "fee"),
        ("what is the price of a residence card", "fee"),
        ("how long does a police check take", "time"),
        ("when will my visa be ready", "time"),
        ("I lost it when I moved", "none"),
        ("five year visa free stamp", "none"),
        ("where do I get a copy", "where"),
        ("which office is in charge", "where"),
        ("the town where I live", "none"),
        ("what papers do I need", "documents"),
        ("documents for a passport", "documents"),
        ("my wallet with all my documents is gone", "none"),
        ("can I do this myself", "conditions"),
        ("who is eligible", "conditions"),
        ("how can I register", "how"),
        ("what should I do", "how"),
        ("which law says so", "basis"),
        ("which form do I fill in", "form"),
    ],
)
def test_aspects_in_english(question: str, aspect: str) -> None:
    assert aspect_of(key(question)) == aspect
