"""One question over the whole national catalogue: how long, how much memory, how soon after a start.

In a process of its own, as `serve` has it: the catalogue is imported into a database, the index built from there.
How well questions are understood is the part `understanding`.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import psutil

from bench.programs import ROOT, Failed
from bench.tables import Table, data, percentile

P99_MS, BUILD_S, MEMORY_MIB = 10.0, 3.0, 150.0


def run() -> Table:
    """Measure. Raises NotMeasured without the procedures."""
    procedures, asked = data("procedures.jsonl.gz"), [data("questions-dev.jsonl"), data("questions-dev-nodiac.jsonl")]
    command = [sys.executable, "-m", "bench.search", str(procedures), *(str(path) for path in asked)]
    # One core means one thread of numpy's too.
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, timeout=600, check=False)
    if done.returncode:
        raise Failed(f"the search broke: {done.stderr.decode()[-2000:]}")
    found = msgspec.json.decode(done.stdout)
    table = Table(f"one question over {found['procedures']:,} procedures, one core", ("what", "figure"))
    table.add("one question, p50 / p99 / slowest, ms", "{p50:.2f} / {p99:.2f} / {worst:.1f}".format(**found))
    table.add("index read from the database and built, s", f"{found['build']:.2f}")
    table.add("the same from the cached file, s", f"{found['load']:.2f}")
    table.add("memory above the idle process, MiB", f"{found['memory']:.0f}")
    table.goal(f"p99 at most {P99_MS:.0f} ms", found["p99"] <= P99_MS)
    table.goal(f"index built in at most {BUILD_S:.0f} s", found["build"] <= BUILD_S)
    table.goal(f"at most {MEMORY_MIB:.0f} MiB above the idle process", found["memory"] <= MEMORY_MIB)
    table.notes.append(f"processor time of one thread, {found['asked']:,} questions of citizens")
    return table


def _measure(procedures: Path, asked: list[Path]) -> dict[str, float]:
    """The figures, of this process."""
    from bot.cli.serving import load_starter
    from services.catalog.importing import import_lines
    from services.catalog.library import Library
    from services.catalog.lines import lines_of
    from services.clock import SystemClock
    from services.db import migrate
    from services.db.session import Database, unit

    questions = [json.loads(line)["question"] for path in asked for line in path.read_text("utf-8").splitlines()]
    with tempfile.TemporaryDirectory(prefix="bench-search-") as name:
        folder = Path(name)
        if not os.fork():  # the import's memory is not the search's
            db = Database(f"sqlite:///{folder / 'bench.db'}")
            migrate.upgrade(db)
            with unit(db) as session:
                load_starter(session)
                import_lines(session, lines_of(procedures), SystemClock().now(), origin="import", form="portal")
            db.close()
            os._exit(0)
        if os.wait()[1]:
            raise Failed("the import broke")
        db = Database(f"sqlite:///{folder / 'bench.db'}")
        idle = _memory()
        began = time.thread_time()
        library = Library(db, folder / "cache")
        index = library.current
        built = time.thread_time() - began
        for question in questions[:50]:
            index.search(question)
        more = _memory() - idle
        taken = []
        for question in questions:
            began = time.thread_time()
            index.search(question)
            taken.append((time.thread_time() - began) * 1000)
        began = time.thread_time()
        Library(db, folder / "cache").refresh()
        loaded = time.thread_time() - began
        db.close()
    return {
        "procedures": len(index.entries), "asked": len(questions), "build": built, "load": loaded, "memory": more,
        "p50": percentile(taken, 0.5), "p99": percentile(taken, 0.99), "worst": max(taken),
    }  # fmt: skip


def _memory() -> float:
    gc.collect()
    return float(psutil.Process().memory_info().rss) / 2**20


if __name__ == "__main__":
    print(json.dumps(_measure(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])))
