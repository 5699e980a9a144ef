"""What the true process tells whoever watches over it: over HTTP, and systemd's socket."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.bot_api import BotApi
from tests.e2e.chatting import ask, data_of, replies
from tests.e2e.handing import TEAM_CHAT, UNKNOWN, with_team
from tests.e2e.hooking import first, free_port, get
from tests.e2e.process import ROOT, START_TIMEOUT_S, BotProcess, MakeConfig, serving


class Systemd:
    """The socket that systemd gives to a service of Type=notify; a context manager.    Attributes:
    heard: what the service said, oldest first.
    """

    def __init__(self, path: Path) -> None:
        self.heard: list[str] = []
        self._came = threading.Condition()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._reader = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Systemd:
        self._reader.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()

    def wait_for(self, state: str, count: int = 1) -> None:
        """Wait until the service has said something so often."""
        with self._came:
            assert self._came.wait_for(lambda: self.heard.count(state) >= count, START_TIMEOUT_S), (
                f"{state} was said less than {count} times: {self.heard}"
            )

    def _read(self) -> None:
        with suppress(OSError):
            while True:
                state = self._socket.recv(1000).decode()
                with self._came:
                    self.heard.append(state)
                    self._came.notify_all()


@dataclass(frozen=True)
class Watched:
    """A running bot that is watched over.

    Attributes:
        early: what /healthz and /readyz said while Telegram did not answer yet, and whether systemd
            had been told by then that the bot is ready.
    """

    api: BotApi
    process: BotProcess
    systemd: Systemd
    port: int
    early: tuple[tuple[int, str], tuple[int, str], bool]


@pytest.fixture(scope="module")
def watched(make_config: MakeConfig, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Telegram does not answer the first four tries to connect."""
    folder = tmp_path_factory.mktemp("watched")
    port = free_port()
    config = make_config(f"monitoring: {{port: {port}}}\n")
    variables = {"NOTIFY_SOCKET": str(folder / "notify")}
    with (
        BotApi() as api,
        Systemd(folder / "notify") as systemd,
        BotProcess(config, api.token, api.url, **variables) as process,
    ):
        api.fail_next("getMe", 502, "Bad Gateway", times=4)
        early = first(port, "/healthz"), get(port, "/readyz"), "READY=1" in systemd.heard
        process.wait_for_log("serving Telegram")
        yield Watched(api, process, systemd, port, early)
        assert process.stop() == 0


