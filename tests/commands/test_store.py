"""`store upgrade`: the tables of this version, before any bot is started."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.commands.conftest import Run


def test_upgrade_makes_the_tables_and_the_key_and_changes_nothing_the_second_time(
    project: Path, run: Run
) -> None:
    path = project / "data" / "faq-bot.db"
    told = (0, "data/faq-bot.db has the tables of this version.\n", "")
    assert run("store", "upgrade") == told
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT count(*) FROM decisions").fetchone() == (0,)
    key = (project / "data" / "key").read_text()
    assert run("store", "upgrade") == told
    assert (project / "data" / "key").read_text() == key
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE schema_version SET version = 999")
    code, out, refused = run("store", "upgrade")
    assert (code, out) == (2, "")
    assert "is of version 999" in refused


def test_upgrade_names_no_file(project: Path, run: Run) -> None:
    assert run("store", "upgrade", "x") == (
        *(2, "", "store upgrade needs: python -m bot store upgrade\n"),
    )
