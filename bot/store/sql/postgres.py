"""One database on a server of PostgreSQL, which may go away and come back, and which others use."""

from __future__ import annotations

import importlib.util
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from select import POLLIN, poll
from typing import Any, TypeVar

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Executable,
    NullPool,
    QueuePool,
    Row,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    DisconnectionError,
    IntegrityError,
    ProgrammingError,
    SQLAlchemyError,
)

from bot.errors import StoreError
from bot.store.shared import TABLES
from bot.store.sql.engine import SqlEngine, Values, as_json, found_by
from bot.store.sql.leases import telling
from bot.store.sql.schema import metadata, migrate, require_newest
from bot.store.store import RowError

logger = logging.getLogger(__name__)

T = TypeVar("T")

PASSWORD = "STORE_PASSWORD"  # noqa: S105  (a variable's name, not a password)
PASSWORD_FILE = "STORE_PASSWORD_FILE"  # noqa: S105
INSTALL = ".venv/bin/python -m pip install -r requirements-postgres.lock"

# Whoever waits longer is better told; of the server, in milliseconds, and of libpq, in seconds.
_SESSION = {
    "lock_timeout": 5_000,
    "statement_timeout": 60_000,  # a sweep after a long pause, or what is vacuumed
    "idle_in_transaction_session_timeout": 60_000,
    "synchronous_commit": "off",  # but for what is to outlast power cuts
}
_CONNECTION: Mapping[str, str | int] = {
    "connect_timeout": 3,
    "keepalives_idle": 5,  # a server that is gone without a word is noticed
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 5_000,
    "application_name": "faq-bot",
}
_SETS_UP = 0x6661_7162_6F74  # the advisory lock of whoever makes or changes the tables
# What comes back by itself: connections, resources, locks, a server that stops or starts, or that
# cannot be written, as a standby.
_PASSING = ("08", "40", "53", "55", "57", "25006")
# What the server says to whoever logs in, which a person has to mend; it comes without a code.
_MENDABLE = {
    "no password supplied": f"the server wants a password: put it in {PASSWORD}, or the path of a "
    f"file that holds it in {PASSWORD_FILE}",
    "password authentication failed": "the server refuses the user of store.url with the password "
    f"of {PASSWORD} or {PASSWORD_FILE}",
    "FATAL:  database": "the server has no such database: make it with createdb",
    "FATAL:  role": "the server does not know the user of store.url: make them with createuser",
}


class AwayError(StoreError):
    """The server cannot be asked now; it may come back by itself."""


class PostgresEngine(SqlEngine):
    """A database of the bot's own on a server.

    A connection is looked at before it is used, so that one which a restart has cut costs nothing.

    Args:
        url: postgresql+psycopg://user@host:port/database; what libpq knows may follow after a ?.
    Raises:
        StoreError: psycopg is not installed.
    """

    dialect = "postgresql"

    def __init__(self, url: str) -> None:
        self._engine = _engine(url, poolclass=QueuePool, pool_timeout=5)
        self._reading = _reading(self._engine)
        self._alone = _alone(self._engine)
        self._is_open = False

    def read(self) -> AbstractContextManager[Connection]:
        return self._begun(self._reading)

    @contextmanager
    def write(self, *, outlasts_power_cuts: bool = False) -> Iterator[Connection]:
        with self._begun(self._engine) as connection:
            if outlasts_power_cuts:
                connection.exec_driver_sql("SET LOCAL synchronous_commit TO on")
            yield connection

    def run(
        self, statement: Executable, values: Values = None, *, outlasts_power_cuts: bool = False
    ) -> Sequence[Row[Any]]:
        if outlasts_power_cuts:
            with self.write(outlasts_power_cuts=True) as connection:
                return found_by(connection, statement, values)
        with self._opened(), self._alone.connect() as connection:
            return found_by(connection, statement, values)

    def erase_for_good(self) -> None:
        """Vacuum the tables: what was erased is in no row, and its room is written over in time."""
        tables = ", ".join(metadata.tables)
        try:
            with self._opened(), self._alone.connect() as connection:
                connection.exec_driver_sql(f"VACUUM (INDEX_CLEANUP ON, SKIP_LOCKED) {tables}")
        except StoreError as error:
            logger.warning("what was erased is not vacuumed until the next sweep (%s)", error)

    def delete_copies(self, before: float) -> None:
        """There are none: whoever copies the database sees to the copies."""

    def close(self) -> None:
        self._is_open = False
        with suppress(SQLAlchemyError):
            self._engine.dispose()

    @contextmanager
    def _begun(self, engine: Engine) -> Iterator[Connection]:
        with self._opened(), engine.begin() as connection:
            yield connection

    @contextmanager
    def _opened(self) -> Iterator[None]:
        """Have it open, until something goes wrong."""
        try:
            with explained():
                if not self._is_open:
                    self._open()
                yield
        except RowError:
            raise
        except StoreError:
            self.close()
            raise

    def _open(self) -> None:
        """See that the newest tables are there; one of all who start at once makes them."""
        with self._engine.begin() as connection:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_SETS_UP})")
            if migrate(connection):
                connection.execute(telling(TABLES))
        self._is_open = True


