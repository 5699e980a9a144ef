"""What the team sees, taps and keeps to itself, with all of the channel's parts but the network."""

from __future__ import annotations

import time
from typing import Any

import pytest

from bot.files.config.telegram import TelegramSettings
from bot.files.config.texts import shipped
from bot.store.store import LabelKind
from tests.channels.telegram.handlers.conftest import Serve
from tests.channels.telegram.handoff.conftest import TEAM
from tests.channels.telegram.handoff.helping import (
    GROUP,
    HELPER,
    asks,
    copies,
    digest,
    numbers,
    replies,
    sent,
    shows,
    team_shows,
)
from tests.channels.telegram.served import ME, Served
from tests.fake_store import FakeStore

EN = shipped()["en"].team


def post_of(served: Served) -> int:
    """The first message of the team's chat."""
    return next(number for number, chat in numbers(served) if chat == TEAM)


def test_only_words_of_people_make_telephones_ring(helped: Served) -> None:
    asks(helped, 2)
    replies(helped, "Hello.", post_of(helped))
    asks(helped, 2, "Thanks.")
    posts = [more for _, more in helped.calls if more.get("chat_id") == TEAM and "text" in more]
    assert [more.get("disable_notification") for more in posts] == [None, True, None]


def test_an_album_whose_words_are_a_note_reaches_nobody(helped: Served) -> None:
    asks(helped, 2)
    for number in (21, 22, 23):
        team_shows(helped, number, post_of(helped), "// these?" if number == 21 else "", "a")
    team_shows(helped, 24, post_of(helped), "／／ or this")
    assert copies(helped) == []
    team_shows(helped, 25, post_of(helped), "Look!")
    assert copies(helped) == [(2, TEAM, 25, None)]


def test_the_first_eight_of_many_questions_have_a_button_for_the_nearest_entry(
    crowded: Served,
) -> None:
    for person in range(1, 12):
        asks(crowded, person, "weather")
    asks(crowded, 3, "/person weather")  # who goes on keeps what came near
    post = digest(crowded)
    assert sent(crowded, TEAM)[-1].count("weather") == 10
    labels = [label for label, _ in crowded.keyboard()]
    assert labels == [f"{number} ➤ Closing?" for number in range(1, 9)]
    replies(crowded, "2: /take", post)  # and no command reaches anybody
    assert sent(crowded, TEAM)[-1] == EN.take_usage


def test_a_digest_says_who_would_like_to_talk_to_a_person(crowded: Served) -> None:
    """Whose question stands there already, too."""
    for person, text in [(1, "weather"), (1, "/person"), (3, "weather")]:
        asks(crowded, person, text)
    asks(crowded, 3, "/person")
    digest(crowded)
    lines = sent(crowded, TEAM)[-1].splitlines()[2:]
    wants = EN.wants_person_about.partition("{name}")[2].partition("{text}")[0]
    assert [wants in line for line in lines] == [True, True]


def test_what_waited_by_itself_has_the_buttons_of_a_post(crowded: Served) -> None:
    asks(crowded, 1)
    shows(crowded, 2, 11, "weather")
    crowded.tick()
    labels = [label for label, _ in crowded.keyboard()]
    assert labels == ["➤ Closing?", EN.take, EN.block]


def test_whose_topic_it_is_has_to_be_known(helped: Served) -> None:
    """Where it is not any more, that is said; the team's own topics are its own business."""
    for author in (ME, HELPER):
        more: dict[str, Any] = {"is_topic_message": True, "message_thread_id": 9, "from": HELPER}
        root = {"message_id": 9, "date": 1, "chat": GROUP, "from": author}
        opened = {"forum_topic_created": {"name": "Ann", "icon_color": 1}}
        helped.says("Hello?", chat=GROUP, reply_to_message={**root, **opened}, **more)
    assert sent(helped, TEAM) == [EN.unknown_post]


