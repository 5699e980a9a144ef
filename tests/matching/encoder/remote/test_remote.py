"""An encoder on a server: what it gives, what can go wrong there, and what a start refuses."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from bot.errors import EncoderError, ModelError
from bot.files.config.settings import EncoderKind, Settings
from bot.matching.encoder.encoder import Encoder, Vectors
from bot.matching.encoder.load import load_encoder
from bot.matching.encoder.remote import breaker
from bot.matching.encoder.remote import embedder as remote
from bot.matching.encoder.remote.embedder import EmbeddingsServer as Asked
from bot.matching.encoder.supply import Supply, VectorsMissing, supplied
from bot.matching.encoder.weights import ModelFolder
from bot.matching.first_encoder import first_encoder
from tests.embeddings_server import EmbeddingsServer, serving_embeddings
from tests.fakes import FakeEmbedder

TEXTS = ["where is my parcel", "can I pay by card"]
LONG_S = 60.0


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaker, "_FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(breaker, "_LONGEST_PAUSE_S", 0.01)


@pytest.fixture
def fake() -> FakeEmbedder:
    return FakeEmbedder()


@pytest.fixture
def server(fake: FakeEmbedder) -> Iterator[EmbeddingsServer]:
    with serving_embeddings(fake.encode) as serving:
        yield serving


Load = Callable[..., Encoder]


@pytest.fixture
def load(server: EmbeddingsServer, model: ModelFolder, tmp_path: Path) -> Iterator[Load]:
    """Loads what the server runs, of which a tokenizer alone is on this machine."""
    folder = tmp_path / "house-model"
    folder.mkdir()
    shutil.copy(model.path / "tokenizer.json", folder)
    with ExitStack() as stack:

        def loaded(name: str = "house-model", here: Path = folder) -> Encoder:
            encoder, _ = first_encoder(settings(server, tmp_path / "cache", here, name))
            stack.enter_context(closing(asked(encoder)))
            return encoder

        yield loaded


def settings(
    server: EmbeddingsServer, cache: Path, model: Path, name: str | None = None
) -> Settings:
    return Settings(
        model=str(model), encoder=EncoderKind.REMOTE, encoder_url=f"{server.url}/embeddings",
        encoder_model=name, cache=cache,
    )  # fmt: skip


def asked(encoder: Encoder) -> Asked:
    return cast(Asked, encoder.server)


def turned(embed: Callable[[Sequence[str]], Vectors]) -> Callable[[Sequence[str]], Vectors]:
    """Another model of as many dimensions."""
    return lambda texts: np.roll(embed(texts), 7, axis=1)


def refusal(load: Load, *arguments: object) -> str:
    with pytest.raises(ModelError) as refused:
        load(*arguments)
    return str(refused.value)


# --- what it gives -------------------------------------------------------------------------------


def test_vectors_are_the_servers_in_order_and_of_unit_length(
    load: Load, fake: FakeEmbedder, server: EmbeddingsServer
) -> None:
    server.embed = lambda texts: 3 * fake.encode(texts)
    found = load().utterances.encode([*TEXTS, TEXTS[0]])
    np.testing.assert_allclose(found, fake.encode([*TEXTS, TEXTS[0]]), atol=1e-6)
    assert server.asked[-1][:-1] == TEXTS  # each once; the last is the probe


def test_many_texts_go_in_batches(load: Load, server: EmbeddingsServer) -> None:
    encoder, texts = load(), [f"question {number}" for number in range(70)]
    before = len(server.asked)
    encoder.phrasings.encode(texts)
    assert [len(each) for each in server.asked[before:]] == [32, 32, 9]


@pytest.mark.parametrize(
    "faults", [[429], [500, 503], ["half"], ["fewer"], ["nonsense"], ["half", 500, "fewer", 429]]
)
def test_what_may_pass_is_retried(
    load: Load, fake: FakeEmbedder, server: EmbeddingsServer, faults: list[int | str | None]
) -> None:
    encoder = load()
    server.faults, before = list(faults[:2]), len(server.asked)
    np.testing.assert_allclose(encoder.utterances.encode(TEXTS), fake.encode(TEXTS), atol=1e-6)
    assert len(server.asked) - before == len(faults[:2]) + 1


def test_a_text_that_the_server_refuses_costs_no_other_its_vector(
    load: Load, fake: FakeEmbedder, server: EmbeddingsServer
) -> None:
    encoder = load()
    server.faults = [413]
    np.testing.assert_allclose(encoder.utterances.encode(TEXTS), fake.encode(TEXTS), atol=1e-6)
    server.faults = [422]
    with pytest.raises(EncoderError, match=r"it does not take a text \(422\)$"):
        encoder.utterances.encode(["too long"])
    assert asked(encoder).trouble is None


def test_a_server_that_asks_to_wait_is_not_asked_sooner(
    load: Load, server: EmbeddingsServer, fake: FakeEmbedder
) -> None:
    encoder = load()
    server.faults, server.retry_after = [429, 503], "1"
    began = time.monotonic()
    np.testing.assert_allclose(encoder.utterances.encode(TEXTS), fake.encode(TEXTS), atol=1e-6)
    assert time.monotonic() - began >= 2.0


# --- who may not wait ----------------------------------------------------------------------------


def test_whoever_may_not_wait_is_told_what_is_coming_single_words_included(
    load: Load, fake: FakeEmbedder, server: EmbeddingsServer
) -> None:
    encoder, supply = load(), Supply()
    with supplied(supply), pytest.raises(VectorsMissing) as missing:
        encoder.utterances.encode(TEXTS[:1])
    supply.vectors |= missing.value.coming.result(LONG_S)
    before = len(server.asked)
    with supplied(supply):
        found = encoder.utterances.encode([TEXTS[0], "parcel"])
    np.testing.assert_allclose(found, fake.encode([TEXTS[0], "parcel"]), atol=1e-6)
    assert len(server.asked) == before


def test_texts_that_are_wanted_at_the_same_time_share_requests(
    load: Load, server: EmbeddingsServer
) -> None:
    encoder = load()
    server.faults, before = ["hang"] * 4, len(server.asked)
    coming = [asked(encoder).ask([f"question {number}"]) for number in range(40)]
    server.go_on.set()
    assert all(len(each.result(LONG_S)) == 1 for each in coming)
    assert len(server.asked) - before < 40


# --- where it does not serve ---------------------------------------------------------------------


def test_a_server_that_fails_again_and_again_is_left_alone_until_its_probe_comes_right(
    load: Load, server: EmbeddingsServer, fake: FakeEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="bot")
    encoder = load()
    server.always = 500
    with pytest.raises(EncoderError):
        encoder.utterances.encode(TEXTS)
    assert asked(encoder).trouble == "it answers with status 500"
    sent = server.texts.count(TEXTS[0])
    with pytest.raises(EncoderError):
        encoder.utterances.encode(TEXTS)
    assert server.texts.count(TEXTS[0]) == sent
    server.always = None
    wait_until_well(encoder)
    np.testing.assert_allclose(encoder.utterances.encode(TEXTS), fake.encode(TEXTS), atol=1e-6)
    assert [text for text in caplog.messages if "encoder_url" in text] == [
        f"encoder_url: {server.url.removesuffix('/v1')} does not serve: it answers with status "
        "500; until it does, people are told that nothing can be looked up right now",
        f"encoder_url: {server.url.removesuffix('/v1')} serves again",
    ]


def test_vectors_of_another_model_are_never_mixed_with_those_of_the_start(
    load: Load, server: EmbeddingsServer, fake: FakeEmbedder
) -> None:
    encoder = load()
    for embed, name in (
        (turned(fake.encode), "house-model"),
        (lambda texts: fake.encode(texts)[:, :32], "house-model"),
        (fake.encode, "other"),
    ):
        server.embed, server.model = embed, name
        with pytest.raises(EncoderError, match="another model answers there now"):
            encoder.utterances.encode(TEXTS)
        server.embed, server.model = fake.encode, "house-model"
        wait_until_well(encoder)


def wait_until_well(encoder: Encoder) -> None:
    until = time.monotonic() + LONG_S
    while asked(encoder).trouble is not None:
        assert time.monotonic() < until
        time.sleep(0.005)


# --- what a start refuses ------------------------------------------------------------------------


def test_a_start_refuses_a_server_with_another_model_than_that_of_the_cache(
    load: Load, server: EmbeddingsServer, fake: FakeEmbedder, tmp_path: Path
) -> None:
    load()
    where, (card,) = server.url.removesuffix("/v1"), (tmp_path / "cache").glob("server-*.npz")
    told = (
        f"encoder_url: {where} runs another model than the one of the vectors in the cache; if "
        f"that is meant, delete {card} "
    )
    server.embed = lambda texts: fake.encode(texts)[:, :32] + np.float32(0.1)
    assert refusal(load) == f"{told}(32 numbers a text, 64 are needed)."
    server.embed = turned(fake.encode)
    assert refusal(load).startswith(f"{told}(a cosine of ")
    server.embed, server.model = fake.encode, "Owner/other:latest"
    assert refusal(load) == (
        f"encoder_url: {where} runs 'Owner/other:latest', and 'house-model' is needed. Have it run "
        "that, or write encoder_model: Owner/other:latest if that is its name there."
    )
    server.model = "Owner/house-model:latest"
    load()


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (401, "it refuses the key of ENCODER_API_KEY or ENCODER_API_KEY_FILE (401)"),
        (404, "it has no such page or no such model (404)"),
        ("redirect", "it leads elsewhere (307), where nothing is sent; write the address it means"),
    ],
)
def test_a_start_says_why_a_server_that_was_never_seen_does_not_serve(
    load: Load, server: EmbeddingsServer, fault: int | str, told: str
) -> None:
    server.always = fault
    where = server.url.removesuffix("/v1")
    assert refusal(load) == (
        f"encoder_url: {where} does not serve: {told}. It has to, at the first start."
    )
    assert len(server.asked) == 1


def test_a_start_says_that_nobody_listens(
    load: Load, server: EmbeddingsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "_FIRST_PAUSE_S", 0.001)
    with serving_embeddings(server.embed) as gone:
        server.port = gone.port
    where = server.url.removesuffix("/v1")
    told = "there is no connection to it (Connection refused). It has to, at the first start."
    assert refusal(load) == f"encoder_url: {where} does not serve: {told}"


def test_a_server_that_was_seen_before_may_come_later_than_the_bot(
    load: Load, server: EmbeddingsServer, fake: FakeEmbedder
) -> None:
    load()
    server.always = 404
    encoder = load()
    assert asked(encoder).trouble is not None
    server.always = None
    wait_until_well(encoder)
    np.testing.assert_allclose(encoder.utterances.encode(TEXTS), fake.encode(TEXTS), atol=1e-6)


def test_the_key_is_sent_and_stands_in_no_log_and_no_error(
    load: Load,
    server: EmbeddingsServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, logger="bot")
    file = tmp_path / "key"
    file.write_text("hush-hush\n")
    monkeypatch.setenv("ENCODER_API_KEY_FILE", str(file))
    encoder = load()
    assert server.headers[-1]["Authorization"] == "Bearer hush-hush"
    server.always = 403
    with pytest.raises(EncoderError) as refused:
        encoder.utterances.encode(["where is my secret parcel"])
    told = f"{refused.value!r} {refused.value.__cause__!r} {caplog.text}"
    assert "hush" not in told
    assert "secret parcel" not in told
    file.write_text("two\nlines")
    assert "hold" in refusal(load)


def test_without_a_tokenizer_the_log_says_what_is_not_looked_at(
    load: Load, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    encoder = load("house-model", tmp_path)
    assert "there is no tokenizer.json of it on this machine" in caplog.text
    assert encoder.vocabulary.unknown_share("我的包裹在哪里") == 0.0
    assert encoder.utterances.encode(["word " * 2_000]).shape == (1, 64)


# --- the same model on this machine --------------------------------------------------------------


def test_the_same_model_on_this_machine_takes_over(
    small: ModelFolder, server: EmbeddingsServer, tmp_path: Path
) -> None:
    own = load_encoder(small, tmp_path / "cache", EncoderKind.ONNX)
    server.embed = own.utterances.encode
    encoder, fingerprint = first_encoder(settings(server, tmp_path / "cache", small.path))
    with closing(asked(encoder)):
        assert fingerprint == small.fingerprint
        server.always = 500
        found = encoder.utterances.encode(TEXTS)
        np.testing.assert_allclose(found, own.utterances.encode(TEXTS), atol=1e-6)
        assert asked(encoder).trouble is not None


def test_a_model_that_only_comes_near_does_not_take_over_and_another_is_refused(
    small: ModelFolder, server: EmbeddingsServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = load_encoder(small, tmp_path / "cache", EncoderKind.ONNX)
    rng = np.random.default_rng(1)
    noise = rng.normal(size=(1, 32)).astype(np.float32)
    noise *= 0.05 / np.linalg.norm(noise)
    server.embed = lambda texts: own.utterances.encode(texts) + noise
    remote = settings(server, tmp_path / "cache", small.path)
    encoder, fingerprint = first_encoder(remote)
    with closing(asked(encoder)):
        assert fingerprint != small.fingerprint
        assert "so that does not stand in for it" in caplog.text
        server.always = 500
        with pytest.raises(EncoderError):
            encoder.utterances.encode(TEXTS)
    server.always, server.embed = None, turned(own.utterances.encode)
    with pytest.raises(ModelError, match=r"on this machine \(model:\) \(a cosine of .*needed\)\.$"):
        first_encoder(remote)
