"""`check` of a configuration that names a server: what it asks of it, and what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.matching.encoder.remote import embedder
from bot.matching.first_encoder import first_encoder
from bot.store.sql.pgvector.phrasings import SCHEMA
from tests.commands.conftest import CONFIG, Run
from tests.embeddings_server import serving_embeddings
from tests.fakes import FakeEmbedder
from tests.postgres import PostgresServer

NOBODY = "127.0.0.1:9"


@pytest.fixture
def server_encodes(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of the encoder that the project makes up."""
    monkeypatch.setattr("bot.authoring.review.meanings.first_encoder", first_encoder)


def configure(project: Path, more: str) -> None:
    (project / "config.yaml").write_text(CONFIG + more, "utf-8")


def remote_at(project: Path, url: str) -> str:
    """Of a model that is not on this machine."""
    (project / "house-model").mkdir(exist_ok=True)
    return (
        f"encoder: remote\nencoder_url: {url}\nmodel: house-model\nencoder_model: house-model\n"
        "multilingual_model: none\n"
    )


def pgvector_at(url: str) -> str:
    return f"index: pgvector\nstore:\n  url: {url}\n"


@pytest.mark.usefixtures("server_encodes")
def test_a_server_with_another_model_is_a_mistake_of_the_configuration(
    project: Path, run: Run
) -> None:
    with serving_embeddings(FakeEmbedder().encode) as server:
        configure(project, remote_at(project, server.url))
        assert run("check")[0] == 0
        server.model = "other"
        where = server.url.removesuffix("/v1")
        code, out, _ = run("check", "--tests")
    told = (
        f"config.yaml:6: encoder_url: {where} runs 'other', and 'house-model' is needed. Have it "
        "run that, or write encoder_model: other if that is its name there."
    )
    assert code == 1
    assert told in out.splitlines()
    assert "tests" not in out  # which take the model


@pytest.mark.usefixtures("server_encodes")
def test_a_server_that_is_not_there_is_told_at_once_and_is_no_mistake(
    project: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedder, "_FIRST_PAUSE_S", 0.001)
    configure(project, remote_at(project, f"http://{NOBODY}/v1"))
    code, _, err = run("check")
    assert (code, run("check", "--strict")[0]) == (0, 2)
    assert err.endswith(
        f"What takes the model was not looked for: encoder_url: http://{NOBODY} does not serve: "
        "there is no connection to it (Connection refused). It has to, at the first start.\n"
    )


def test_a_database_that_cannot_hold_phrasings_is_a_mistake_of_the_configuration(
    project: Path, run: Run, postgres: PostgresServer, fresh_database: str
) -> None:
    configure(project, pgvector_at(fresh_database.replace("//faq@", "//nobody@")))
    code, out, _ = run("check")
    assert code == 1
    assert "config.yaml:5: the server " in out


def test_a_look_into_a_database_changes_nothing_there(
    project: Path, run: Run, postgres: PostgresServer, fresh_database: str
) -> None:
    configure(project, pgvector_at(fresh_database))
    assert run("check")[::2] == (0, "")
    made = (
        "SELECT extname FROM pg_extension WHERE extname = 'vector' "
        f"UNION ALL SELECT nspname FROM pg_namespace WHERE nspname = '{SCHEMA}'"
    )
    assert postgres.run(made, fresh_database) == []


def test_a_database_that_is_away_is_told_and_is_no_mistake(project: Path, run: Run) -> None:
    configure(project, pgvector_at(f"postgresql+psycopg://faq@{NOBODY}/faq"))
    code, _, err = run("check")
    assert (code, run("check", "--strict")[0]) == (0, 2)
    assert err.startswith(
        f"Whether postgresql://{NOBODY}/faq can hold phrasings was not looked for: the server "
        "cannot be reached: "
    )
    assert err.count("\n") == 1


def test_a_fast_check_asks_no_server_and_says_so(project: Path, run: Run) -> None:
    configure(
        project,
        remote_at(project, f"http://{NOBODY}/v1")
        + pgvector_at(f"postgresql+psycopg://faq@{NOBODY}/faq"),
    )
    code, _, err = run("check", "--fast", "--strict")
    assert code == 0
    assert err == (
        "With --fast nothing was asked of the server of encoder_url and the database of "
        "index: pgvector.\n"
    )