def test_a_person_has_one_talk_with_the_team_whichever_of_their_posts_it_replies_to(
    helped: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    asks(helped, 2)
    old = post_of(helped)
    later = time.time() + 3_700  # what is asked now is of a ticket of its own
    monkeypatch.setattr(time, "time", lambda: later)
    asks(helped, 2, "/person")
    new = max(number for number, chat in numbers(helped) if chat == TEAM)
    replies(helped, "Hello.", new)
    other: dict[str, Any] = {"from": {**HELPER, "id": 5, "first_name": "Eve"}}
    replies(helped, "Hello again.", old, **other)
    assert "Tom\u2069 is still the one" in sent(helped, TEAM)[-1]
    replies(helped, "/close", old)
    assert sent(helped, 2)[-1].startswith(shipped()["en"].person_gone)
    asks(helped, 2, "Refund?")
    assert sent(helped, 2)[-1] == "answer of refund"


def test_nothing_is_sent_to_somebody_who_is_blocked_and_could_not_answer(helped: Served) -> None:
    asks(helped, 2)
    post = post_of(helped)
    replies(helped, "/block", post)
    before = sent(helped, 2)
    replies(helped, "Hello?", post)
    assert sent(helped, 2) == before
    assert sent(helped, TEAM)[-1].endswith(EN.person_is_blocked.partition("{name}")[2])
    replies(helped, "/unblock", post)
    replies(helped, "Hello?", post)
    assert sent(helped, 2)[-1].endswith("Hello?")


def test_what_the_team_replies_is_kept_with_the_question_and_names_nobody(serve: Serve) -> None:
    store = FakeStore()
    helped = serve(TelegramSettings(handoff_chat=TEAM), store)
    asks(helped, 2, "weather")
    replies(helped, "// who knows?", post_of(helped))
    replies(helped, "Hello Ada, order 4711-1234-99 comes when it is dry.", post_of(helped))
    asks(helped, 3, "weather")
    post = max(number for number, chat in numbers(helped) if chat == TEAM)
    buttons = [button for place in (-2, -1) for button in helped.keyboard(place)]
    data = next(data for label, data in buttons if label.endswith("Closing?"))
    shown = {"message_id": post, "date": 1, "chat": GROUP, "from": ME, "text": "…"}
    helped.presses(data, **{"from": HELPER, "message": shown})
    kept = [one.record.labels for one in store.missed(9)]
    assert [(it.kind, it.text, it.entry_id) for (it,) in kept] == [
        (LabelKind.REPLIED, None, "closing"),
        (LabelKind.REPLIED, "order comes when it is dry.", None),
    ]


def test_a_reply_is_credited_to_the_question_of_the_post_it_replies_to(serve: Serve) -> None:
    """Though the person has asked something else since."""
    store = FakeStore()
    helped = serve(TelegramSettings(handoff_chat=TEAM), store)
    asks(helped, 2, "weather")
    first = post_of(helped)
    asks(helped, 2, "/person Unknown?")
    replies(helped, "It's sunny.", first)
    said = {one.record.text: [it.text for it in one.record.labels] for one in store.missed(9)}
    assert said == {"weather": ["It's sunny."], "Unknown?": []}


def test_what_a_person_is_asked_was_missed_and_a_person_alone_was_not(serve: Serve) -> None:
    store = FakeStore()
    settings = TelegramSettings(handoff_chat=TEAM, team_may_edit=True)
    helped = serve(settings, store)
    asks(helped, 2, "/person")
    assert EN.edit_new not in [label for label, _ in helped.keyboard()]
    asks(helped, 3, "/person weather")
    labels = [label for label, _ in helped.keyboard(-2)]
    assert {EN.edit_pick, EN.edit_new, EN.edit_ignore} <= {*labels}
    (one,) = store.missed(9)
    assert (one.record.text, one.record.decision.best) != (None, None)
    assert one.record.text == "weather"
    assert one.record.unknown is not None
