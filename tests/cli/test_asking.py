"""`ask` and `talk`: the same search and the same conversation, in a terminal."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Shell

ASPECTS = {"documents", "fee", "time", "where", "how", "conditions", "form", "result", "basis", "none"}


def test_one_object_a_line_with_the_fields_that_others_rely_on(shell: Shell) -> None:
    shell.filled()
    lines = [
        "Đăng ký khai sinh",
        "1.004222",
        "1.001193 cần giấy tờ gì",
        "",
        "9.999999",
        "🙂",
        "x" * 20_000,
        '{"a": "b"}',
    ]
    said = shell.run("ask", "--json", stdin="\r\n".join(lines).encode())
    assert (said.status, said.err) == (0, "")
    answers = [json.loads(line) for line in said.out.splitlines()]
    assert [answer["question"] for answer in answers] == lines
    for answer in answers:
        assert list(answer) == ["question", "aspect", "kind", "procedures", "ms"]
        assert answer["aspect"] in ASPECTS
        assert answer["kind"] in ("answer", "choose", "none")
        assert (answer["kind"] == "none") == (answer["procedures"] == [])
        assert len(answer["procedures"]) <= 5
        assert answer["ms"] >= 0
        scores = [procedure["score"] for procedure in answer["procedures"]]
        assert scores == sorted(scores, reverse=True)
        assert all(list(procedure) == ["code", "name", "score"] for procedure in answer["procedures"])
    assert [answer["kind"] for answer in answers[:3]] == ["answer"] * 3
    assert [answer["procedures"][0]["code"] for answer in answers[:3]] == ["1.001193", "1.004222", "1.001193"]
    assert answers[2]["aspect"] == "documents"
    assert answers[4]["kind"] == "none"


def test_each_line_is_a_conversation_of_its_own(shell: Shell) -> None:
    shell.filled()
    alone = shell.run("ask", "--json", stdin="lệ phí bao nhiêu".encode()).out
    after = shell.run("ask", "--json", stdin="đăng ký khai sinh\nlệ phí bao nhiêu\n".encode()).out.splitlines()[1]
    one, other = json.loads(alone), json.loads(after)
    assert one | {"ms": 0} == other | {"ms": 0}


def test_bytes_that_are_no_text_are_asked_too(shell: Shell) -> None:
    shell.filled()
    said = shell.run("ask", stdin=b"\xff\xfe khai sinh\nn\xc3\n")
    assert (said.status, len(said.out.splitlines())) == (0, 2)
    first = shell.run("ask", stdin="Đăng ký khai sinh\n".encode()).out
    assert first.startswith("answer\tnone\t1.001193 Đăng ký khai sinh")
    assert shell.run("ask", stdin=b"").out == ""


@pytest.mark.parametrize("profile", ["telegram", "zalo-bot"])
def test_a_conversation_in_the_terminal(shell: Shell, profile: str) -> None:
    shell.filled()
    said = shell.run("talk", "--channel-profile", profile, stdin="menu\nlịch làm việc\n".encode())
    assert (said.status, said.err) == (0, "")
    assert "Ở đây không bao giờ hỏi mã OTP" in said.out
    assert "Thủ tục hay được hỏi" in said.out
    assert "07:30–11:30" in said.out
