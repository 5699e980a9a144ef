"""`unanswered`: what people asked in vain, and what would make the FAQ answer it."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import json
import logging
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from bot.commands.options import FINE, load_files
from bot.domain import KeepText
from bot.errors import BotError
from bot.files.atomic import write_whole

if TYPE_CHECKING:
    from bot.authoring.learning.show import Item
    from bot.files.config.settings import Settings
    from bot.service.admins.learning import Applied, Group, Learning, Proposal

logger = logging.getLogger(__name__)

HELP = "what people asked in vain, and what would answer it"
DESCRIPTION = (
    "Put together what the bot could not answer (“I don't know”, “none of these”, a 👎, a reply of "
    "the team), what most people asked first, and propose what would help. What would be added to "
    "the FAQ is tried in memory first. The bot may be running meanwhile: it reads the files again "
    "by itself."
)
_MOST_LISTED = 10  # groups; to prove what would help one takes seconds
_MOST_MISSED = 10_000  # messages, the newest
_MOST_PHRASINGS = 5  # of a new entry
_AGAIN = "To see what is proposed now: python -m bot unanswered"
_AGAIN_IGNORED = "To see what is ignored now: python -m bot unanswered --ignored"


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--min-people",
        type=_positive,
        default=2,
        metavar="N",
        help="list what at least so many different people asked (default 2)",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--apply", type=_positive, metavar="N", help="add what was proposed at this number"
    )
    what.add_argument(
        "--ignore", type=_positive, metavar="N", help="list what stands at this number no more"
    )
    what.add_argument("--ignored", action="store_true", help="list what is ignored instead")
    what.add_argument(
        "--heed", type=_positive, metavar="N", help="list again what --ignored has at this number"
    )
    what.add_argument(
        "--undo",
        type=_positive,
        nargs="?",
        const=0,
        metavar="EDIT",
        help="take back what was added last, or by the edit of this number",
    )
    parser.add_argument(
        "--answer", metavar="TEXT", help="with --apply: make it a new entry with this answer"
    )
    parser.add_argument("--json", action="store_true", help="list as one JSON object, for machines")


def run(options: argparse.Namespace) -> int:
    """List, or do what was asked for."""
    if options.answer is not None and options.apply is None:
        raise BotError("--answer goes with --apply, which says what is answered.")
    if options.answer is not None and not options.answer.strip():
        raise BotError("--answer is empty; it needs the answer's text.")
    if options.json and (_number(options) or options.undo is not None):
        raise BotError("--json goes with a list, and this prints none.")
    settings, faq = load_files(options)
    if options.undo is None:
        _require_words(settings)
    listing = _listing(settings, options)
    from bot.app import faq_learning
    from bot.matching.build import build_matcher

    bot = build_matcher(settings, faq)
    with closing(faq_learning(settings, lambda: bot, most_missed=_MOST_MISSED)) as learning:
        print(asyncio.run(_told(settings, learning, options, listing)), flush=True)
    return FINE


async def _told(
    settings: Settings, learning: Learning, options: argparse.Namespace, listing: _Listing | None
) -> str:
    """Do what was asked for, and say what was done."""
    if options.undo is not None:
        return _done(await learning.undo(options.undo or None, _who()))
    of_ignored = options.ignored or options.heed is not None
    least = options.min_people if listing is None else listing.min_people
    groups = await learning.groups(least, ignored=of_ignored)
    if listing is not None:
        number = _number(options)
        group, shown = _listed(listing, groups, number)
        if options.apply is not None:
            return _done(await _applied(settings, learning, group, shown, options))
        _ignore(settings, group, is_ignored=options.heed is None)
        if options.heed is None:
            return f"“{group.name}” is listed no more, nor is what asks the same."
        return f"“{group.name}” is listed again."
    if options.ignored:
        return _list_ignored(settings, groups[:_MOST_LISTED], options)
    return await _list(settings, learning, groups, options)


async def _list(
    settings: Settings, learning: Learning, groups: Sequence[Group], options: argparse.Namespace
) -> str:
    from bot.authoring.learning import show
    from bot.files.faq.load import load_faq

    numbered = enumerate(groups[:_MOST_LISTED], start=1)
    items = [await _item(learning, number, group) for number, group in numbered]
    keys = [(_key_of_group(item.group), _key_of_proposal(item.proposal)) for item in items]
    _note(settings, _LISTING, _Listing(options.min_people, keys))
    if options.json:
        return show.as_json(items, len(groups))
    if not items:
        return f"There is nothing that {options.min_people:,} people or more asked in vain."
    return show.as_text(items, load_faq(settings.faq, settings.thresholds), len(groups))


def _list_ignored(settings: Settings, groups: Sequence[Group], options: argparse.Namespace) -> str:
    from bot.authoring.learning import show

    items = [show.Item(number, group) for number, group in enumerate(groups, start=1)]
    keys = [(_key_of_group(group), "") for group in groups]
    _note(settings, _IGNORED, _Listing(options.min_people, keys))
    if options.json:
        return show.as_json(items, len(groups))
    return show.ignored(items) if items else "Nothing is ignored."


async def _item(learning: Learning, number: int, group: Group) -> Item:
    """A group, with what would be added, tried in memory."""
    from bot.authoring.learning.show import Item
    from bot.service.admins.learning import Advice, LearningError

    try:
        if group.advice is Advice.PHRASING:
            entry_id = group.entry_ids[0]
            added = await learning.propose_phrasing(group.texts[0], group.lang, entry_id)
            return Item(number, group, added)
        if group.advice is Advice.ENTRY and group.answer:
            return Item(number, group, await _new_entry(learning, group, group.answer))
    except LearningError as error:
        return Item(number, group, why_not=f"It cannot be added by itself: {error}")
    return Item(number, group)


async def _new_entry(learning: Learning, group: Group, answer: str) -> Proposal:
    question, *others = group.texts[: _MOST_PHRASINGS + 1]
    return await learning.propose_entry(question, answer, group.lang, others)


# --- what was listed: nothing else is done by a number ---

_LISTING, _IGNORED = "unanswered.json", "unanswered-ignored.json"


async def _applied(
    settings: Settings, learning: Learning, group: Group, shown: str, options: argparse.Namespace
) -> Applied:
    from bot.authoring.learning.show import ANSWERING, advice
    from bot.files.faq.load import load_faq

    number, answer = options.apply, options.answer
    if answer is not None:
        return await learning.apply(await _new_entry(learning, group, answer), _who())
    item = await _item(learning, number, group)
    if item.proposal is None:
        told = advice(item, load_faq(settings.faq, settings.thresholds))
        way = f" To answer it: {ANSWERING.format(number)}" if item.needs_answer else ""
        raise BotError(f"number {number} proposes nothing that could be added. {told}{way}")
    if _key_of_proposal(item.proposal) != shown:
        raise BotError(f"what would come of number {number} is not what was listed. {_AGAIN}")
    return await learning.apply(item.proposal, _who())


@dataclass(frozen=True, slots=True)
class _Listing:
    """What was listed.

    Attributes:
        min_people: that asked for each.
        keys: of each group, and of its proposal.
    """

    min_people: int
    keys: Sequence[tuple[str, str]]


def _note(settings: Settings, name: str, listing: _Listing) -> None:
    path = settings.cache / name
    try:
        write_whole(path, json.dumps(asdict(listing)).encode())
    except OSError as error:
        why = error.strerror or type(error).__name__
        logger.warning("the numbers below stand for nothing: %s cannot be written (%s)", path, why)


def _number(options: argparse.Namespace) -> int:
    """What something is to be done about; 0: nothing."""
    return int(options.apply or options.ignore or options.heed or 0)


def _listing(settings: Settings, options: argparse.Namespace) -> _Listing | None:
    """What was listed, where something is to be done about a number of it."""
    number, name, again = _number(options), _LISTING, _AGAIN
    if not number:
        return None
    if options.heed is not None:
        name, again = _IGNORED, _AGAIN_IGNORED
    try:
        listing = _Listing(**json.loads((settings.cache / name).read_bytes()))
    except (OSError, ValueError, TypeError):
        raise BotError(f"nothing was listed yet, so there is no number {number}. {again}") from None
    count = len(listing.keys)
    if number > count:
        told = {0: "nothing was", 1: "1 was"}.get(count, f"{count} were")
        raise BotError(f"there is no number {number}: {told} listed. {again}")
    return listing


def _listed(listing: _Listing, groups: Sequence[Group], number: int) -> tuple[Group, str]:
    """The group that stood at a number, as it still is, and the key of its proposal."""
    wanted, proposal = listing.keys[number - 1]
    found = next((group for group in groups if _key_of_group(group) == wanted), None)
    if found is None:
        raise BotError(f"what stood at number {number} has changed since it was listed. {_AGAIN}")
    return found, proposal


def _key_of_group(group: Group) -> str:
    """The same as long as a group is called the same and the same is proposed, whoever joins."""
    return _hash(group.decision_ids[0], group.name, group.advice, group.entry_ids, group.answer)


def _key_of_proposal(proposal: Proposal | None) -> str:
    """The same as long as the same would be written into the same FAQ."""
    if proposal is None:
        return ""
    its = proposal
    return _hash(its.state, its.adds, its.entry_id, its.text, its.answer, its.phrasings, its.path)


def _hash(*shown: object) -> str:
    # The first of each is long and random or computed, so that no word can be guessed from it.
    return sha256(repr(shown).encode("utf-8", "surrogatepass")).hexdigest()


def _ignore(settings: Settings, group: Group, *, is_ignored: bool = True) -> None:
    from bot.app import STORES

    store = STORES[settings.store.url.partition(":")[0]](settings)
    try:
        store.ignore(group.decision_ids, is_ignored=is_ignored)
    finally:
        store.close()


def _require_words(settings: Settings) -> None:
    """See that there is something to put together, before the model is loaded.

    Raises:
        BotError: no words are kept, the database cannot be read, or nothing was missed.
    """
    from bot.store.sql.engine import place_of
    from bot.store.sql.store import read_missed

    if settings.store.keep_text is KeepText.NONE:
        raise BotError(
            "store.keep_text is none, so nobody knows what was asked. Write unanswered, and the "
            "words of what the bot cannot answer are kept from then on."
        )
    missed = read_missed(settings.store.url, _MOST_MISSED)
    if not any(one.record.text for one in missed):
        where = place_of(settings.store.url)
        count = f"{len(missed):,} messages were missed, and the words of none are kept"
        raise BotError(f"{where}: {count if missed else 'nothing was missed yet'}.")


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name
        return "the command line"


def _done(applied: Applied) -> str:
    from bot.service.admins.learning import Adds

    kind = "a phrasing of" if applied.adds is Adds.PHRASING else "the entry"
    what = f"“{applied.text}” as {kind}"
    if applied.adds is Adds.CHANGE:
        what = "the change of"
    if applied.undoes is None:
        told = f"{applied.path}: added {what} {applied.entry_id}. To take it back: "
        told += f"python -m bot unanswered --undo {applied.number}"
    else:
        told = f"{applied.path}: took back {what} {applied.entry_id}."
    return "\n".join([told, *map(str, applied.remarks)])


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)