def read_only(url: str, work: Callable[[Connection], T]) -> T:
    """See `engine.read_only`."""
    try:
        with explained(), _reading(_engine(url, poolclass=NullPool)).begin() as connection:
            require_newest(connection)
            return work(connection)
    except StoreError as error:
        raise StoreError(f"{place_of(url)}: {error}.") from None


def require_usable(url: str) -> None:
    """See `engine.require_usable`."""
    engine = PostgresEngine(url)
    try:
        with engine.read():
            pass
    except AwayError:
        pass
    except StoreError as error:
        raise StoreError(f"{place_of(url)}: {error}.") from None
    finally:
        engine.close()


def require_alone(url: str) -> None:
    """See `engine.require_alone`."""
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND application_name = current_setting('application_name')"
    )
    try:
        with explained(), _reading(_engine(url, poolclass=NullPool)).begin() as connection:
            number = connection.exec_driver_sql(others).scalar_one()
    except StoreError as error:
        raise StoreError(f"{place_of(url)}: {error}.") from None
    if number:
        raise StoreError(f"{place_of(url)} is open in another bot: stop all of them first.")


def place_of(url: str) -> str:
    """See `engine.place_of`."""
    whole = make_url(url)
    return URL.create(
        "postgresql", None, None, whole.host, whole.port, whole.database
    ).render_as_string()


# --- a connection --------------------------------------------------------------------------------


def _engine(url: str, **pool: Any) -> Engine:
    if importlib.util.find_spec("psycopg") is None:
        raise StoreError(f"store.url names PostgreSQL, and its driver is missing: {INSTALL}")
    whole = make_url(url)
    session = " ".join(f"-c {name}={value}" for name, value in _SESSION.items())
    given = {name: value for name, value in _CONNECTION.items() if name not in whole.query}
    if "options" in whole.query:
        session += f" {whole.query['options']}"
    made = create_engine(
        whole,
        connect_args={**given, "options": session},
        hide_parameters=True,
        json_serializer=as_json,
        **pool,
    )

    @event.listens_for(made, "do_connect")
    def add_password(dialect: Any, record: Any, args: Any, named: dict[str, Any]) -> None:
        password = _password(os.environ)  # read each time: it may have been changed
        if password is not None:
            named["password"] = password

    @event.listens_for(made, "checkout")
    def try_it(driver: Any, record: Any, proxy: Any) -> None:
        """A server that has ended, or hung up, has left something to be read: then it is asked."""
        try:
            if _has_said_something(driver):
                made.dialect.do_ping(driver)
        except made.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError(str(error)) from None

    return made


def alone(url: str) -> Engine:
    """Connections that nobody else uses, each statement of which is a transaction."""
    return _alone(transactions(url))


def transactions(url: str) -> Engine:
    """Connections that nobody else uses."""
    return _engine(url, poolclass=NullPool)


def _alone(engine: Engine) -> Engine:
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def _reading(engine: Engine) -> Engine:
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _has_said_something(driver: Any) -> bool:
    looking = poll()
    looking.register(driver.fileno(), POLLIN)
    return bool(looking.poll(0))


def _password(environment: Mapping[str, str]) -> str | None:
    """From the environment, or a file that it names; None: libpq looks where it always does."""
    password, file = environment.get(PASSWORD, ""), environment.get(PASSWORD_FILE, "")
    if password or not file:
        return password or None
    try:
        return Path(file).read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise StoreError(f"{PASSWORD_FILE} ({file}) cannot be read ({reason})") from None


# --- what goes wrong -----------------------------------------------------------------------------


@contextmanager
def explained() -> Iterator[None]:
    """Have every error be a StoreError, in words that a person understands."""
    try:
        yield
    except (OverflowError, UnicodeError) as error:
        raise RowError(f"the database cannot hold it: {error}") from None
    except (IntegrityError, DataError) as error:
        raise RowError(f"the database refuses it: {_first_line(error.orig)}") from None
    except DBAPIError as error:
        raise _explain(error) from None
    except SQLAlchemyError as error:
        raise StoreError(f"the database says: {_first_line(error)}") from None


def _explain(error: DBAPIError) -> StoreError:
    code, said = getattr(error.orig, "sqlstate", None), _first_line(error.orig)
    if code is None and isinstance(error, ProgrammingError):  # psycopg cannot write it at all
        return RowError(f"the database refuses it: {said}")
    if code is None:
        for words, meaning in _MENDABLE.items():
            if words in str(error.orig):
                return StoreError(meaning)
        return AwayError(f"the server cannot be reached: {said}")
    if code.startswith(_PASSING):
        return AwayError("the disk is full" if code == "53100" else f"the database says: {said}")
    return StoreError(f"the database says: {said}")


def _first_line(error: BaseException | None) -> str:
    return str(error).strip().partition("\n")[0]
