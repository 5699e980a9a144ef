"""The terminal, Telegram, the API and the chat on web pages: the same message, the same reply."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome

from tests.e2e.bot_api import BotApi
from tests.e2e.chatting import THUMBS, ask, labels
from tests.e2e.http_asking import Asking
from tests.e2e.memories import Memories
from tests.e2e.process import ROOT, START_TIMEOUT_S, MakeConfig, environment, serving
from tests.e2e.site import served_site
from tests.e2e.widget import EN, including, visited

# One conversation: answers, a follow-up, a tentative answer, fallbacks, small talk, what leans on
# the question before; in other languages, in no language, and with what looks like formatting.
SAID = (
    *("How do I order a cake?", "are you open on sunday?", "and on saturday?", "cake"),
    *("stop the cake", "how is the weather", "who painted the mona lisa", "hello", "thanks"),
    *("i want to order a cake. are you open on sunday?", "Wie bestelle ich eine Torte?"),
    *("怎么订蛋糕", "WHEN are you OPEN???", "<b>cake</b> **order**", "!!!"),
    "never mind",
)


def buttons(reply: dict[str, Any]) -> list[str]:
    """What can be pressed under a reply of the API."""
    choices, related = ([each["label"] for each in reply[name]] for name in ("choices", "related"))
    ways_out = [reply["none_of_these"], reply["not_this"]]
    links = [each["text"] for each in reply["links"]]
    asks = [reply["ask_person"]]
    found = [*choices, *ways_out, *links, *related, *reply["topics"], *asks]
    return [label for label in found if label is not None]


def as_terminal(answer: dict[str, Any]) -> str:
    """An answer of the API as the terminal shows it."""
    reply = answer["reply"]
    lines = [reply["text"], *(f"→ {each['text']}: {each['url']}" for each in reply["links"])]
    lines += [f"  {number} {each['label']}" for number, each in enumerate(reply["choices"], 1)]
    lines += [f"  none {reply['none_of_these']}"] if reply["choices"] else []
    lines += [f"  no {reply['not_this']}"] if reply["tentative"] else []
    lines += [EN.related] if reply["related"] else []
    lines += [f"  · {each['label']}" for each in reply["related"]]
    return "\n".join([*lines, *decided(answer), "", ""])


def decided(answer: dict[str, Any]) -> list[str]:
    """The line in which the terminal tells the decision."""
    label = answer["action"].replace("_", "-")
    if answer.get("small_talk"):
        return [f"[{label}: small talk, {answer['small_talk']}]"]
    if answer["reason"].startswith("it was chosen"):
        return []
    if not answer["candidates"]:
        return [f"[{label}: {answer['reason']}]"]
    best = answer["candidates"][0]
    return [f"[{label} {best['score']:.2f} · {best['entry']} · “{best['phrasing']}”]"]


def in_terminal(config: Path) -> str:
    """What a pipe says to all of it."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", "--config", str(config)],
        cwd=ROOT,
        env=environment(),
        input="".join(f"{text}\n" for text in SAID),
        capture_output=True,
        text=True,
        timeout=START_TIMEOUT_S,
        check=True,
    )
    return done.stdout


def in_telegram(api: BotApi) -> list[tuple[str, list[str]]]:
    """What Telegram shows, and the buttons under it, but thumbs."""
    said = [ask(api, text, language_code="en") for text in SAID]
    return [(it.text, [each for each in labels(it) if each not in THUMBS]) for it in said]


def over_http(api: Asking) -> Sequence[dict[str, Any]]:
    """What the API answers."""
    answers: list[dict[str, Any]] = []
    for text in SAID:
        conversation = answers[-1]["conversation"] if answers else None
        answers.append(api.ask(text, language="en", conversation=conversation))
    return answers


def test_every_channel_decides_and_says_the_same(make_config: MakeConfig, browser: Chrome) -> None:
    with served_site() as site, BotApi() as telegram:
        config = make_config(including(site))
        with serving(telegram, config) as process:
            process.wait_for_log("use-multilingual-3 is loaded")
            port = int(site.bot.rpartition(":")[2])
            shown = in_telegram(telegram)
            answers = over_http(Asking(port, process, config))
            with visited(browser, site) as widget:
                widget.open()
                seen = []
                for number, text in enumerate(SAID, 1):
                    widget.say(text)
                    told = widget.said(1 + 2 * number)[-1]
                    seen.append((told[1], widget.under(-1)))
        expected = [(each["reply"]["text"].strip(), buttons(each["reply"])) for each in answers]
        assert [(text.strip(), its) for text, its in shown] == expected
        assert seen == expected
        assert in_terminal(make_config("")) == "".join(map(as_terminal, answers))
        rows = Memories(config).rows(
            "SELECT action, entry_id, score, tentative, small_talk FROM decisions ORDER BY number"
        )
        of_telegram, of_http, of_widget = (
            rows[start::1][: len(rows) // 3] for start in range(0, len(rows), len(rows) // 3)
        )
        assert of_telegram == of_http == of_widget
        assert [(row[0], row[1]) for row in of_http] == [
            (each["action"], each["entry"]) for each in answers if decided(each)
        ]
