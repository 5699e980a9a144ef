"""The rules of the house, read off the imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "bot").rglob("*.py"))

# The longest matching prefix counts.
LAYERS = {
    "bot": 0,
    "bot.domain": 0,
    "bot.errors": 0,
    "bot.formatting": 0,
    "bot.logs": 0,
    "bot.texts": 0,
    "bot.files": 1,
    "bot.matching": 2,
    "bot.store": 2,
    "bot.choosing": 2,
    "bot.conversation": 3,
    "bot.topics": 2,
    "bot.app": 4,
    "bot.channels": 5,
    "bot.authoring": 5,
    "bot.tuning": 5,
    "bot.asking": 6,
    "bot.cli": 6,
    "bot.__main__": 6,
}
STRANGERS = ("bot.channels", "bot.authoring", "bot.tuning")
HOMES = {
    "yaml": ("bot/files/yamlfile.py",),
    "sentence_transformers": ("bot/matching/embedder_torch.py", "bot/matching/embedder_export.py"),
    "transformers": ("bot/matching/embedder_torch.py",),
    "torch": ("bot/matching/embedder_torch.py", "bot/matching/embedder_export.py"),
    "onnxruntime": ("bot/matching/embedder_onnx.py", "bot/matching/embedder_export.py"),
    "openvino": ("bot/matching/embedder_openvino.py",),
    "tokenizers": (
        "bot/matching/embedder_compiled.py",
        "bot/matching/embedder_export.py",
        "bot/matching/embedder_onnx.py",
    ),
    "huggingface_hub": ("bot/matching/weights.py",),
    "faiss": ("bot/matching/index.py",),
    "telegram": ("bot/channels/telegram/",),
    "aiohttp": ("bot/channels/telegram/",),
    "prometheus_client": ("bot/channels/telegram/",),
    "markdown_it": ("bot/formatting.py",),
    "sqlalchemy": ("bot/store/",),
    "cryptography": ("bot/store/",),
    "scipy": ("bot/tuning/binomial.py",),
    "matplotlib": ("bot/tuning/report/pictures.py",),
}
HEAVY = (
    "torch",
    "sentence_transformers",
    "transformers",
    "faiss",
    "huggingface_hub",
    "onnxruntime",
    "openvino",
    "tokenizers",
    "sklearn",
    "scipy",
    "tqdm",
    "matplotlib",
)


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
            yield node.module or ""


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_imports_point_strictly_down_or_stay_in_their_folder(path: Path) -> None:
    module = module_of(path)
    for target in imports(ast.parse(path.read_text("utf-8"))):
        if not target.startswith("bot."):
            continue
        same_folder = target.rsplit(".", 1)[0] == module.rsplit(".", 1)[0] and module.count(".") > 1
        below = layer(target) < layer(module)
        peers = layer(target) == layer(module) and layer(module) in {0, 2, 6}
        wings = [name for name in STRANGERS if target.startswith(name)]
        own_wing = any(module.startswith(name) for name in wings)
        assert below or same_folder or own_wing or peers, f"{module} imports {target}"


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_each_outside_library_is_imported_in_its_home_only(path: Path) -> None:
    place = path.relative_to(ROOT).as_posix()
    for target in imports(ast.parse(path.read_text("utf-8"))):
        homes = HOMES.get(target.split(".")[0])
        assert homes is None or place.startswith(homes), f"{place} imports {target}"


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_heavy_libraries_are_imported_inside_the_function_that_needs_them(path: Path) -> None:
    top_level = [
        node for node in ast.parse(path.read_text("utf-8")).body if not is_type_checking(node)
    ]
    statements = [node for node in top_level if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {target.split(".")[0] for node in statements for target in imports(node)}
    assert names.isdisjoint(HEAVY)
