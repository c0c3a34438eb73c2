"""What all tests share."""

from __future__ import annotations

import pytest
from hypothesis import settings

# Two shared cores are no measure of time; the same examples every time make a failure everybody's failure.
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite", action="store_true", help="write what transcripts answer into their files")
