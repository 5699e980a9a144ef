"""What all tests share."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from bot.matching.embedder import Encoder, load_encoder
from bot.matching.weights import ModelFolder, find_model

# No test may reach for a model hub, not even by mistake.
os.environ["HF_HUB_OFFLINE"] = "1"

# `make test` tries the same few inputs every time, `make fuzz` many, and others every time.
_ANY_SPEED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("test", _ANY_SPEED, derandomize=True, database=None)
settings.register_profile(
    "fuzz", _ANY_SPEED, max_examples=int(os.environ.get("FUZZ_EXAMPLES", "5000"))
)
settings.load_profile("test")


@pytest.fixture(scope="session")
def model() -> ModelFolder:
    """The model that comes with the bot."""
    return find_model("all-MiniLM-L6-v2")


@pytest.fixture(scope="session")
def encoder(model: ModelFolder) -> Encoder:
    """The real encoder; loading it takes seconds, so the tests share one."""
    return load_encoder(model.path)
