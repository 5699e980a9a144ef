"""What goes to the team and back, with all of the channel's parts but the network."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from telegram.error import BadRequest, RetryAfter

from bot.channels.telegram.api.sender import Sender
from bot.channels.telegram.handoff.posting import posts
from bot.channels.telegram.handoff.records import tickets
from bot.channels.telegram.handoff.replying.to_person import back_at
from bot.files.config.telegram import TelegramSettings
from bot.files.config.texts import shipped
from bot.office_hours import OfficeHours
from bot.service.incidents import Trouble
from tests.channels.telegram.handlers.conftest import Serve
from tests.channels.telegram.handoff.conftest import TEAM
from tests.channels.telegram.handoff.helping import (
    asks,
    copies,
    digest,
    numbers,
    replies,
    sent,
    shows,
    team_shows,
)
from tests.channels.telegram.served import Served

EN = shipped()["en"]


def test_a_digest_is_written_in_as_many_steps_as_it_has_items(
    crowded: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    item = posts.digest_item

    def counted(*arguments: Any, **more: Any) -> str:
        written.append(arguments)
        return item(*arguments, **more)

    for person in range(1, 302):
        asks(crowded, person)
    monkeypatch.setattr(posts, "digest_item", counted)
    digest(crowded)
    shown = len(sent(crowded, TEAM)[-1].splitlines()) - 2
    assert 40 < shown < len(written) <= shown + 2


def test_whoever_does_not_fit_is_told_and_people_who_want_a_person_come_first(
    crowded: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tickets, "_MAX_BACKLOG", 600)
    for person in range(1, 6):
        asks(crowded, person)
    told = [sent(crowded, person)[0] for person in range(1, 6)]
    assert told == [EN.passed_on] * 4 + [EN.fallback]  # one at once, and half of the room
    for person in range(6, 10):
        asks(crowded, person, "/person")
    comes = [sent(crowded, person) for person in range(6, 10)]
    assert comes == [[EN.person_comes]] * 3 + [[EN.team_busy]]
    digest(crowded)
    asks(crowded, 5)
    assert sent(crowded, 5)[1] == EN.passed_on_again


def test_the_longest_words_of_the_team_arrive_whole(helped: Served) -> None:
    asks(helped, 2)
    post = next(number for number, chat in numbers(helped) if chat == TEAM)
    replies(helped, "x" * 4_096, post)
    assert sent(helped, 2)[1:] == [EN.person_says_first, "x" * 4_096]


# --- pictures and albums -------------------------------------------------------------------------


def test_a_picture_with_an_unknown_caption_reaches_the_team_beneath_its_words(
    helped: Served,
) -> None:
    shows(helped, 2, 11, "Unknown?")
    assert "Unknown?" in sent(helped, TEAM)[0]
    assert copies(helped) == [(TEAM, 2, 11, None)]
    (copy,) = [more for method, more in helped.calls if method == "copyMessage"]
    post, _ = next(number for number in numbers(helped) if number[1] == TEAM)
    assert copy["reply_parameters"]["message_id"] == post


def test_an_album_of_a_person_reaches_the_team_whole(helped: Served) -> None:
    """Whichever of its pictures bears the words."""
    shows(helped, 2, 11, media_group_id="a")
    shows(helped, 2, 12, "Unknown?", media_group_id="a")
    shows(helped, 2, 13, media_group_id="a")
    shows(helped, 3, 14, media_group_id="b")
    assert copies(helped) == [(TEAM, 2, number, None) for number in (11, 12, 13)]


def test_an_album_in_a_group_reaches_the_team_whole_though_one_picture_names_the_bot(
    helped: Served,
) -> None:
    """What else is said there, other albums among it, is none of the bot's business."""
    mention = [{"type": "mention", "offset": 0, "length": 13}]
    there: dict[str, Any] = {"chat": {"id": -7, "type": "supergroup"}, "media_group_id": "a"}
    shows(helped, 2, 10, **{**there, "media_group_id": "b"})
    shows(helped, 2, 11, "@faq_test_bot Unknown?", caption_entities=mention, **there)
    shows(helped, 2, 12, **there)
    shows(helped, 2, 13, **{**there, "media_group_id": "c"})
    assert copies(helped) == [(TEAM, -7, number, None) for number in (11, 12)]


