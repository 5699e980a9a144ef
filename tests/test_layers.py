"""The rules of the house, read off the imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent

# From the ground up; the longest matching prefix counts. A module imports what stands in a lower
# row or in its own folder; never a peer of its row.
ROWS = (
    ("bot.errors",),
    ("bot.domain.faq",),
    ("bot.domain.talk", "bot.domain.flip"),
    ("bot.domain", "bot.matching.mask"),
    (
        *("bot", "bot.formatting", "bot.gently", "bot.logs", "bot.lru", "bot.markup"),
        *("bot.office_hours", "bot.texts"),
    ),
    ("bot.network",),
    ("bot.files",),
    ("bot.files.config",),
    ("bot.files.faq", "bot.files.writing"),
    ("bot.files.project",),
    ("bot.matching.words.languages",),
    ("bot.matching.words",),
    ("bot.matching.arrays", "bot.store"),
    ("bot.matching.text",),
    ("bot.matching.language",),
    ("bot.matching.encoder", "bot.store.sql"),
    ("bot.matching.index", "bot.matching.traffic", "bot.store.async_store"),
    ("bot.matching.encoder.remote", "bot.store.sql.pgvector"),
    ("bot.matching.first_encoder",),
    ("bot.matching.score",),
    ("bot.matching.decide",),
    ("bot.matching.fingerprint", "bot.matching.policy_lock", "bot.matching.turns"),
    ("bot.matching.talk",),
    ("bot.matching.second_encoder",),
    ("bot.matching.decider",),
    ("bot.matching.matcher",),
    ("bot.matching.assembly",),
    ("bot.matching.build", "bot.matching.kept_files"),
    ("bot.conversation",),
    ("bot.service", "bot.labels"),
    ("bot.service.queue", "bot.service.http", "bot.service.visitors"),
    ("bot.service.admins",),
    ("bot.service.watch",),
    ("bot.service.serving", "bot.service.bots"),
    ("bot.authoring", "bot.channels", "bot.channels.http.widget", "bot.channels.telegram.api"),
    (
        "bot.authoring.transfer.programs",
        "bot.tuning.evaluate",
        "bot.authoring.learning",
        "bot.channels.http",
        "bot.channels.telegram.arrivals",
        "bot.channels.telegram.updates",
        "bot.channels.telegram.callback_data",
        "bot.channels.telegram.keyboard",
    ),
    ("bot.channels.telegram.handoff.records",),
    ("bot.channels.telegram.handoff.posting",),
    ("bot.channels.telegram.handoff.replying",),
    ("bot.authoring.transfer.formats", "bot.tuning.thresholds", "bot.channels.telegram.handoff"),
    ("bot.tuning.show", "bot.channels.telegram.editing", "bot.channels.telegram.visitors"),
    ("bot.tuning.report", "bot.channels.telegram.handlers"),
    ("bot.channels.telegram.channel",),
    ("bot.studio",),
    ("bot.app",),
    ("bot.app_bots",),
    ("bot.commands",),
    ("bot.cli",),
    ("bot.__main__",),
)
LAYERS = {name: row for row, names in enumerate(ROWS) for name in names}
CHANNELS = ("bot.channels.telegram", "bot.channels.http", "bot.channels.console")
WINGS = (*CHANNELS, "bot.tuning", "bot.authoring")
HOMES = {
    "yaml": (
        "bot/files/yamlfile.py",
        "bot/files/yaml_errors.py",
        "bot/files/writing/faq_writer.py",
    ),
    "sentence_transformers": (
        "bot/matching/encoder/torch.py",
        "bot/matching/encoder/onnx_export.py",
    ),
    "transformers": ("bot/matching/encoder/torch.py",),
    "torch": ("bot/matching/encoder/torch.py", "bot/matching/encoder/onnx_export.py"),
    "onnxruntime": ("bot/matching/encoder/onnx.py", "bot/matching/encoder/onnx_export.py"),
    "tokenizers": (
        "bot/matching/encoder/onnx_export.py",
        "bot/matching/encoder/onnx.py",
        "bot/matching/encoder/unigram.py",
    ),
    "onnx": (
        "bot/matching/encoder/onnx_export.py",
        "bot/matching/encoder/multilingual_export.py",
    ),
    "marisa_trie": ("bot/matching/encoder/unigram.py",),
    "huggingface_hub": ("bot/matching/encoder/weights.py",),
    "faiss": ("bot/matching/index.py",),
    "telegram": ("bot/channels/telegram/",),
    "httpx": ("bot/authoring/review/dead_links.py",),
    "aiohttp": (
        *("bot/service/http/http_server.py", "bot/service/http/asgi.py"),
        "bot/matching/encoder/remote/embeddings_api.py",
        "bot/channels/telegram/api/request.py",
    ),
    "fastapi": ("bot/channels/http/", "bot/studio/pages.py"),
    "nicegui": ("bot/studio/",),
    "engineio": ("bot/studio/pages.py",),
    "argon2": ("bot/studio/access.py",),
    "itsdangerous": ("bot/studio/access.py",),
    "starlette": ("bot/channels/http/",),
    "pydantic": ("bot/channels/http/",),
    "ruamel": ("bot/authoring/edit/",),
    "watchfiles": ("bot/service/watch/folder_watch.py",),
    "prometheus_client": ("bot/service/health.py",),
    "markdown_it": ("bot/markup/",),
    "openpyxl": ("bot/authoring/transfer/xlsx_file.py",),
    "selectolax": ("bot/authoring/transfer/html_tree.py",),
    "sqlalchemy": ("bot/store/",),
    "psycopg": ("bot/store/sql/postgres.py",),
    "alembic": ("bot/store/sql/migrations.py",),
    "cryptography": ("bot/store/",),
    "scipy": ("bot/tuning/evaluate/metrics.py",),
    "sklearn": (
        *("bot/matching/score/fit.py", "bot/tuning/thresholds/tune.py"),
        "bot/tuning/evaluate/metrics.py",
    ),
}
HEAVY = (
    "torch",
    "sentence_transformers",
    "transformers",
    "faiss",
    "huggingface_hub",
    "onnx",
    "onnxruntime",
    "tokenizers",
    "marisa_trie",
    "sklearn",
    "scipy",
    "tqdm",
    "openpyxl",
    "selectolax",
    "psycopg",
    "alembic",
)


@cache
def files() -> dict[Path, ast.Module]:
    """The modules of the bot."""
    paths = sorted((ROOT / "bot").rglob("*.py"))
    return {path: ast.parse(path.read_text("utf-8")) for path in paths}


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def layer(module: str) -> int:
    known = [name for name in LAYERS if module == name or module.startswith(name + ".")]
    best = max(known, key=len)
    assert best != "bot" or module == "bot", f"{module} has no layer: add it to LAYERS"
    return LAYERS[best]


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole path"
            assert node.module is not None
            folder = ROOT / node.module.replace(".", "/")
            modules = [a.name for a in node.names if (folder / f"{a.name}.py").is_file()]
            yield from (f"{node.module}.{name}" for name in modules)
            if len(modules) < len(node.names):
                yield node.module


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def violations(module: str, tree: ast.AST) -> Iterator[str]:
    """What a module imports and should not."""
    for target in imports(tree):
        if not target.startswith("bot."):
            continue
        same_folder = target.rsplit(".", 1)[0] == module.rsplit(".", 1)[0] and module.count(".") > 1
        below = layer(target) < layer(module)
        wing = next((name for name in WINGS if module.startswith(name)), None)
        others = [name for name in WINGS if name != wing and target.startswith(name)]
        if not (below or same_folder) or (wing is not None and others):
            yield f"{module} imports {target}"


def test_imports_point_strictly_down_or_stay_in_their_folder() -> None:
    found = [line for path, tree in files().items() for line in violations(module_of(path), tree)]
    assert found == []


def test_each_outside_library_is_imported_in_its_home_only() -> None:
    found = []
    for path, tree in files().items():
        place = path.relative_to(ROOT).as_posix()
        libraries = {target.split(".")[0] for target in imports(tree)} & HOMES.keys()
        found += [(place, name) for name in libraries if not place.startswith(HOMES[name])]
    assert found == []


def test_heavy_libraries_are_imported_inside_the_function_that_needs_them() -> None:
    found = []
    for path, tree in files().items():
        top_level = [node for node in tree.body if not is_type_checking(node)]
        statements = [node for node in top_level if isinstance(node, ast.Import | ast.ImportFrom)]
        names = {target.split(".")[0] for node in statements for target in imports(node)}
        found += [(module_of(path), name) for name in names & set(HEAVY)]
    assert found == []
