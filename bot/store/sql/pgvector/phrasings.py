"""The tables of phrasings and their vectors: how they are made, filled and cleared away.

They lie in a schema of their own, apart from what is remembered: all of it is computed from the
FAQ, and made anew where it is missing. For each model, and with the second encoder for each
language, there is a table of phrasings; an FAQ is a list of their numbers. So an edit writes what
is new and nothing else, and processes that serve the same FAQ, or the one before, share the rows.
"""

from __future__ import annotations

import hashlib
import logging
import struct
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection

from bot.errors import StoreError
from bot.matching.encoder.encoder import Vectors
from bot.matching.index import PhrasingVectors, Rows
from bot.store.sql.engine import clean
from bot.store.sql.postgres import AwayError, explained, place_of, transactions

logger = logging.getLogger(__name__)

SCHEMA = "faq_vectors"
_FORMAT = 1
_MAKES, _WRITES = 0x6661_7176_6563, 0x6661_7176_6564  # advisory locks
_KEPT = "1 day"  # that an FAQ stays which nobody has searched
# pgvector's own figures.
_GRAPH = "WITH (m = 16, ef_construction = 64)"
_WIDEST_GRAPH = 2_000  # dimensions: pgvector's limit
_WIDEST_ROW = 1_900  # dimensions that fit into a page beside a phrasing; wider ones lie elsewhere
_GRAPH_BYTES = 400  # of a phrasing, beside its vector
_MOST_MEMORY_MB = 2_048  # while it is built

_NOT_THERE = (
    "index: pgvector needs the extension vector, which the server of {place} does not have. "
    "Install pgvector there (https://github.com/pgvector/pgvector), or write index: faiss."
)
_TOO_OLD = (
    "index: pgvector needs version 0.5 or later of the extension vector in {place}. Update it "
    "there (ALTER EXTENSION vector UPDATE), or write index: faiss."
)
_MAY_NOT = (
    "index: pgvector needs {what} in {place}, which the user of store.url may not make. Have an "
    "administrator of the server run there:  {cure};  Or write index: faiss."
)


@dataclass(frozen=True, slots=True)
class Phrasings:
    """What is indexed, without its vectors.

    Attributes:
        texts: what the vectors are of.
        dim: of the vectors.
        digest: of all of them, in their order.
    """

    entry_ids: Sequence[str]
    phrasings: Sequence[str]
    texts: Sequence[str]
    dim: int
    digest: str = ""

    @classmethod
    def of(cls, faq: PhrasingVectors) -> Phrasings:
        """Those of an embedded FAQ."""
        bare = cls(faq.entry_ids, faq.phrasings, faq.texts, faq.vectors.shape[1])
        digest = hashlib.sha256(b"".join(bare.keys())).hexdigest()[:32]
        return cls(bare.entry_ids, bare.phrasings, bare.texts, bare.dim, digest)

    def keys(self) -> list[bytes]:
        """Of each row; no two are alike."""
        seen: Counter[tuple[str, str]] = Counter()
        keys = []
        for row in zip(self.entry_ids, self.phrasings, self.texts, strict=True):
            place = seen[row[:2]]  # the question of a translation may be a wording, too
            seen[row[:2]] += 1
            whole = "\0".join((*row, str(place)))
            keys.append(hashlib.sha256(whole.encode("utf-8", "surrogatepass")).digest())
        return keys


