"""What all tests share, and which of them are slow or end-to-end."""

from __future__ import annotations

import asyncio
import fcntl
import inspect
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from bot.domain import Faq
from bot.files.config.settings import EncoderKind, Settings
from bot.matching.build import Matcher, assemble
from bot.matching.encoder.encoder import Encoder
from bot.matching.encoder.load import load_encoder
from bot.matching.encoder.multilingual import load_multilingual
from bot.matching.encoder.weights import ModelFolder, find_model
from bot.matching.words import spelling
from bot.store.sql.postgres import PASSWORD
from tests.postgres import PostgresServer, running_postgres

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

# No test may reach for a model hub, not even by mistake.
os.environ["HF_HUB_OFFLINE"] = "1"

# `make test` tries the same few inputs every time, `make fuzz` many, and others every time.
_ANY_SPEED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("test", _ANY_SPEED, derandomize=True, database=None)
settings.register_profile(
    "fuzz", _ANY_SPEED, max_examples=int(os.environ.get("FUZZ_EXAMPLES", "5000"))
)
settings.load_profile("test")


LONG_S = 60.0  # how long a test waits for what takes milliseconds
# A test that asks for one of these runs a real model or a browser, or measures a large FAQ.
SLOW_FIXTURES = {"encoder", "original", "small", "multilingual", "browser", "large_bot"}
# These files take longest; then come the other true processes, so that no core is idle at the end.
LONGEST = {
    *("test_kills", "test_faults", "test_handoff_troubles", "test_memory", "test_search"),
    *("test_page", "test_load", "test_studio_pages", "test_studio_faq"),
}


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that is a coroutine on an event loop of its own, and see that it ends."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    script = pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names})
    asyncio.run(asyncio.wait_for(script, LONG_S))
    return True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests as `slow` and `e2e`, and begin with the files that take longest."""
    for item in items:
        folder = item.path.relative_to(Path(__file__).parent).parts[0]
        if folder == "e2e" and not item.path.name.startswith("test_bot_api"):
            item.add_marker("e2e")
        if folder == "fuzz" or SLOW_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("slow")
    items.sort(key=lambda item: (item.path.stem not in LONGEST, "e2e" not in item.path.parts))


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    """One for all tests of a file."""
    from tests.browser import opened

    with opened() as chrome:
        yield chrome


@pytest.fixture(scope="session", autouse=True)
def few_words() -> Iterator[None]:
    """Dictionaries of a few words: compiling the real ones takes seconds."""
    words = {"en": ["return", "block", "reactivate"], "de": ["kasse"]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spelling, "read_dictionary", lambda code: words.get(code, []))
        patch.setattr(spelling, "FILE", "few-words-{}.npy")
        yield


@pytest.fixture(scope="session")
def model() -> ModelFolder:
    """The model that comes with the bot."""
    return find_model("all-MiniLM-L6-v2")


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run share, and no other run."""
    own = tmp_path_factory.getbasetemp()
    folder = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    (folder / "shared").mkdir(exist_ok=True)
    return folder / "shared"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """While this holds, no other process of this run is in here."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """PostgreSQL, for all tests of this process."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def fresh_database(postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an empty database on PostgreSQL."""
    monkeypatch.setenv(PASSWORD, postgres.password)
    made = postgres.database()
    yield made
    postgres.drop(made)


@pytest.fixture(scope="session")
def shared_database(postgres: PostgresServer) -> Iterator[str]:
    """The address of a database there; whoever uses it empties its tables afterwards."""
    url = postgres.database()
    yield url
    postgres.drop(url)


@pytest.fixture(scope="session")
def cache(shared: Path) -> Path:
    """A cache folder that tests share; compiling the model into it takes many seconds."""
    return shared / "cache"


@pytest.fixture(scope="session")
def encoder(model: ModelFolder, cache: Path, shared: Path) -> Encoder:
    """The real encoder, compiled."""
    with alone(shared):
        return load_encoder(model, cache, EncoderKind.ONNX)


@pytest.fixture(scope="session")
def multilingual(cache: Path, shared: Path) -> Encoder:
    """The second encoder, compiled."""
    with alone(shared):
        return load_multilingual(cache)


@pytest.fixture(scope="session")
def both_read(
    encoder: Encoder,
    model: ModelFolder,
    multilingual: Encoder,
    cache: Path,
) -> Callable[[Faq], Matcher]:
    """Puts a bot together over an FAQ, with both encoders and otherwise as it comes."""

    def over(faq: Faq) -> Matcher:
        as_it_comes = Settings(cache=cache)
        return assemble(as_it_comes, faq, encoder, model.fingerprint, second=multilingual)

    return over


@pytest.fixture(scope="session")
def original(model: ModelFolder, cache: Path) -> Encoder:
    """The real encoder as sentence-transformers runs it."""
    return load_encoder(model, cache, EncoderKind.TORCH)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory, model: ModelFolder) -> ModelFolder:
    """A model of random weights with the real one's tokenizer: it is compiled in a second."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import AutoTokenizer, BertConfig, BertModel

    torch.manual_seed(1)
    bare, folder = (str(tmp_path_factory.mktemp(name)) for name in ("bare", "small"))
    BertModel(
        BertConfig(
            hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
            initializer_range=0.3,
        )
    ).save_pretrained(bare)  # fmt: skip
    AutoTokenizer.from_pretrained(str(model.path)).save_pretrained(bare)
    SentenceTransformer(modules=[Transformer(bare), Pooling(32, "mean")]).save(folder)
    return find_model(folder)