def test_a_picture_under_a_command_goes_along(helped: Served) -> None:
    command = [{"type": "bot_command", "offset": 0, "length": 7}]
    shows(helped, 2, 11, "/person what is it?", caption_entities=command)
    assert copies(helped) == [(TEAM, 2, 11, None)]


def test_a_picture_without_words_goes_with_the_question_that_follows(
    helped: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    shows(helped, 2, 11)
    asks(helped, 2)
    assert copies(helped) == [(TEAM, 2, 11, None)]
    shows(helped, 3, 12)
    later = time.time() + 601
    monkeypatch.setattr(time, "time", lambda: later)
    asks(helped, 3)
    assert len(copies(helped)) == 1


def test_a_picture_reaches_the_team_when_its_question_does(helped: Served) -> None:
    """A follow-up stands between the two, and other questions."""
    shows(helped, 2, 11, "back")
    asks(helped, 2)
    assert copies(helped) == []
    asks(helped, 2, "/person back")
    assert copies(helped) == [(TEAM, 2, 11, None)]


def test_files_of_an_open_conversation_are_copied_with_their_own_words(helped: Served) -> None:
    asks(helped, 2, "/person")
    before = len(sent(helped, TEAM))
    shows(helped, 2, 11, "My cake")
    assert copies(helped) == [(TEAM, 2, 11, None)]
    assert len(sent(helped, TEAM)) == before


def test_a_message_that_cannot_be_copied_is_told_to_whoever_sent_it(helped: Served) -> None:
    asks(helped, 2, "/person")
    helped.troubles["copyMessage"] = [BadRequest("message can't be copied")]
    shows(helped, 2, 11)
    assert sent(helped, 2)[1:] == [EN.not_passed_on]
    shows(helped, 2, 12)  # they still talk
    assert copies(helped) == [(TEAM, 2, 12, None)]


def test_a_picture_that_waits_is_posted_with_its_words_outside_of_digests(crowded: Served) -> None:
    asks(crowded, 1)
    shows(crowded, 2, 11, "Unknown?")
    asks(crowded, 3)
    assert copies(crowded) == []
    crowded.tick()
    assert "P2" in sent(crowded, TEAM)[1]
    assert "P3" not in sent(crowded, TEAM)[1]
    assert copies(crowded) == [(TEAM, 2, 11, None)]
    crowded.tick()
    assert "P3" in sent(crowded, TEAM)[2]


def test_words_too_long_for_a_digest_are_posted_by_themselves(crowded: Served) -> None:
    words = "x" * 4_080
    for person in (1, 2, 3):
        asks(crowded, person, f"/person {words}")
    crowded.tick()
    posted = sent(crowded, TEAM)
    assert sum(post.count("x") for post in posted) == 2 * len(words)
    assert not any("P3" in post for post in posted)


@pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")  # of RetryAfter
def test_a_post_that_telegram_asks_to_wait_for_comes_in_a_digest(
    helped: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    helped.troubles["sendMessage"] = [RetryAfter(timedelta(seconds=300))]
    asks(helped, 2, "/person why?")
    assert sent(helped, TEAM) == []
    assert sent(helped, 2) == [EN.person_comes]
    later = time.monotonic() + 10
    monkeypatch.setattr(time, "monotonic", lambda: later)
    helped.tick()
    assert "why?" in sent(helped, TEAM)[0]


def test_an_album_of_the_team_arrives_whole_under_one_line(helped: Served) -> None:
    asks(helped, 2)
    post = next(number for number, chat in numbers(helped) if chat == TEAM)
    for number in (21, 22, 23):
        team_shows(helped, number, post, "Look" if number == 22 else "", "a")
    assert sent(helped, 2)[1:] == [EN.person_says_first]
    assert copies(helped) == [(2, TEAM, number, None) for number in (21, 22, 23)]
    team_shows(helped, 24, post)
    assert sent(helped, 2)[2:] == [EN.person_says]


def test_an_album_in_reply_to_a_digest_goes_to_whom_one_of_its_pictures_names(
    crowded: Served,
) -> None:
    for person in (1, 2, 3):
        asks(crowded, person)
    number = digest(crowded)
    team_shows(crowded, 21, number, album="a")
    team_shows(crowded, 22, number, "1 and 2: look", "a")
    team_shows(crowded, 23, number, "and this", "a")
    assert sent(crowded, TEAM).count(EN.team.which) == 1
    assert sent(crowded, 2)[1:] == sent(crowded, 3)[1:] == [EN.person_says_first]
    for person in (2, 3):
        shown = [copy[1:] for copy in copies(crowded) if copy[0] == person]
        assert shown == [(TEAM, 21, None), (TEAM, 22, "look"), (TEAM, 23, None)]


# --- the team's chat itself ------------------------------------------------------------------


def test_a_chat_that_cannot_be_posted_in_is_told_once_and_looked_at_again(
    helped: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Once a minute, so that it is known to be over before there is a question to post."""
    caplog.set_level("INFO", logger="bot")
    found = ["the bot is not a member", "the bot is not a member", None]
    looks = []

    async def trouble_with(*_: object) -> str | None:
        looks.append(time.monotonic())
        return found[len(looks) - 1]

    monkeypatch.setattr(Sender, "trouble_with", trouble_with)
    helped.check()
    assert helped.live.incidents.reasons == {Trouble.HANDOFF: "the bot is not a member"}
    begun = time.monotonic()
    for minutes in (0.5, 1.5, 2.0, 3.0, 9.0):
        monkeypatch.setattr(time, "monotonic", lambda now=begun + 60 * minutes: now)
        helped.tick()
    assert len(looks) == 3
    assert helped.live.incidents.reasons == {}
    told = [record.getMessage() for record in caplog.records if "handoff chat" in record.message]
    assert told == [
        f"the handoff chat {TEAM} cannot be reached (the bot is not a member). Add the bot to it, "
        "and check telegram.handoff_chat in config.yaml.",
        "the handoff chat is reached again",
    ]


# --- office hours ----------------------------------------------------------------------------

WORK = ((9 * 60, 17 * 60),)
OFFICE = OfficeHours(ZoneInfo("UTC"), (WORK, WORK, WORK, WORK, WORK, (), ()))


@pytest.mark.parametrize(
    ("moment", "back"),
    [
        ("2026-11-27 08:00", EN.team_back_today.replace("{time}", "09:00")),
        ("2026-11-28 20:00", "Our team is back on Monday at 09:00."),
        ("2026-11-30 12:00", None),
    ],
)
def test_who_waits_is_told_when_somebody_is_there(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, moment: str, back: str | None
) -> None:
    """Who asks for a person, whose question is passed on, and who has waited in vain."""
    now = datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()
    served = serve(TelegramSettings(handoff_chat=TEAM, office_hours=OFFICE))
    monkeypatch.setattr(time, "time", lambda: now)
    below = "" if back is None else f"\n\n{back}"
    asks(served, 2)
    assert sent(served, 2)[0] == f"{EN.passed_on}{below}"
    asks(served, 2, "/person")
    assert sent(served, 2)[1] == f"{EN.person_comes}{below}"
    if back is not None and "today" not in back:
        now += 3_700
        served.tick()
        assert sent(served, 2)[2] == f"{EN.nobody_yet}{below}"


def test_when_somebody_is_there_is_told_in_the_persons_language() -> None:
    zh = shipped()["zh"]
    christmas = datetime(2026, 12, 24, 20, tzinfo=UTC).timestamp()
    days = frozenset(date(2026, 12, day) for day in range(25, 32))
    away = replace(OFFICE, closed=days)
    assert back_at(away, christmas, EN) == "Our team is back on Friday, 2027-01-01, at 09:00."
    assert back_at(away, christmas, zh) == "人工客服 2027-01-01（星期五）09:00 上班。"
    assert back_at(OFFICE, christmas, zh) == "人工客服星期五 09:00 上班。"
    assert back_at(None, christmas, EN) is None