class PhrasingTable:
    """The table that holds an FAQ's phrasings, among others of the same model.

    Args:
        name: of the model, and of what else tells its vectors apart.
        held: the FAQ's phrasings.
        is_large: they are searched by a graph of neighbours, if that can be.
    Attributes:
        name: of the table.
        has_graph: whether they are.
    """

    def __init__(self, name: str, held: Phrasings, *, is_large: bool) -> None:
        whole = f"{_FORMAT} {name} {held.dim}"
        self._space = hashlib.sha256(whole.encode()).hexdigest()[:16]
        self._held = held
        self.name = f"{SCHEMA}.p_{self._space}"
        self.has_graph = is_large and held.dim <= _WIDEST_GRAPH

    def known_ids(self, connection: Connection) -> Rows | None:
        """The numbers of the FAQ's rows, in use from now on; None where they are not there."""
        found = connection.exec_driver_sql(
            f"UPDATE {SCHEMA}.faqs SET seen_at = now() "  # noqa: S608
            "WHERE space = %(space)s AND digest = %(digest)s RETURNING ids",
            {"space": self._space, "digest": self._held.digest},
        ).scalar()
        return None if found is None else _unpacked(found)

    def publish(self, url: str, vectors: Callable[[], Vectors]) -> Rows:
        """See that the FAQ's rows are there; their numbers.

        One process at a time does so. It takes as long as the writing of what is not there yet, or
        the building of a graph, whoever is at it.

        Args:
            vectors: gives all vectors, if some are to be written.
        Raises:
            StoreError: they cannot be written. AwayError: the server cannot be reached now.
        """
        with explained(), transactions(url).begin() as connection:
            for setting in ("lock_timeout", "statement_timeout"):
                connection.exec_driver_sql(f"SET LOCAL {setting} TO 0")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITES})")
            ids = self.known_ids(connection)
            if ids is None:
                ids = self._written(connection, vectors)
                self._clear_away(connection)
        return ids

    def _written(self, connection: Connection, vectors: Callable[[], Vectors]) -> Rows:
        """Write what is not there; the numbers of all rows."""
        run, keys = connection.exec_driver_sql, self._held.keys()
        storage = "STORAGE PLAIN" if self._held.dim <= _WIDEST_ROW else ""
        run(
            f"CREATE TABLE IF NOT EXISTS {self.name} (id integer PRIMARY KEY, "
            "key bytea NOT NULL, entry text NOT NULL, phrasing text NOT NULL, "
            f"vector vector({self._held.dim}) {storage} NOT NULL)"
        )
        every = run(f"SELECT key, id FROM {self.name}")  # noqa: S608
        known = {bytes(row.key): row.id for row in every}
        missing = [row for row, key in enumerate(keys) if key not in known]
        if missing:
            first = max(known.values(), default=0) + 1
            driver: Any = connection.connection.driver_connection
            columns = "id, key, entry, phrasing, vector"
            statement = f"COPY {self.name} ({columns}) FROM STDIN (FORMAT BINARY)"
            with driver.cursor() as cursor, cursor.copy(statement) as copy:
                for part in _copied(self._held, keys, vectors(), missing, first):
                    copy.write(part)
            known |= {keys[row]: number for number, row in enumerate(missing, first)}
        ids = np.array([known[key] for key in keys], "<i4")
        run(
            f"INSERT INTO {SCHEMA}.faqs (space, digest, ids) "  # noqa: S608
            "VALUES (%(space)s, %(digest)s, %(ids)s)",
            {"space": self._space, "digest": self._held.digest, "ids": ids.tobytes()},
        )
        if self.has_graph:
            self._build_graph(connection, len(known))
        run(f"ANALYZE {self.name}")
        return _unpacked(ids.tobytes())

    def _build_graph(self, connection: Connection, count: int) -> None:
        """Build the graph over all rows, unless there is one: that has rows added as they come."""
        graph = f"p_{self._space}_graph"
        run = connection.exec_driver_sql
        if run(f"SELECT to_regclass('{SCHEMA}.{graph}')").scalar() is not None:
            return
        logger.info("%d phrasings: the graph by which they are searched is built ...", count)
        needed_mb = count * (4 * self._held.dim + _GRAPH_BYTES) // 1_000_000 + 64
        run(f"SET LOCAL maintenance_work_mem TO '{min(needed_mb, _MOST_MEMORY_MB)}MB'")
        # More than one would need shared memory, of which containers have too little.
        run("SET LOCAL max_parallel_maintenance_workers TO 0")
        run(f"CREATE INDEX {graph} ON {self.name} USING hnsw (vector vector_ip_ops) {_GRAPH}")

    def _clear_away(self, connection: Connection) -> None:
        """Delete what nobody has searched for a day, whoever has written it."""
        run = connection.exec_driver_sql
        run(f"DELETE FROM {SCHEMA}.faqs WHERE seen_at < now() - interval '{_KEPT}'")  # noqa: S608
        used = set(run(f"SELECT DISTINCT space FROM {SCHEMA}.faqs").scalars())  # noqa: S608
        tables = "SELECT tablename FROM pg_tables WHERE schemaname = %(schema)s"
        for table in run(tables, {"schema": SCHEMA}).scalars().all():
            if table != "faqs" and table.removeprefix("p_") not in used:
                run(f"DROP TABLE {SCHEMA}.{table}")
        lists = f"SELECT ids FROM {SCHEMA}.faqs WHERE space = %(space)s"  # noqa: S608
        ids = [_unpacked(one) for one in run(lists, {"space": self._space}).scalars()]
        every = np.array(run(f"SELECT id FROM {self.name}").scalars().all(), np.int64)  # noqa: S608
        gone = np.setdiff1d(every, np.concatenate(ids))
        if len(gone):
            delete = f"DELETE FROM {self.name} WHERE id = ANY(%(ids)s::int[])"  # noqa: S608
            run(delete, {"ids": gone.tolist()})


