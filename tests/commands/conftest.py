"""What the tests of commands share."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """A command sets up logging for its process; here that is the process of all tests."""
    logger, root = logging.getLogger("bot"), logging.getLogger()
    level, root_level, handlers = logger.level, root.level, root.handlers[:]
    yield
    logger.setLevel(level)
    root.setLevel(root_level)
    root.handlers[:] = handlers
    logging.captureWarnings(False)
