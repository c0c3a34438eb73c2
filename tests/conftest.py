"""What all tests share."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.kit import dialects, scratch

# Two shared cores are no measure of time; the same examples every time make a failure everybody's failure.
settings.register_profile("house", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite", action="store_true", help="write what transcripts answer into their files")


def pytest_configure(config: pytest.Config) -> None:
    # read when the first test asks for a folder; the workers of a run get theirs inside it
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(scratch.root()))
    # Nothing here speaks TLS: clients that would read all authorities of the world find an empty folder instead.
    os.environ.pop("SSL_CERT_FILE", None)
    os.environ["SSL_CERT_DIR"] = os.environ["PYTEST_DEBUG_TEMPROOT"]
    dialects.share()


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was imported stays for the whole run: the collector need not look through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """What is alive now stays so: pytest looks for forgotten objects five times over."""
    gc.collect()
    gc.freeze()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The browser's driver is slow to import: not at all by a run that leaves its tests out."""
    wanted = config.option.markexpr
    left_out = "not browser" in wanted or (bool(wanted) and "browser" not in wanted)
    return True if left_out and collection_path == Path(__file__).parent / "browser" else None
