"""The kit's PostgreSQL is real, quick, and comes back with what was committed."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text

from tests.kit import postgres
from tests.kit import postgres_programs as programs
from tests.kit.patience import PATIENCE
from tests.kit.postgres import PostgresServer


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


def run(url: str, *statements: str) -> list[object]:
    """Runs statements in one transaction and returns the first column of the last one's rows, if it has rows."""
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            for statement in statements:
                result = connection.execute(text(statement))
            return [row[0] for row in result] if result.returns_rows else []
    finally:
        engine.dispose()


def test_databases_are_empty_and_apart() -> None:
    first, second = postgres.fresh_database(), postgres.fresh_database()
    assert first != second
    assert first.startswith("postgresql+psycopg://")
    run(first, "CREATE TABLE paper (name text)")
    assert run(second, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [0]
    postgres.drop_database(first)
    postgres.drop_database(second)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(first.replace("+psycopg", ""))


def test_a_database_is_dropped_though_somebody_is_in_it() -> None:
    with postgres.database() as url:
        connection = psycopg.connect(url.replace("+psycopg", ""))
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    connection.close()


def test_a_template_is_prepared_once_and_copied() -> None:
    prepared: list[str] = []

    def prepare(url: str) -> None:
        prepared.append(url)
        run(url, "CREATE TABLE paper (name text)", "INSERT INTO paper VALUES ('Tờ khai')")

    postgres.register_template("papers", prepare)
    postgres.register_template("papers", prepare)
    with postgres.database("papers") as first, postgres.database("papers") as second:
        run(first, "DELETE FROM paper")
        assert run(second, "SELECT name FROM paper") == ["Tờ khai"]
    assert len(prepared) == 1
    with pytest.raises(KeyError):
        postgres.fresh_database("unheard-of")


def test_the_server_knows_vietnamese_capitals_and_an_office_time_zone() -> None:
    with postgres.database() as url:
        assert run(url, "SELECT lower('ĐĂNG KÝ')") == ["đăng ký"]
        assert run(url, "SHOW timezone") == ["Asia/Ho_Chi_Minh"]


def test_committed_rows_survive_a_kill_and_a_stop(own_server: PostgresServer) -> None:
    url = own_server.fresh_database()
    run(url, "CREATE TABLE paper (name text)", "INSERT INTO paper VALUES ('one')")
    for end in (own_server.kill, own_server.stop):
        connection = psycopg.connect(url.replace("+psycopg", ""))
        connection.execute("INSERT INTO paper VALUES ('never committed')")
        end()
        assert not own_server.running
        with pytest.raises(psycopg.OperationalError):
            connection.commit()
        connection.close()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(url.replace("+psycopg", ""))
        own_server.start()
        assert run(url, "SELECT name FROM paper") == ["one"]


def test_closing_leaves_nothing_even_after_a_kill() -> None:
    server = PostgresServer()
    server.start()
    folder = server.socket_path.parent
    server.kill()
    server.close()
    assert not folder.exists()
    with pytest.raises(RuntimeError):
        server.url()


def test_a_server_that_cannot_start_says_why_and_leaves_nothing() -> None:
    server = PostgresServer(settings={"no_such_setting": "on"})
    with pytest.raises(RuntimeError, match="no_such_setting"):
        server.start()
    assert not server.running
    with pytest.raises(RuntimeError, match="never started"):
        server.url()


def test_the_programs_run_from_a_copy(tmp_path: Path) -> None:
    copy = tmp_path / programs.WHEEL / programs.INSTALLED
    programs.copy_programs(copy)
    call = subprocess.run([str(copy / "bin" / "initdb"), "--version"], capture_output=True, text=True, check=False)
    assert call.stdout.startswith("initdb (PostgreSQL) 18")


def test_a_killed_test_run_leaves_no_server_behind() -> None:
    code = (
        "import os, signal; from tests.kit import postgres; server = postgres.server();"
        "print(server.pid, server.socket_path.parent, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    call = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    pid, folder = call.stdout.split()
    deadline = time.monotonic() + PATIENCE
    while (programs.lives(int(pid)) or Path(folder).exists()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not programs.lives(int(pid))
    assert not Path(folder).exists()
