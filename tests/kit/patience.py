"""How long a test waits. Never a measure: a slow or loaded machine changes how long a run takes, not how it ends.

What something may cost is measured by `make bench`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 60.0
"""Seconds that a test waits for what must happen; there only so that a broken test fails instead of hanging."""
BOUNDED = 30.0
"""Seconds of processor time: thousands of times what it takes, and nothing to what is not linear."""


@contextmanager
def bounded_time() -> Iterator[None]:
    """What runs inside ends in a time that does not explode with its input. AssertionError when it does."""
    began = time.process_time()
    yield
    assert time.process_time() - began < BOUNDED
