"""What all tests share."""

from __future__ import annotations

import os

import pytest

from bot.matching.embedder import Encoder, load_encoder
from bot.matching.weights import ModelFolder, find_model

# No test may reach for a model hub, not even by mistake.
os.environ["HF_HUB_OFFLINE"] = "1"


@pytest.fixture(scope="session")
def model() -> ModelFolder:
    """The model that comes with the bot."""
    return find_model("all-MiniLM-L6-v2")


@pytest.fixture(scope="session")
def encoder(model: ModelFolder) -> Encoder:
    """The real encoder; loading it takes seconds, so the tests share one."""
    return load_encoder(model.path)
