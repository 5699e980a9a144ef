"""`index` of config.yaml: pgvector wants a database."""

from __future__ import annotations

from bot.files.config.settings import IndexKind
from tests.files.reading import problems_of, read


def test_pgvector_wants_a_database_of_postgresql() -> None:
    assert problems_of("threads: 1\nindex: pgvector\n") == [
        "config.yaml:2: index is pgvector, which wants a database in store.url. Name one there, "
        "such as postgresql+psycopg://faqbot@db.example.com/faqbot, or write index: faiss."
    ]
    found, problems = read("index: pgvector\nstore: {url: postgresql+psycopg://faqbot@db/faqbot}\n")
    assert (found.index, problems) == (IndexKind.PGVECTOR, [])


def test_an_index_nobody_knows_is_refused() -> None:
    assert problems_of("index: milvus\n") == [
        'config.yaml:1: index is "milvus"; faiss or pgvector is needed.'
    ]
