"""Groups that became supergroups."""

from __future__ import annotations

import pytest

from bot.channels.telegram.api.client import Delivery
from bot.service.health import Health

OLD, NEW, NEWER = -1, -1001, -1002


@pytest.mark.parametrize("steps", [[(OLD, NEW), (NEW, NEWER)], [(NEW, NEWER), (OLD, NEW)]])
def test_a_group_is_found_where_it_is_now_over_migrations_in_any_order(
    steps: list[tuple[int, int]],
) -> None:
    delivery = Delivery(Health(), None)
    assert delivery.present(OLD) == OLD
    for old, new in steps:
        delivery.follow(old, new)
    assert [delivery.present(chat) for chat in (OLD, NEW, NEWER)] == [NEWER] * 3


def test_a_migration_is_told_once_and_makes_no_circle(caplog: pytest.LogCaptureFixture) -> None:
    """Telegram tells it in two messages, and by refusing what is sent to the old group."""
    delivery = Delivery(Health(), None)
    for old, new in [(OLD, NEW)] * 3 + [(NEW, OLD), (OLD, OLD)]:
        delivery.follow(old, new)
    assert delivery.present(OLD) == NEW
    assert caplog.messages == [f"the group {OLD} is now the supergroup {NEW}"]


@pytest.mark.parametrize(
    ("team", "told"), [(OLD, [NEW, NEWER]), (NEW, [NEWER]), (-7, []), (None, [])]
)
def test_where_the_configuration_names_the_group_what_to_write_there_is_said_each_time(
    caplog: pytest.LogCaptureFixture, team: int | None, told: list[int]
) -> None:
    delivery = Delivery(Health(), team)
    delivery.follow(OLD, NEW)
    delivery.follow(NEW, NEWER)
    said = [line for line in caplog.messages if line.startswith("put")]
    assert said == [f"put {chat} into config.yaml as telegram.handoff_chat" for chat in told]
