"""An entry that somebody wrote, whole, is tried, made, noted and taken back as all edits are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import FaqEntry
from bot.files.faq.load import load_faq
from bot.service.admins.learning import Adds, LearningError, Refusal, Written
from tests.authoring.learning.shop import FILE, Shop
from tests.authoring.learning.test_learning import refused
from tests.factories import LINES


async def test_an_entry_that_is_rewritten_is_served_noted_and_taken_back(shop: Shop) -> None:
    was = load_faq(shop.file.parent, LINES).by_id["parcel"]
    wanted = replace(was, phrasings=("is my parcel lost", "violet oak"), answer="Soon.")
    proposal = await shop.learning.propose_written(Written(wanted, was))
    assert proposal.content.decode() == shop.written.replace(
        "[parcel tracking, is my parcel lost]", "[is my parcel lost, violet oak]"
    ).replace("On its way.", "Soon.")
    done = await shop.learning.apply(proposal, "Anna")
    assert (done.adds, done.entry_id, shop.served) == (Adds.CHANGE, "parcel", 1)
    assert shop.bot.faq.by_id["parcel"] == wanted
    assert [(line["who"], line["adds"]) for line in shop.lines] == [("Anna", "change")]
    assert await shop.learning.made(was.question) is None
    await shop.learning.undo(done.number, "Ben")
    assert shop.written == FILE


async def test_what_an_admin_writes_stays_as_it_is_written(shop: Shop) -> None:
    entry = FaqEntry("", "Hello, is order #4471 a violet oak?", ("Hi there",), "Yes.", ("trees",))
    proposal = await shop.learning.propose_written(Written(entry))
    done = await shop.learning.apply(proposal, "Anna")
    found = shop.bot.faq.by_id[done.entry_id]
    assert found == replace(entry, id=done.entry_id)


async def test_what_was_rewritten_meanwhile_is_not_overwritten(shop: Shop) -> None:
    was = load_faq(shop.file.parent, LINES).by_id["parcel"]
    mine, theirs = replace(was, answer="Mine."), replace(was, answer="Theirs.")
    proposal = await shop.learning.propose_written(Written(mine, was))
    await shop.learning.apply(
        await shop.learning.propose_written(Written(theirs, was)), "Ben", despite=True
    )
    told = await refused(shop.learning.apply(proposal, "Anna"))
    assert told[0] is Refusal.CHANGED
    told = await refused(shop.learning.propose_written(Written(mine, was)))
    assert told[0] is Refusal.CHANGED
    assert "Theirs." in shop.written


async def test_a_mistake_in_what_somebody_wrote_names_the_key_it_stands_under(shop: Shop) -> None:
    was = load_faq(shop.file.parent, LINES).by_id["parcel"]
    with pytest.raises(LearningError) as error:
        await shop.learning.propose_written(Written(replace(was, related=("refunds",)), was))
    assert (error.value.refusal, error.value.key) == (Refusal.MISTAKE, "related")