def metrics(port: int) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample by its name and labels."""
    status, text = get(port, "/metrics")
    assert status == 200
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def metric(port: int, name: str, **labels: str) -> float:
    return metrics(port)["faq_bot_" + name, tuple(sorted(labels.items()))]


def wait_for(watched: Watched, name: str, value: float, **labels: str) -> None:
    """Wait until a metric has a value."""
    watched.api.wait_for(lambda: metric(watched.port, name, **labels) == value)


# --- in its order: from the start over a day to the stop -----------------------------------------


def test_readyz_is_503_before_it_serves_and_200_from_then_on(watched: Watched) -> None:
    assert watched.early == ((200, "ok\n"), (503, "starting\n"), False)
    assert get(watched.port, "/readyz") == (200, "ready\n")
    assert get(watched.port, "/healthz") == (200, "ok\n")
    watched.systemd.wait_for("READY=1")


def test_systemd_gets_watchdog_signals_all_the_time(watched: Watched) -> None:
    watched.systemd.wait_for("WATCHDOG=1", watched.systemd.heard.count("WATCHDOG=1") + 2)


def test_metrics_listen_on_loopback_only(watched: Watched) -> None:
    """127.0.0.2 stands for any other address of the machine."""
    with closing(socket.socket()) as client:
        assert client.connect_ex(("127.0.0.2", watched.port)) != 0


def test_the_healthcheck_of_compose_works(watched: Watched) -> None:
    """It stands there as a comment, for it needs a port that the config must name."""
    lines = (ROOT / "deploy" / "compose.yaml").read_text("utf-8").splitlines()
    start = next(i for i, line in enumerate(lines) if line.strip() == "# healthcheck:")
    block = []
    for line in lines[start:]:
        if not line.strip().startswith("#"):
            break
        block.append(line.replace("# ", "", 1))
    how, python, *arguments = yaml.safe_load("\n".join(block))["healthcheck"]["test"]
    assert (how, python) == ("CMD", "python")
    asked = [argument.replace("9464", str(watched.port)) for argument in arguments]
    assert asked != arguments
    run = subprocess.run([sys.executable, *asked], capture_output=True, check=False, timeout=60)
    assert (run.returncode, run.stderr) == (0, b"")


def test_metrics_count_decisions_and_reply_times(watched: Watched) -> None:
    api, port = watched.api, watched.port
    begun = time.time()
    assert metric(port, "reload_success") == 1
    for text, chat_id in (
        ("what are your opening hours", 1),
        ("how do i order a cake?", 2),
        ("cake", 3),
        ("how is the weather", 4),
    ):
        api.say(text, chat_id=chat_id)
        replies(api, chat_id)
    wait_for(watched, "reply_seconds_count", 4)
    found = {
        labels[0][1]: value
        for (name, labels), value in metrics(port).items()
        if name == "faq_bot_decisions_total"
    }
    assert found == {"answer": 2, "follow_up": 1, "fallback": 1}
    assert metric(port, "reply_seconds_bucket", le="+Inf") == 4
    assert metric(port, "matching_seconds_count") == 4
    assert 0 < metric(port, "matching_seconds_sum") <= metric(port, "reply_seconds_sum") < 4 * 60
    assert metric(port, "sends_failed_total") == 0
    assert begun - 60 < metric(port, "last_good_poll_timestamp_seconds") < time.time() + 1


def test_metrics_show_the_queue_depth_and_failed_sends(watched: Watched) -> None:
    wait_for(watched, "queue_depth", 0)
    watched.api.delay("sendMessage", 600)
    watched.api.say("how is the weather", chat_id=11)
    watched.api.say("how is the weather", chat_id=11)
    wait_for(watched, "queue_depth", 2)
    watched.api.delay("sendMessage", 0)
    wait_for(watched, "queue_depth", 0)
    failed = metric(watched.port, "sends_failed_total")
    watched.api.forbid(12)
    watched.api.say("how is the weather", chat_id=12)
    wait_for(watched, "sends_failed_total", failed + 1)
    assert metric(watched.port, "updates_set_aside_total") == 0


def test_readyz_says_that_the_token_is_refused_until_it_is_taken_again(watched: Watched) -> None:
    watched.api.fail_next("getUpdates", 401, "Unauthorized", times=3)
    refused = (503, "the token is refused\n")
    watched.api.wait_for(lambda: get(watched.port, "/readyz") == refused)
    watched.api.wait_for(lambda: get(watched.port, "/readyz") == (200, "ready\n"))


def test_systemd_gets_a_stopping_signal(watched: Watched) -> None:
    assert "STOPPING=1" not in watched.systemd.heard
    assert watched.process.stop() == 0
    watched.systemd.wait_for("STOPPING=1")
    assert list(dict.fromkeys(watched.systemd.heard)) == ["WATCHDOG=1", "READY=1", "STOPPING=1"]


# --- when it is dead -----------------------------------------------------------------------------


def test_healthz_is_503_before_the_watchdog_ends_a_dead_poller(make_config: MakeConfig) -> None:
    """/healthz is half as patient as the watchdog; a poll alone may take 10 s."""
    port = free_port()
    config = make_config(f"telegram: {{watchdog_s: 8}}\nmonitoring: {{port: {port}}}\n")
    with BotApi() as api, serving(api, config) as process:
        assert get(port, "/healthz") == (200, "ok\n")
        api.fail_next("getUpdates", 502, "Bad Gateway", times=100)
        api.wait_for(lambda: get(port, "/healthz")[0] == 503, timeout_s=60)
        assert re.fullmatch(r"Telegram has answered no poll for 1\d s\n", get(port, "/healthz")[1])
        assert process.wait() == 1
        assert process.log[-1].endswith("s; the process ends, to be started again")


def test_metrics_tell_of_thumbs_and_of_conversations_with_the_team(
    api: BotApi, make_config: MakeConfig
) -> None:
    port = free_port()
    config = make_config(with_team().replace("}", f"}}\nmonitoring: {{port: {port}}}", 1))
    with serving(api, config):
        answer = ask(api, "When are you open?")
        api.press(answer.message_id, data_of(answer, "👍"), chat_id=1)
        up = ("faq_bot_thumbs_total", (("kind", "up"),))  # not there before the first
        api.wait_for(lambda: metrics(port).get(up) == 1)
        assert metric(port, "open_conversations") == metric(port, "handoff_unreachable") == 0
        ask(api, f"/person {UNKNOWN}")
        assert metric(port, "open_conversations") == 1
        api.forbid(TEAM_CHAT, "Forbidden: bot was kicked from the supergroup chat")
        ask(api, "Can a painting be made of a cake?")
        api.wait_for(lambda: metric(port, "handoff_unreachable") == 1)
        assert metric(port, "worker_wait_seconds_count") >= 2
        assert metric(port, "memory_unwritable") == 0
