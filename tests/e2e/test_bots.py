"""Several bots in one process: what befalls one is no matter of the others."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.matching.encoder.encoder import Encoder
from tests.e2e.bot_api import BotApi
from tests.e2e.chatting import ask
from tests.e2e.hooking import free_port, get
from tests.e2e.process import START_TIMEOUT_S, BotProcess
from tests.postgres import own_postgres

FAQ = "- id: hours\n  question: When are you open?\n  answer: {}\n"


@dataclass
class House:
    """A folder of bots and the process that serves it."""

    folder: Path
    api: BotApi
    process: BotProcess
    port: int

    def put(self, name: str, number: int, answer: str) -> BotApi:
        """Add a bot that answers one question."""
        api = BotApi(f"{number}:TOKEN-{name}", beside=self.api).__enter__()
        put(self.folder / name, api.token, answer)
        return api

    def samples(self, name: str) -> dict[str, float]:
        """What /metrics says, by bot."""
        told = get(self.port, "/metrics")[1]
        families = text_string_to_metric_families(told)
        found = (sample for family in families for sample in family.samples)
        return {each.labels["bot"]: each.value for each in found if each.name == name}


def put(folder: Path, token: str, answer: str, more: str = "") -> None:
    """A folder of a bot, whose config.yaml comes last."""
    folder.mkdir()
    (folder / "faq.yaml").write_text(FAQ.format(answer), "utf-8")
    (folder / "token").write_text(token, "utf-8")
    (folder / "config.yaml").write_text(f"faq: faq.yaml\ntoken_file: token\n{more}", "utf-8")


@pytest.fixture(scope="module")
def house(
    tmp_path_factory: pytest.TempPathFactory, cache: Path, encoder: Encoder, multilingual: Encoder
) -> Iterator[House]:
    """Two bots that serve, one whose FAQ cannot be read and one whose token is refused."""
    top = tmp_path_factory.mktemp("house")
    bots, port = top / "bots", free_port()
    (bots).mkdir()
    config = top / "config.yaml"
    config.write_text(f"cache: {cache}\nmonitoring: {{port: {port}}}\n", "utf-8")
    with BotApi("101:TOKEN-bread") as api, BotApi("102:TOKEN-cake", beside=api):
        put(bots / "bread", "101:TOKEN-bread", "From six.")
        put(bots / "cake", "102:TOKEN-cake", "From nine.")
        put(bots / "broken", "103:TOKEN-broken", "x\n  answer: y")
        put(bots / "refused", "104:TOKEN-of-nobody", "Never.")
        with BotProcess(config, "9:NOBODY", api.url, "--bots", str(bots)) as process:
            process.wait_for_log("cake: serving Telegram")
            process.wait_for_log("bread: serving Telegram")
            yield House(bots, api, process, port)
            assert process.stop() == 0


def of(house: House, name: str) -> BotApi:
    return next(api for token, api in house.api._all.items() if token.endswith(name))


def test_each_bot_answers_out_of_its_own_faq(house: House) -> None:
    assert ask(of(house, "bread"), "When are you open?").text == "From six."
    assert ask(of(house, "cake"), "When are you open?").text == "From nine."
    deadline = time.monotonic() + START_TIMEOUT_S
    while get(house.port, "/readyz")[0] != 200:  # once it is known that two others do not serve
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_what_is_wrong_with_a_bot_is_told_with_its_name_and_stops_no_other(house: House) -> None:
    told = house.process.wait_for_log("broken: ")
    assert "faq.yaml:4" in told
    house.process.wait_for_log("refused: Telegram refuses the token")
    (house.folder / "broken" / "faq.yaml").write_text(FAQ.format("At noon."), "utf-8")
    with BotApi("103:TOKEN-broken", beside=house.api) as mended:
        assert ask(mended, "When are you open?").text == "At noon."


def test_a_bot_is_edited_added_and_taken_away_without_a_restart(house: House) -> None:
    api = house.put("tea", 105, "From four.")
    assert ask(api, "When are you open?").text == "From four."
    (house.folder / "tea" / "faq.yaml").write_text(FAQ.format("From five."), "utf-8")
    house.process.wait_for_log("tea: the FAQ was read anew")
    assert ask(api, "When are you open?").text == "From five."
    (house.folder / "tea").rename(house.folder.parent / "tea")
    house.process.wait_for_log("the bot tea is gone")
    told = [line for line in house.process.log if "tea" in line]
    assert not [line for line in told if " ERROR " in line or " WARNING " in line]
    polls = sum(call.method == "getUpdates" for call in api.calls)
    assert ask(of(house, "bread"), "When are you open?", chat_id=2).text == "From six."
    assert sum(call.method == "getUpdates" for call in api.calls) == polls


def test_a_token_and_a_memory_are_those_of_one_bot(house: House) -> None:
    put(house.folder / "twin", "101:TOKEN-bread", "Twice.")
    told = house.process.wait_for_log("twin: ")
    assert "token_file" in told
    assert "bread" in told
    assert ask(of(house, "bread"), "When are you open?", chat_id=3).text == "From six."


def test_metrics_have_the_name_of_their_bot(house: House) -> None:
    before = house.samples("faq_bot_decisions_total")
    ask(of(house, "cake"), "When are you open?", chat_id=4)
    after = house.samples("faq_bot_decisions_total")
    assert after["cake"] == before.get("cake", 0) + 1
    assert after["bread"] == before["bread"]


def test_processes_on_one_server_are_replicas_of_every_bot_and_one_that_is_killed_is_not_missed(
    tmp_path: Path, cache: Path, encoder: Encoder, multilingual: Encoder
) -> None:
    (tmp_path / "bots").mkdir()
    (tmp_path / "config.yaml").write_text(f"cache: {cache}\n", "utf-8")
    with (
        own_postgres() as server,
        BotApi("201:TOKEN-bread") as bread,
        BotApi("202:TOKEN-cake", beside=bread) as cake,
        ExitStack() as started,
    ):
        for api, name, answer in ((bread, "bread", "From six."), (cake, "cake", "From nine.")):
            store = f"store: {{url: '{server.database()}', key_file: shared.key}}\n"
            put(tmp_path / "bots" / name, api.token, answer, store)
        bots = str(tmp_path / "bots")
        arguments = tmp_path / "config.yaml", "9:NOBODY", bread.url, "--bots", bots
        processes = []
        for _ in range(2):
            process = BotProcess(*arguments, STORE_PASSWORD=server.password)
            processes.append(started.enter_context(process))
            for name in ("bread", "cake"):
                process.wait_for_log(f"{name}: serving Telegram")
        assert ask(bread, "When are you open?").text == "From six."
        processes[0].signal(SIGKILL)
        assert ask(bread, "When are you open?", chat_id=2).text == "From six."
        assert ask(cake, "When are you open?", chat_id=3).text == "From nine."
        assert processes[1].stop() == 0
