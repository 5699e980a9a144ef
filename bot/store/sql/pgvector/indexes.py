"""Phrasings that are searched in PostgreSQL, by its extension pgvector.

Up to `LARGEST_EXACT` phrasings it compares a message with each, and the result is exact. From there
on it goes by a graph of neighbours (HNSW; Malkov and Yashunin 2016). Where the phrasings lie is
said in `phrasings`.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any
from weakref import WeakSet

import numpy as np
from sqlalchemy import Connection, Row

from bot.errors import SearchError, StoreError
from bot.matching.encoder.encoder import Vectors
from bot.matching.index import Mask, Nearest, PhrasingVectors, Rows, VectorIndex
from bot.store.sql.pgvector.phrasings import Phrasings, PhrasingTable, prepare
from bot.store.sql.postgres import AwayError, alone, explained, place_of

logger = logging.getLogger(__name__)

# To look at `_LOOKED_AT` of the graph takes as long as to compare with 20,000 to 50,000.
LARGEST_EXACT = 50_000
_TOUCHED_S = 3_600.0  # that what is searched is told to be in use
_QUICK_S = 1.0  # a connection that breaks sooner was cut, and is worth a second try at once
_PAUSES_S = (0.5, 1.0, 2.0, 5.0, 10.0)  # between tries to reach the server; the last one stays
_SPARE = 16  # rows that are asked for beside those wanted: some may be of another FAQ
_WIDER = 4
# Phrasings that a search by the graph looks at, the most that pgvector allows. With them it finds
# 99 % of the 50 nearest of 100,000 (`bench.pgvector`).
_LOOKED_AT = 1_000
_SESSION = (
    "statement_timeout TO 2000",
    "jit TO off",  # it takes longer than the search
    "max_parallel_workers_per_gather TO 0",  # so do others, to begin with
    f"hnsw.ef_search TO {_LOOKED_AT}",
)


class PostgresIndexes:
    """`Indexes` on a server of PostgreSQL; may be used from any thread.

    Where the server is away, a thread of its own goes on trying to reach it, and sees that all
    that is searched is there; until then `SearchError` is raised at once.

    Args:
        url: the database's address.
        may_wait: a server that is away is waited for; else that is an error.
    Raises:
        StoreError: somebody has to mend something first.
    """

    are_elsewhere = True

    def __init__(self, url: str, *, may_wait: bool = True) -> None:
        self.place = place_of(url)
        self.url = url
        self._searching = threading.Lock()
        self._connection: Connection | None = None
        self._touched_at = 0.0
        self._state = threading.Lock()
        self._made: WeakSet[PostgresIndex] = WeakSet()
        self._away: str | None = None  # why the server cannot be searched
        self._is_closed = threading.Event()
        try:
            prepare(url)
        except AwayError as error:
            if not may_wait:
                raise StoreError(f"index: {self.place} cannot be searched: {error}") from error
            self._is_away(error)
        logger.info("phrasings are searched in %s", self.place)

    def make(
        self, name: str, faq: PhrasingVectors, again: Callable[[], PhrasingVectors]
    ) -> VectorIndex:
        """See `Indexes.make`.

        Raises:
            StoreError: the phrasings cannot be written; that the server is away is none of it.
        """
        made = PostgresIndex(self, name, faq, again)
        with self._state:  # whoever brings all back sees it, or is done
            self._made.add(made)
            is_away = self._away is not None
        try:
            if not is_away:
                made.publish(faq.vectors)
        except AwayError as error:
            self._is_away(error)
        except StoreError as error:
            raise StoreError(f"index: {self.place} cannot be written: {error}") from error
        return made

    def ask(self, statement: str, values: Mapping[str, object]) -> Sequence[Row[Any]]:
        """What a statement finds.

        Raises:
            SearchError: the server cannot be asked now.
        """
        with self._searching:
            if self._away is not None:
                raise self._unsearchable(self._away)
            started = time.monotonic()
            while True:
                may_be_cut = self._connection is not None
                try:
                    with explained():
                        return self._connected().exec_driver_sql(statement, values).all()
                except StoreError as error:
                    self._disconnect()
                    if not may_be_cut or time.monotonic() - started > _QUICK_S:
                        self._is_away(error)
                        raise self._unsearchable(str(error)) from error

    def close(self) -> None:
        """Let go of the server; nothing can be searched any more."""
        self._is_closed.set()
        with self._searching:
            self._away = self._away or "the bot ends"
            self._disconnect()

    def _connected(self) -> Connection:
        """The connection, once it is known that all that is searched is there.

        Raises:
            StoreError: it is not, or the server cannot be reached.
        """
        now, connection = time.monotonic(), self._connection
        if connection is None:
            connection = self._connection = alone(self.url).connect()
            for setting in _SESSION:
                connection.exec_driver_sql(f"SET {setting}")
            self._touched_at = -math.inf
        if now - self._touched_at > _TOUCHED_S:
            if not all(made.touch(connection) for made in self._all_made()):
                raise StoreError("the phrasings are gone from the database")
            self._touched_at = now
        return connection

    def _all_made(self) -> list[PostgresIndex]:
        with self._state:
            return list(self._made)

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception), explained():
                connection.close()

    def _unsearchable(self, reason: str) -> SearchError:
        return SearchError(f"index: {self.place} cannot be searched: {reason}")

    # --- while it is away ------------------------------------------------------------------------

    def _is_away(self, error: StoreError) -> None:
        with self._state:
            if self._away is not None:
                return
            self._away = str(error)
        logger.error(
            "index: %s cannot be searched: %s; until it can, people are told that nothing can be "
            "looked up right now",
            *(self.place, error),
        )
        threading.Thread(target=self._bring_back, name="pgvector", daemon=True).start()

    def _bring_back(self) -> None:
        tries = 0
        while not self._is_closed.wait(_PAUSES_S[min(tries, len(_PAUSES_S) - 1)]):
            tries += 1
            try:
                prepare(self.url)
                for made in self._all_made():
                    made.publish()
            except StoreError as error:
                logger.debug("index: %s: %s", self.place, error)
                continue
            with self._state:
                if not all(made.is_published for made in self._made):
                    continue  # one was made meanwhile
                self._away = None
            logger.info("index: %s can be searched again", self.place)
            return


class PostgresIndex:
    """A `VectorIndex` over phrasings that lie on a server; made by `PostgresIndexes`."""

    def __init__(
        self,
        home: PostgresIndexes,
        name: str,
        faq: PhrasingVectors,
        again: Callable[[], PhrasingVectors],
    ) -> None:
        self._home = home
        self._again = again
        is_large = len(faq) > LARGEST_EXACT
        self._table = PhrasingTable(name, Phrasings.of(faq), is_large=is_large)
        self._ids: Rows = np.zeros(0, np.int64)  # of each row, in the table
        self._sorted = self._ids, self._ids  # they, and the row of each

    @property
    def is_published(self) -> bool:
        """Whether its phrasings are in the table, as far as is known."""
        return len(self._ids) > 0

    def publish(self, vectors: Vectors | None = None) -> None:
        """See that its phrasings are in the table; see `PhrasingTable.publish`.

        Args:
            vectors: theirs; None: they are fetched if they are wanted.
        """
        ids = self._table.publish(
            self._home.url, lambda: self._again().vectors if vectors is None else vectors
        )
        order = np.argsort(ids)
        self._sorted = ids[order], order
        self._ids = ids

    def touch(self, connection: Connection) -> bool:
        """Tell that its phrasings are in use; False where they are not there."""
        return not self.is_published or self._table.known_ids(connection) is not None

    def search(self, vector: Vectors, k: int, kept: Mask | None = None) -> Nearest:
        """Find the nearest rows; see `VectorIndex.search`.

        Raises:
            SearchError: the server cannot be asked now.
        """
        limit = (k if kept is None else 2 * k) + _SPARE
        while True:
            by_graph = self._table.has_graph and limit <= _LOOKED_AT
            # PostgreSQL goes by the graph only where the order is word for word the graph's.
            order = "vector <#> %(vector)s::vector" if by_graph else "cosine DESC"
            cosines, rows = self._found(vector, f"ORDER BY {order} LIMIT {limit}")
            is_all = not by_graph and len(rows) < limit
            is_wanted = rows >= 0 if kept is None else (rows >= 0) & kept[rows]
            cosines, rows = cosines[is_wanted], rows[is_wanted]
            if len(rows) >= k or is_all:
                best = np.lexsort((rows, -cosines))[:k]
                return Nearest(cosines[best], rows[best])
            limit *= _WIDER

    def cosines(self, vector: Vectors, rows: Rows) -> Vectors:
        """See `VectorIndex.cosines`.

        Raises:
            SearchError: the server cannot be asked now.
        """
        wanted = {"ids": self._ids[rows].tolist()}
        cosines, found = self._found(vector, "WHERE id = ANY(%(ids)s::int[])", wanted)
        by_row = dict(zip(found.tolist(), cosines.tolist(), strict=True))
        return np.array([by_row[row] for row in rows.tolist()], np.float32)

    def _found(
        self, vector: Vectors, which: str, values: Mapping[str, object] | None = None
    ) -> tuple[Vectors, Rows]:
        """Cosines, and the numbers of their rows; -1 for phrasings of other FAQs."""
        found = self._home.ask(
            "SELECT id, -(vector <#> %(vector)s::vector) AS cosine "  # noqa: S608
            f"FROM {self._table.name} {which}",
            {"vector": str(vector.tolist()), **(values or {})},  # exact to the last bit
        )
        ids = np.array([row.id for row in found], np.int64)
        cosines = np.array([row.cosine for row in found], np.float32)
        known, rows = self._sorted
        places = np.minimum(np.searchsorted(known, ids), len(known) - 1)
        return cosines, np.where(known[places] == ids, rows[places], -1)
