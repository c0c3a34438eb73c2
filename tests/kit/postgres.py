"""A real PostgreSQL for the tests, one server per run, started when the first test asks for a database.

A test that only needs a database calls :func:`fresh_database`. A test that stops or kills the server makes a
:class:`PostgresServer` of its own, so that no other test is hit.
"""

import atexit
import itertools
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql
from sqlalchemy import make_url

from tests.kit import postgres_programs as programs

START_SECONDS = 60.0
STOP_SECONDS = 60.0

# Set here and not taken from the machine, so that a run means the same everywhere. The time zone is the one of the
# offices: code that takes the server's local time for UTC is seven hours wrong here, instead of right by luck.
COMMON_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "timezone": "Asia/Ho_Chi_Minh",
    "log_timezone": "UTC",
    "jit": "off",
}
# What was written survives a killed server, which is what the tests do; it would not survive a power cut.
FAST_SETTINGS = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "256MB"}


class PostgresServer:
    """One server with a data folder of its own, reachable over a Unix socket only (no port to be taken or guessed).

    ``durable=True`` lies on the disk and leaves fsync on, for measurements. ``settings`` are more ``postgresql.conf``
    values. Nothing runs before :meth:`start`; as a context manager it starts on entering and is closed on leaving.
    """

    def __init__(self, *, durable: bool = False, settings: Mapping[str, str] | None = None) -> None:
        self._settings = COMMON_SETTINGS | ({} if durable else FAST_SETTINGS) | dict(settings or {})
        self._durable = durable
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._watch: subprocess.Popen[bytes] | None = None
        self._crashed = False
        self._numbers = itertools.count(1)
        self._templates: dict[str, list[str]] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def running(self) -> bool:
        """Whether the server process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Process id of the running server. Raises RuntimeError when it does not run."""
        if self._process is None or not self.running:
            raise RuntimeError("the PostgreSQL server is not running")
        return self._process.pid

    @property
    def socket_path(self) -> Path:
        """The Unix socket, the same over restarts; a proxy that cuts connections can stand before it."""
        return self._made_folder() / ".s.PGSQL.5432"

    def url(self, database: str = "postgres") -> str:
        """SQLAlchemy URL of a database on this server, the same over restarts."""
        return f"postgresql+psycopg://postgres@/{database}?host={quote(str(self._made_folder()))}"

    def start(self) -> None:
        """Starts the server, on the data it had before if any, and returns when it takes connections.

        Does nothing when it runs. Raises RuntimeError, with the end of the server's log, when it does not come up;
        the data is deleted then.
        """
        if self.running:
            return
        self._crashed = False
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def _start(self) -> None:
        if self._folder is None:
            self._folder, self._watch = programs.make_folder(on_disk=self._durable)
            programs.make_data(self._folder)
        folder = self._folder
        arguments = ["-D", str(folder / "data"), "-k", str(folder)]
        for name, value in self._settings.items():
            arguments += ["-c", f"{name}={value}"]
        with (folder / "log").open("ab") as log:
            self._process = programs.popen(folder, "postgres", arguments, output=log)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if not self.running or time.monotonic() > deadline:
                tail = (folder / "log").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"PostgreSQL did not start:\n{tail}")
            time.sleep(0.01)

    def stop(self) -> None:
        """Ends the server in order: open connections are cut, data is kept. Does nothing when it does not run."""
        if self._process is None or not self.running:
            return
        self._process.send_signal(signal.SIGINT)
        self._process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """Kills the server and all its backends at once (``kill -9``). What was committed is there after :meth:`start`.

        Raises RuntimeError when the server does not run.
        """
        postmaster = psutil.Process(self.pid)
        postmaster.suspend()  # or it would see its children die, and end the rest in order itself
        children = postmaster.children(recursive=True)
        for child in children:
            child.kill()
        postmaster.kill()
        if self._process is not None:
            self._process.wait(STOP_SECONDS)
        deadline = time.monotonic() + STOP_SECONDS
        while any(programs.lives(child.pid) for child in children) and time.monotonic() < deadline:
            time.sleep(0.001)
        self._crashed = True

    def close(self) -> None:
        """Stops the server and deletes its data. The object can be started again, empty."""
        if self._folder is None:
            return
        if self._crashed:
            self.start()  # only an orderly stop gives the shared memory of a killed server back
        self.stop()
        if self._watch is not None and self._watch.stdin is not None:
            self._watch.stdin.close()
            self._watch.wait(STOP_SECONDS)  # it deletes the folder, being the owner of what lies in it
        self._folder, self._process, self._watch = None, None, None
        self._templates.clear()

    def register_template(self, name: str, prepare: Callable[[str], None], *, base: str | None = None) -> None:
        """Makes a database once by ``prepare(url)``, to be copied by ``fresh_database(name)``.

        It is empty before, or a copy of the template ``base``. A name that is known already does nothing. ``prepare``
        must close its connections, since PostgreSQL copies a database only while nobody is in it.
        """
        with self._lock:
            if name in self._templates:
                return
            database = f"template_{name}"
            self.drop_database(self.url(database))  # left by a preparation that failed
            self._create(database, base)
            prepare(self.url(database))
            self._templates[name] = self._settings_of(database)

    def fresh_database(self, template: str | None = None) -> str:
        """Creates a database, empty or a copy of a registered template, and returns its URL (about 20 ms).

        It lives until :meth:`drop_database` or :meth:`close`. Raises KeyError for a template that is not registered.
        """
        with self._lock:
            database = f"test_{next(self._numbers)}"
            self._create(database, template)
        return self.url(database)

    def _create(self, database: str, template: str | None) -> None:
        settings = [] if template is None else self._templates[template]
        source = "template0" if template is None else f"template_{template}"
        # file by file: the other way writes every page to the log too, which costs six times the work
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        self._admin(
            create.format(sql.Identifier(database), sql.Identifier(source)),
            *(_setting(database, one) for one in settings),
        )

    def drop_database(self, url: str) -> None:
        """Deletes a database by the URL that :meth:`fresh_database` gave, cutting connections that are still open."""
        name = make_url(url).database or ""
        self._admin(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _made_folder(self) -> Path:
        if self._folder is None:
            raise RuntimeError("the PostgreSQL server was never started, or is closed")
        return self._folder

    def _admin(self, *statements: sql.Composed) -> None:
        with psycopg.connect(self._conninfo(), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def _settings_of(self, database: str) -> list[str]:
        """The settings of a database itself (ALTER DATABASE ... SET), "name=value" each; a copy does not take them."""
        asked = (
            "SELECT unnest(setconfig) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase"
            " WHERE d.datname = %s AND s.setrole = 0"
        )
        with psycopg.connect(self._conninfo()) as connection:
            return [str(one) for (one,) in connection.execute(asked, (database,))]

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._conninfo(), connect_timeout=30).close()
        except psycopg.OperationalError:
            return False
        return True

    def _conninfo(self) -> str:
        return self.url().replace("+psycopg", "", 1)


def _setting(database: str, setting: str) -> sql.Composed:
    name, _, value = setting.partition("=")
    return sql.SQL("ALTER DATABASE {} SET {} TO {}").format(
        sql.Identifier(database), sql.Identifier(name), sql.Literal(value)
    )


_shared = PostgresServer()
_shared_lock = threading.Lock()


def server() -> PostgresServer:
    """The run's one server, started if it does not run."""
    with _shared_lock:
        if not _shared.running:
            _shared.start()
            atexit.register(stop)
    return _shared


def fresh_database(template: str | None = None) -> str:
    """URL (``postgresql+psycopg://...``) of a new database on the run's server, empty or a copy of a template."""
    return server().fresh_database(template)


def drop_database(url: str) -> None:
    """Deletes a database that :func:`fresh_database` made."""
    server().drop_database(url)


@contextmanager
def database(template: str | None = None) -> Iterator[str]:
    """A new database for the length of a ``with``, or of a fixture that yields from one."""
    url = fresh_database(template)
    try:
        yield url
    finally:
        drop_database(url)


def register_template(name: str, prepare: Callable[[str], None], *, base: str | None = None) -> None:
    """Makes a template on the run's server; see :meth:`PostgresServer.register_template`."""
    server().register_template(name, prepare, base=base)


def stop() -> None:
    """Ends the run's server and deletes its data; called at exit."""
    _shared.close()