def prepare(url: str, *, keeps: bool = True) -> None:
    """See that phrasings can be kept in a database.

    Args:
        keeps: what is made for it stays; else it is tried, and all is as before.
    Raises:
        StoreError: somebody has to mend something first; says what. AwayError: the server cannot be
            reached now.
    """
    place = place_of(url)
    with explained(), transactions(url).begin() as connection:
        run = connection.exec_driver_sql
        run(f"SELECT pg_advisory_xact_lock({_MAKES})")
        if run("SELECT 1 FROM pg_extension WHERE extname = 'vector'").scalar() is None:
            available = "SELECT 1 FROM pg_available_extensions WHERE name = 'vector'"
            if run(available).scalar() is None:
                raise StoreError(_NOT_THERE.format(place=place))
            made = "CREATE EXTENSION vector"
            _make(connection, made, what="the extension vector", place=place, cure=made)
        if run("SELECT 1 FROM pg_am WHERE amname = 'hnsw'").scalar() is None:
            raise StoreError(_TOO_OLD.format(place=place))
        if run("SELECT to_regnamespace(%(name)s)", {"name": SCHEMA}).scalar() is None:
            made = f"CREATE SCHEMA {SCHEMA}"
            database, user = run(
                "SELECT quote_ident(current_database()), quote_ident(current_user)"
            ).one()
            cure = f"GRANT CREATE ON DATABASE {database} TO {user}"
            _make(connection, made, what=f"the schema {SCHEMA}", place=place, cure=cure)
        run(
            f"CREATE TABLE IF NOT EXISTS {SCHEMA}.faqs (space text, digest text, "
            "ids bytea NOT NULL, seen_at timestamptz NOT NULL DEFAULT now(), "
            "PRIMARY KEY (space, digest))"
        )
        if not keeps:
            connection.rollback()


def _make(connection: Connection, statement: str, **told: str) -> None:
    """Make something, or else say what to do."""
    try:
        with explained():
            connection.exec_driver_sql(statement)
    except AwayError:
        raise
    except StoreError:
        raise StoreError(_MAY_NOT.format(**told)) from None


def _unpacked(ids: bytes) -> Rows:
    return np.frombuffer(ids, "<i4").astype(np.int64)


def _copied(
    held: Phrasings, keys: Sequence[bytes], vectors: Vectors, rows: Sequence[int], first: int
) -> Iterator[bytes]:
    """Rows in the binary form of COPY, with vectors in pgvector's: the number of dimensions, two
    bytes of nothing, and floats of 32 bits; all in network byte order."""
    yield b"PGCOPY\n\xff\r\n\0" + bytes(8)
    vector_head = struct.pack("!iHH", 4 + 4 * held.dim, held.dim, 0)
    for number, row in enumerate(rows, first):
        fields = keys[row], _text(held.entry_ids[row]), _text(held.phrasings[row])
        yield b"".join(
            (
                struct.pack("!hii", 5, 4, number),
                *(struct.pack("!i", len(field)) + field for field in fields),
                *(vector_head, vectors[row].astype(">f4").tobytes()),
            )
        )
    yield struct.pack("!h", -1)


def _text(text: str) -> bytes:
    return clean(text).encode()
