"""Composition: settings and FAQ → the running parts, chosen by name from the tables below.

Nothing below this file knows it. How a model is run, the other plug point, is chosen by
`bot.matching.encoder.load`.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from bot import logs
from bot.channels.telegram.api.token import read_token
from bot.domain import Faq
from bot.errors import StoreError
from bot.files.config.settings import IndexKind, Settings
from bot.files.project import Project
from bot.matching.build import AT_ONCE, Matcher, Turns, build_matcher
from bot.matching.index import IN_MEMORY, Indexes
from bot.store.async_store import AsyncStore
from bot.store.store import Record, Store

if TYPE_CHECKING:
    from bot.authoring.learning.learning import FaqLearning
    from bot.service.health import Health
    from bot.service.live import Live
    from bot.service.replicas import Replicas
    from bot.service.serving import Channel, Parts, Serving
    from bot.service.watch.folder_watch import FolderWatch
    from bot.service.watch.shared_faq import SharedFaq
    from bot.service.worker import Worker
    from bot.store.session import Session

# A hot reload computes beside the messages. Whenever one of them has waited for anything, it waits
# for its turn as well: Python's own 5 ms, a dozen times, would be felt.
SWITCH_S = 0.0005
_MOST_WORDS = 1_000  # messages that an edit of the FAQ is held against, the newest
_LOOK_S = 5.0  # that a start waits for the memory


def open_store(settings: Settings) -> AsyncStore:
    """What the bot remembers, as it is configured; it is opened on a thread of its own."""
    scheme = settings.store.url.partition(":")[0]
    return AsyncStore(partial(STORES[scheme], settings), is_shared=settings.store.is_shared)


def indexes_of(settings: Settings, *, may_wait: bool = True) -> Indexes:
    """Where phrasings are searched, as it is configured; to be closed.

    Args:
        may_wait: a database that is away is waited for, and the rest goes on meanwhile.
    Raises:
        StoreError: in the database they cannot be, until somebody mends something.
    """
    return INDEXES[settings.index](settings, may_wait)


def replicas_of(settings: Settings) -> Replicas:
    """The processes that may share the memory with this one."""
    from bot.service.replicas import Replicas
    from bot.store.sql.engine import file_of
    from bot.store.sql.pseudonyms import Pseudonyms

    kept = settings.store
    if file_of(kept.url) is not None:
        return Replicas()

    def open_session(name: str) -> Session:
        from bot.store.sql.session import PostgresSession

        return PostgresSession(kept.url, Pseudonyms.load(kept.key_file), name)

    return Replicas(open_session)


def require_questions(store: AsyncStore, settings: Settings, accepted: int) -> None:
    """See that the questions that wait can be read: nobody would know of those that cannot.

    A memory that cannot be looked into keeps nobody from starting.

    Args:
        accepted: so many may be lost; they are given up.
    Raises:
        StoreError: more were sealed with another key.
    """
    from bot.store.sql.engine import place_of

    try:
        lost = store.lost().result(_LOOK_S)
    except (StoreError, TimeoutError):
        return
    if lost > accepted:
        number = f"{lost} questions wait" if lost > 1 else "1 question waits"
        raise StoreError(
            f"{number} in {place_of(settings.store.url)} and cannot be read with the key "
            f"{settings.store.key_file}. Put the old key back there; or, if it is lost, "
            f"start once with: python -m bot run --accept-lost-questions {lost}"
        )
    if lost:
        store.give_up_lost()


def serve(
    names: Sequence[str],
    settings: Settings,
    faq: Faq,
    project: Project,
    environment: Mapping[str, str],
    accepted_losses: int,
) -> None:
    """Serve channels in one process until it is told to stop.

    Args:
        names: of the table below.
        accepted_losses: see `require_questions`.
    Raises:
        BotError: the parts cannot be built, or a channel cannot start.
    """
    from bot.service.serving import Serving

    sys.setswitchinterval(SWITCH_S)
    serving = Serving(settings, environment)
    channels = [CHANNELS[name](settings, environment) for name in names]
    with closing(open_safely(settings, accepted_losses)) as store:
        _serve(serving, channels, store, settings, faq, project)


def serve_beside(
    channel: Channel,
    settings: Settings,
    faq: Faq,
    project: Project,
    environment: Mapping[str, str],
) -> None:
    """Serve one channel until it is told to stop; another process may serve the same bot.

    Raises:
        BotError: the parts cannot be built, or the channel cannot start.
    """
    from bot.service.serving import Serving
    from bot.store.sql.engine import require_usable

    # /metrics and what waits are the other process's.
    serving = Serving(replace(settings, monitoring_port=None), environment)
    require_usable(settings.store.url)
    _require_key(settings)
    with closing(open_store(settings)) as store:
        _serve(serving, [channel], store, settings, faq, project)


def _serve(
    serving: Serving,
    channels: Sequence[Channel],
    store: AsyncStore,
    settings: Settings,
    faq: Faq,
    project: Project,
) -> None:
    from bot.service.health import Health
    from bot.service.live import Live
    from bot.service.serving import Bot
    from bot.service.source import Files
    from bot.service.watch.shared_faq import SharedFaq
    from bot.service.worker import Worker

    health = Health()
    replicas = replicas_of(settings)
    shared = SharedFaq(project, store, replicas) if store.is_shared else None
    if shared is not None:
        settings, faq = shared.begin() or (settings, faq)
    with closing(indexes_of(settings)) as indexes, closing(Worker()) as worker:
        # Built on the worker, so that torch and FAISS start their threads from one place only.
        # Nothing but `live` holds the matcher, which goes when the FAQ is read anew.
        built = worker.submit(build_matcher, settings, faq, AT_ONCE, indexes, may_wait=True)
        live = Live(built.result(), shared or Files(project.load), worker, store, health)
        del built
        with parts_of(settings, project, live, store, health, worker, replicas, shared) as parts:
            serving.run(Bot(channels, parts))


@contextmanager
def parts_of(
    settings: Settings,
    project: Project,
    live: Live,
    store: AsyncStore,
    health: Health,
    worker: Worker,
    replicas: Replicas,
    shared: SharedFaq | None,
    folders: FolderWatch | None = None,
) -> Iterator[Parts]:
    """What the channels of one bot work with.

    Args:
        folders: see `FileWatch`.
    """
    from bot.service.serving import Parts
    from bot.service.watch.file_watch import FileWatch

    learns = faq_learning(settings, lambda: live.matcher, worker, live.catch_up, shared)
    with closing(learns) as learning:
        files = FileWatch(project, live, folders)
        yield Parts(live, store, health, files, learning, worker, replicas, shared)


def channels_of(settings: Settings, token: str | None) -> list[str]:
    """The channels that a bot has, by their names in `CHANNELS`."""
    if token is not None:
        logs.hide(token)
    wanted = {"telegram": token, "http": settings.http, "studio": settings.studio}
    return [name for name, there in wanted.items() if there]


def open_safely(settings: Settings, accepted_losses: int = 0) -> AsyncStore:
    """Open what the bot remembers, once it is known that nobody has to mend something first.

    Raises:
        StoreError: somebody has to; see `require_usable`, the key, and `require_questions`.
    """
    from bot.store.sql.engine import require_usable

    require_usable(settings.store.url)
    _require_key(settings)
    store = open_store(settings)
    try:
        require_questions(store, settings, accepted_losses)
    except StoreError:
        store.close()
        raise
    return store


def faq_learning(
    settings: Settings,
    served: Callable[[], Matcher],
    turns: Turns = AT_ONCE,
    serve: Callable[[], Awaitable[str | None]] | None = None,
    shared: SharedFaq | None = None,
    most_missed: int = _MOST_WORDS,
) -> FaqLearning:
    """What makes the FAQ better out of what the store remembers.

    Args:
        served: gives what decides now.
        turns: where its encoders may be used.
        serve: see `FaqLearning`; None: whoever serves sees it by itself.
        shared: what replicas serve, where there are some.
        most_missed: so many messages are put together, the newest.
    """
    from bot.authoring.learning.audit import Audit
    from bot.authoring.learning.learning import FaqLearning, serve_nothing
    from bot.files.writing.rewrite import hindrance
    from bot.store.sql.engine import file_of
    from bot.store.sql.store import read_missed, read_words

    url = settings.store.url

    def log() -> Sequence[Record]:
        try:
            return read_words(url, _MOST_WORDS)
        except StoreError:
            return ()

    beside = file_of(url) or settings.store.key_file
    audit, missed = Audit(beside.parent), partial(read_missed, url, most_missed)
    told = hindrance if shared is None else shared.hindrance
    return FaqLearning(served, log, audit, turns, serve or serve_nothing, missed, told)


def chat(settings: Settings, faq: Faq, project: Project) -> None:
    """A chat in the terminal, to the end of what is read."""
    from bot.channels.console import ConsoleChannel
    from bot.service.worker import Worker

    with closing(indexes_of(settings, may_wait=False)) as indexes, closing(Worker()) as worker:
        matcher = build_matcher(settings, faq, indexes=indexes)
        ConsoleChannel(matcher, project, worker, sys.stdin, sys.stdout).serve()


def _telegram(settings: Settings, environment: Mapping[str, str]) -> Channel:
    from bot.channels.telegram.channel import TelegramChannel

    return TelegramChannel(
        settings, read_token(environment, settings.token_file) or "", environment
    )


def _http(settings: Settings, environment: Mapping[str, str]) -> Channel:
    from bot.channels.http.channel import HttpChannel

    return HttpChannel(settings)


def _studio(settings: Settings, environment: Mapping[str, str]) -> Channel:
    from bot.studio.channel import StudioChannel

    return StudioChannel(settings)


def _require_key(settings: Settings) -> None:
    """See that all who share a database have one key.

    Raises:
        OtherKeyError: this one has another.
    """
    from bot.store.sql.keys import OtherKeyError, pseudonyms_of

    if not settings.store.is_shared:
        return
    try:
        pseudonyms_of(settings.store.url, settings.store.key_file)
    except OtherKeyError:
        raise
    except StoreError:
        pass  # it is seen again whenever the store is opened


def _sql_store(settings: Settings) -> Store:
    from bot.store.sql.keys import pseudonyms_of
    from bot.store.sql.store import SqlStore

    kept = settings.store
    pseudonyms = pseudonyms_of(kept.url, kept.key_file)
    return SqlStore(kept.url, pseudonyms, kept.keep_text, kept.retention_days)


def _in_memory(settings: Settings, may_wait: bool) -> Indexes:
    return IN_MEMORY


def _in_postgres(settings: Settings, may_wait: bool) -> Indexes:
    from bot.store.sql.pgvector.indexes import PostgresIndexes

    return PostgresIndexes(settings.store.url, may_wait=may_wait)


# Each raises a `BotError` where the channel cannot start.
CHANNELS: Mapping[str, Callable[[Settings, Mapping[str, str]], Channel]] = {
    "telegram": _telegram,
    "http": _http,
    "studio": _studio,
}
# By the scheme of store.url.
STORES = {"sqlite": _sql_store, "postgresql+psycopg": _sql_store}
INDEXES: Mapping[IndexKind, Callable[[Settings, bool], Indexes]] = {
    IndexKind.FAISS: _in_memory,
    IndexKind.PGVECTOR: _in_postgres,
}
