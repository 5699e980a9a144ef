"""The true process with its encoder on a server, and what people are told without that."""

from __future__ import annotations

import html
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from subprocess import PIPE

import pytest

from bot.files.config.texts import shipped
from bot.matching.encoder.encoder import Encoder, Vectors
from bot.matching.encoder.weights import ModelFolder
from bot.store.sql.store import read_history
from tests.e2e.bot_api import BotApi
from tests.e2e.chatting import ANSWERS, ask, sentence, texts
from tests.e2e.process import ROOT, START_TIMEOUT_S, MakeConfig, environment, serving
from tests.embeddings_server import EmbeddingsServer, serving_embeddings

EN = shipped()["en"]
QUESTION = "do i have to order a birthday cake by phone?"


@pytest.fixture
def server(encoder: Encoder) -> Iterator[EmbeddingsServer]:
    """Runs the model that comes with the bot, under a name of the house."""
    lock = threading.Lock()

    def embed(asked: Sequence[str]) -> Vectors:
        with lock:  # its tokenizer bears no two threads at once
            return encoder.utterances.encode(asked)

    with serving_embeddings(embed) as serving_it:
        yield serving_it


def run(config: Path, *arguments: str) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "bot", *arguments, "--config", str(config)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True,
        timeout=START_TIMEOUT_S, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def test_people_are_told_honestly_and_the_rest_goes_on_while_the_server_does_not_serve(
    api: BotApi,
    make_config: MakeConfig,
    server: EmbeddingsServer,
    model: ModelFolder,
    tmp_path: Path,
) -> None:
    shutil.copy(model.path / "tokenizer.json", tmp_path)  # and no weights
    config = make_config(
        f"encoder: remote\nencoder_url: {server.url}\nencoder_model: house-model\n"
        f"model: {tmp_path}\nmultilingual_model: none\n"
    )
    with serving(api, config) as process:
        process.wait_for_log(f"what people write is sent to {server.url.removesuffix('/v1')}")
        assert ask(api, QUESTION, chat_id=1).text == ANSWERS["cake-order"]
        server.always = "hang"
        api.say("can i bring my dog?", chat_id=1)
        assert sentence(ask(api, "hi", chat_id=2).text) == EN.welcome
        assert ask(api, "/topics", chat_id=3).text == EN.topics
        assert ask(api, "When are you open?", chat_id=4).text == ANSWERS["opening-hours"]
        assert texts(api, 1, 2)[1] == EN.unavailable
        process.wait_for_log("people are told that nothing can be looked up right now")
        server.always = None
        server.go_on.set()
        process.wait_for_log("serves again")
        assert ask(api, QUESTION, chat_id=5).text == ANSWERS["cake-order"]
        assert process.stop() == 0
        url = f"sqlite:///{config.parent / 'bot.db'}"
        # Who was told that has asked nothing and missed nothing; nor has who said "hi".
        assert len(read_history(url, since=0)) == 3
        assert not [line for line in process.log if "dog" in line or "Traceback" in line]


def test_a_chat_in_the_terminal_says_honestly_that_nothing_can_be_looked_up(
    make_config: MakeConfig, server: EmbeddingsServer, model: ModelFolder, tmp_path: Path
) -> None:
    shutil.copy(model.path / "tokenizer.json", tmp_path)  # and no weights
    config = make_config(
        f"encoder: remote\nencoder_url: {server.url}\nencoder_model: house-model\n"
        f"model: {tmp_path}\nmultilingual_model: none\n"
    )
    command = [sys.executable, "-m", "bot", "--config", str(config)]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True
    ) as chat:
        given, shown = chat.stdin, chat.stdout
        assert given is not None
        assert shown is not None

        print(QUESTION, file=given, flush=True)
        assert shown.readline() == html.unescape(ANSWERS["cake-order"]).splitlines(True)[0]
        while not shown.readline().startswith("[answer "):
            pass
        assert shown.readline() == "\n"
        server.always = "hang"
        print("can i bring my dog?", file=given, flush=True)
        assert shown.readline() == f"{EN.unavailable}\n"
        server.always = None
        server.go_on.set()
        _, errors = chat.communicate(timeout=START_TIMEOUT_S)
        assert chat.returncode == 0
        assert "Traceback" not in errors


def test_commands_decide_as_with_the_model_on_this_machine_and_refuse_another_model(
    make_config: MakeConfig, server: EmbeddingsServer
) -> None:
    remote = make_config(f"encoder: remote\nencoder_url: {server.url}\n")
    asked = "ask", "--json", QUESTION
    own, there = run(make_config(""), *asked), run(remote, *asked)
    assert there[:2] == own[:2]
    assert json.loads(there[1])["entry"] == "cake-order"
    assert QUESTION.rstrip("?") in " ".join(server.texts)
    own, there = run(make_config(""), "check"), run(remote, "check")
    assert there == own
    embed = server.embed
    server.embed = lambda texts: -embed(texts)
    where = server.url.removesuffix("/v1")
    assert run(remote, *asked) == (
        2,
        "",
        f"encoder_url: {where} runs another model than all-MiniLM-L6-v2 on this machine (model:) "
        "(a cosine of -1.0000, 0.99 is needed).\n",
    )
