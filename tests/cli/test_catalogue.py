"""`migrate`, `check` and `catalog`: what an operator does with the procedures."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from services.db.machine import Meta
from services.db.office import Agency, Procedure, ProcedureVersion
from tests.cli.conftest import Shell
from tests.kit import postgres
from tests.kit.house import KEY

OWN = {"code": "1.000123", "name": "Cấp giấy thử", "levels": ["commune"], "papers": [{"name": "Tờ khai"}]}
PORTAL = {"code": "1.000124.H41", "name": "Thủ tục cấp giấy", "documents": [], "methods": [], "level": "Cấp xã"}


def write(folder: Path, *lines: object, name: str = "a.jsonl") -> Path:
    """A file of lines; text as it is."""
    path = folder / name
    content = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines).encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_migrating_twice_changes_nothing(shell: Shell, kind: str) -> None:
    if kind == "postgresql":
        shell.url = postgres.fresh_database()
    first = shell.run("migrate")
    assert (first.status, first.err) == (0, "")
    added = int(first.out.split("catalogue: ")[1].split()[0])
    assert added > 100
    second = shell.run("migrate")
    assert second.out == first.out.replace(f"{added} added", "0 added").replace("0 unchanged", f"{added} unchanged")
    assert shell.read(lambda session: session.get(Meta, "demo")) is None


# -- check ----------------------------------------------------------------------------------------------------------


def test_the_doctor_finds_a_whole_house_sound(shell: Shell) -> None:
    shell.filled()
    said = shell.run("check")
    assert (said.status, said.err) == (0, "")
    assert all(line.startswith("ok  ") for line in said.out.splitlines())
    for part in (
        "settings: ",
        "texts: complete in en, vi",
        "database: schema ",
        "procedures",
        "speaks for ",
        "channels: ",
    ):
        assert part in said.out


def test_the_doctor_says_what_is_wrong(shell: Shell) -> None:
    said = shell.run("check")
    assert said.status == 1
    assert "FAIL database: schema none, this program needs" in said.out
    shell.filled()
    shell.write(lambda session: session.execute(update(Agency).values(is_front=False)))
    assert "FAIL database: no agency has front = true" in shell.run("check").out
    shell.write(lambda session: session.execute(delete(Procedure)))
    said = shell.run("check")
    assert (said.status, "FAIL database: 0 procedures" in said.out) == (1, True)
    for key, words in (
        ("", "DATA_KEY is not set"),
        ("c2hvcnQ=", "is not 32 bytes"),
        ("kein base64!", "is not 32 bytes"),
    ):
        shell.sets(DATA_KEY=key)
        said = shell.run("check")
        assert (said.status, words in said.out) == (1, True)
        assert not key or key not in said.out


def test_the_doctor_tries_the_credentials_and_never_shows_them(shell: Shell) -> None:
    shell.filled()
    token = "123456789:abcdefghijklmnopqrstuvwxyzABCDEFGHI"
    shell.sets(TELEGRAM_TOKEN=token, TELEGRAM_API_URL="http://127.0.0.1:9")
    shell.sets(ZALO_BOT_TOKEN=token, ZALO_BOT_API_URL="http://127.0.0.1:9")
    said = shell.run("check")
    assert said.status == 1
    assert "FAIL channels: telegram/default: " in said.out
    assert "FAIL channels: zalo-bot/default: " in said.out
    assert token[10:] not in said.out + said.err


# -- import, check, list --------------------------------------------------------------------------------------------


def test_a_file_of_both_shapes_is_imported_and_its_bad_lines_are_named(empty: Shell) -> None:
    path = write(empty.folder, OWN, "no json", "", PORTAL, OWN | {"code": "x"}, name="a.jsonl.gz")
    said = empty.run("catalog", "import", path)
    assert (said.status, said.err) == (0, "")
    assert said.out.splitlines() == [
        "line 2: refused: is not JSON",
        "line 5: refused: code: 'x' is not a procedure code",
        "2 added, 0 changed, 0 unchanged, 2 refused",
    ]
    assert empty.run("catalog", "import", path).out.splitlines()[-1] == "0 added, 0 changed, 2 unchanged, 2 refused"
    assert empty.run("catalog", "list").out.splitlines() == [
        "1.000123\tnot approved\tCấp giấy thử",
        "1.000124\tnot approved\tCấp giấy",
    ]


def test_the_format_can_be_forced(empty: Shell) -> None:
    path = write(empty.folder, OWN, PORTAL)
    assert (
        "1 added, 0 changed, 0 unchanged, 1 refused" in empty.run("catalog", "import", path, "--format", "motcua").out
    )
    assert (
        "1 added, 0 changed, 0 unchanged, 1 refused" in empty.run("catalog", "import", path, "--format", "portal").out
    )


def test_a_check_tells_what_an_import_would_refuse_and_writes_nothing(empty: Shell) -> None:
    twice = OWN | {"name": "Khác"}
    said = empty.run("catalog", "check", write(empty.folder, OWN, "[]", twice))
    assert said.status == 1
    assert said.out.splitlines()[0] == "line 2: is not a JSON object"
    assert said.out.splitlines()[1].startswith("line 3: code: 1.000123 stands in line 1 already")
    assert said.out.splitlines()[2] == "1 good, 2 to be refused"
    good = empty.run("catalog", "check", write(empty.folder, OWN, PORTAL))
    assert (good.status, good.out) == (0, "2 good, 0 to be refused\n")
    assert empty.run("catalog", "list").out == ""


@pytest.mark.parametrize(
    "content", [b"\x1f\x8b not gzip", gzip.compress(b"{}" * 999)[:-9], b""], ids=["no", "cut", "empty"]
)
def test_a_packed_file_that_is_broken_is_refused(empty: Shell, content: bytes) -> None:
    path = empty.folder / "a.jsonl.gz"
    path.write_bytes(content)
    said = empty.run("catalog", "import", path)
    if content:
        assert (said.status, said.out) == (1, "")
        assert "cannot be read" in said.err
    else:
        assert said.out == "0 added, 0 changed, 0 unchanged, 0 refused\n"


# -- export, approve ------------------------------------------------------------------------------------------------


def test_what_is_exported_comes_into_a_new_database_once(shell: Shell) -> None:
    shell.filled()
    shell.run("catalog", "import", write(shell.folder, OWN, {"code": "1.001193", "names": ["giấy thử nghiệm"]}))
    assert shell.run("catalog", "approve", "1.001193", "--by", "Giám đốc", "--decision", "01/QĐ").status == 0
    exported = shell.run("catalog", "export").out
    path = shell.folder / "out.jsonl"
    path.write_text(exported, "utf-8")
    assert (
        shell.run("catalog", "import", path).out.startswith("0 added, 0 changed") is False
    )  # the names are its own now
    assert shell.run("catalog", "import", path).out.startswith("0 added, 0 changed")
    shell.url = f"sqlite:///{shell.folder}/other.db"
    shell.run("migrate")
    first = shell.run("catalog", "import", path)
    assert first.out.endswith(" 0 refused\n")
    again = shell.run("catalog", "import", path)
    assert again.out == f"0 added, 0 changed, {exported.count(chr(10))} unchanged, 0 refused\n"
    assert shell.run("catalog", "export").out == exported
    assert "1.001193\tapproved\tĐăng ký khai sinh" in shell.run("catalog", "list").out


def test_an_approval_is_of_all_the_codes_or_of_none(shell: Shell) -> None:
    shell.filled()
    approved = select(ProcedureVersion.code).where(ProcedureVersion.approved_by.is_not(None))
    refused = shell.run("catalog", "approve", "1.001193", "9.999999", "--by", "Giám đốc", "--decision", "01/QĐ")
    assert (refused.status, refused.out) == (1, "")
    assert "9.999999" in refused.err
    for by, decision in (("", "01/QĐ"), ("Giám đốc", " ")):
        assert shell.run("catalog", "approve", "1.001193", "--by", by, "--decision", decision).status == 1
    assert shell.read(lambda session: list(session.scalars(approved))) == []
    good = shell.run("catalog", "approve", "1.001193", "2.000815.H41", "--by", "Giám đốc", "--decision", "01/QĐ")
    assert (good.status, good.out) == (0, "2 approved\n")
    assert shell.read(lambda session: sorted(session.scalars(approved))) == ["1.001193", "2.000815"]
    shell.run("migrate")
    assert shell.read(lambda session: sorted(session.scalars(approved))) == ["1.001193", "2.000815"]


def test_another_data_key_than_the_one_the_database_was_written_with_is_refused(empty: Shell) -> None:
    other = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="
    assert empty.run("migrate").status == 0
    assert "ok   dossiers: written with this DATA_KEY" in empty.run("check").out
    assert empty.run("migrate").status == 0
    empty.sets(DATA_KEY=other)
    for command in (("migrate",), ("serve", "--port", "0")):
        said = empty.run(*command)
        assert (said.status, said.out) == (1, "")
        assert said.err.startswith("DATA_KEY is not the one that this database was written with")
        assert len(said.err.splitlines()) == 1
        assert other not in said.err
    said = empty.run("check")
    assert said.status == 1
    assert "FAIL dossiers: DATA_KEY is not the one" in said.out
    empty.sets(DATA_KEY=KEY)
    assert empty.run("migrate").status == 0
