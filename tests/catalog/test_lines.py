"""Files of records: a bad line is refused by its number and with a reason, and the rest is taken."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from services.catalog import store
from services.catalog.importing import import_lines
from services.catalog.lines import lines_of
from services.db.session import Database, reading, unit
from tests.catalog.shelf import CODE, NOW, brings, counts, own

NESTED = own(questions=[{"id": "q", "text": "?", "choices": [{"id": "a", "label": "A"}, {"id": "b", "label": "B"}]}])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"no json", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b'{"code": "\xc3\x28"}', "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[]", "is not a JSON object"),
        (b"{}", "missing required field `code`"),
        (own("x"), "code: 'x' is not a procedure code"),
        (own("1.000123.H41"), "is not a procedure code"),
        (own("１.０００１２３"), "is not a procedure code"),
        (own(nmae="x"), "unknown field `nmae`"),
        (own(name="  "), "name: is empty"),
        (own(name=5), "Expected `str`"),
        (own(levels=["xã"]), "Invalid enum value 'xã'"),
        (own(effective_from="hôm qua"), "date"),
        (own(popularity=-1), "popularity"),
        (own(popularity=10**30), "popularity"),
        (own(papers=[{"name": "x", "copies": -1}]), "papers: originals and copies"),
        (own(papers=[{"name": "x", "when": {"q": ["a"]}}]), "when: q="),
        (NESTED | {"papers": [{"name": "x", "when": {"q": ["c"]}}]}, "when: q="),
        (NESTED | {"papers": [{"name": "x", "when": {"q": []}}]}, "when: q="),
        (own(methods=[{"way": "counter", "times": [{"value": 3}]}]), "times: a value needs a unit"),
        (own(methods=[{"way": "counter", "fees": [{"amount": -1}]}]), "fees: an amount"),
        (own(questions=[{"id": "q", "text": "?", "choices": [{"id": "a", "label": "A"}]}]), "two or more choices"),
        (own(questions=NESTED["questions"] * 2), "an id stands twice"),
        (own(questions=[NESTED["questions"][0] | {"when": {"q": ["a"]}}]), "when: q="),
        (own(approval={"by": "", "at": "2026-01-01", "decision_no": "1"}), "approval: needs"),
        ({"code": CODE, "names": "giấy"}, "Expected `array`"),
        ({"code": "x", "names": ["giấy"]}, "is not a procedure code"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_line_is_refused_by_its_number_and_the_rest_is_taken(db: Database, line: object, reason: str) -> None:
    done = brings(db, own("1.000200"), line, own("1.000201"))
    assert counts(done) == (2, 0, 0, 1)
    ((number, told),) = done.refused
    assert number == 2
    assert reason in told
    assert "\n" not in told


def test_a_file_that_contradicts_itself_is_refused_in_its_second_line(db: Database) -> None:
    lines = (own(), own(), own(name="Khác"), {"code": CODE, "names": ["a"]}, {"code": CODE, "names": ["b"]})
    assert counts(brings(db, *lines)) == (2, 0, 1, 2)
    again = brings(db, *lines)
    assert counts(again) == (0, 0, 3, 2), "the same file twice changes nothing"
    assert [number for number, _ in again.refused] == [3, 5]
    assert "stands in line 1 already" in again.refused[0][1]
    with reading(db) as session:
        kept = store.load(session, CODE)
    assert kept is not None
    assert kept.record.name == "Cấp giấy thử"


def test_the_shape_can_be_told(db: Database) -> None:
    assert counts(brings(db, own(), form="portal")) == (0, 0, 0, 1)
    portal = {"code": CODE, "name": "Cấp giấy thử", "documents": [], "methods": [], "level": "Cấp xã"}
    assert counts(brings(db, portal, form="motcua")) == (0, 0, 0, 1)
    assert counts(brings(db, portal)) == (1, 0, 0, 0)


# -- files ----------------------------------------------------------------------------------------------------------


def test_plain_and_packed_files_with_a_mark_and_empty_lines(db: Database, tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + json.dumps(own()).encode() + b"\r\n\n  \n" + json.dumps(own("1.000124")).encode()
    plain, packed = tmp_path / "a.jsonl", tmp_path / "a.jsonl.gz"
    plain.write_bytes(content)
    packed.write_bytes(gzip.compress(content))
    for path in (plain, packed):
        assert [number for number, _ in lines_of(path)] == [1, 4]
    with unit(db) as session:
        assert counts(import_lines(session, lines_of(packed), NOW, origin="import")) == (2, 0, 0, 0)
    with unit(db) as session:
        assert counts(import_lines(session, lines_of(plain), NOW, origin="import")) == (0, 0, 2, 0)
