"""python -m bench.remote: does a server that nobody here wrote decide as the model on this machine?

Infinity (infinity-emb, MIT) serves all-MiniLM-L6-v2 from the weights that come with the bot, in an
environment of its own, its telemetry off. Every utterance of the shop's labelled set and of the
sets of FOLDER is decided on twice by `ask --json`: with `encoder: onnx`, and with `encoder: remote`
and nothing of the model here but its tokenizer, so that nothing can stand in for the server.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from bench import command
from bench.decisions import KINDS, Row, ask, compare, questions_of
from bench.sets import check_names
from bot.errors import BotError
from bot.files.config.settings import Settings
from bot.matching.encoder.weights import find_model
from bot.tuning.show.tables import Cell, table

ROOT = Path(__file__).parent.parent
NAME = Settings().model
_SERVER = "infinity-emb[server,torch]==0.0.78"
_QUIET = {"DO_NOT_TRACK": "1", "INFINITY_ANONYMOUS_USAGE_STATS": "0", "HF_HUB_OFFLINE": "1"}
_TORCH_INDEX = "https://download.pytorch.org/whl/cpu"
_START_S = 900.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve, ask, compare and print."""
    parser = command.OneLineParser(prog="python -m bench.remote", description=__doc__)
    add = parser.add_argument
    add("--data", type=Path, metavar="FOLDER", help="holds the sets; without it the shop's alone")
    add("--sets", type=command.names, metavar="A,B", help="only these (default: all)")
    add("--every", type=command.positive, default=1, metavar="N", help="one utterance in N")
    add("--environment", type=Path, metavar="FOLDER", help="Infinity's, kept for the next time")
    add("--url", help="of a server that runs already, in place of Infinity")
    add("--name", default=NAME, help=f"what {NAME} is called there")
    return command.guarded(partial(_run, parser.parse_args(arguments)))


def _run(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-remote-") as name:
        folder = Path(name)
        if options.url is not None:
            _compare(options, folder, options.url)
            return
        environment = options.environment or folder / "infinity"
        _install(environment)
        with _infinity(environment) as url:
            _compare(options, folder, url)


def _install(environment: Path) -> None:
    """Make an environment with Infinity, unless there is one."""
    if (environment / "ready").exists():
        return
    print(f"installing {_SERVER} in {environment}: some minutes ...", file=sys.stderr, flush=True)
    pins = (ROOT / "requirements.txt").read_text("utf-8").split()
    torch = next(word for word in pins if word.startswith("torch=="))
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    _done([sys.executable, "-m", "venv", "--clear", str(environment)])
    # PyPI's torch brings gigabytes of CUDA along, so that without CUDA comes first and alone.
    with suppress(BotError):
        _done([*pip, "--no-deps", "--retries", "1", "--index-url", _TORCH_INDEX, torch])
    _done([*pip, "--no-deps", torch])
    _done([*pip, _SERVER, torch])
    (environment / "ready").touch()


def _done(arguments: Sequence[str]) -> None:
    """Run a command.

    Raises:
        BotError: it failed.
    """
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BotError(f"{' '.join(arguments[-3:])} failed: {done.stderr.strip()[-500:]}")


@contextmanager
def _infinity(environment: Path) -> Iterator[str]:
    """Infinity while this holds; its address.

    Raises:
        BotError: it does not start.
    """
    port = _free_port()
    arguments = [
        *(environment / "bin" / "infinity_emb", "v2", "--host", "127.0.0.1", "--port", port),
        *("--model-id", find_model(NAME).path, "--served-model-name", NAME, "--url-prefix", "/v1"),
        *("--engine", "torch", "--device", "cpu", "--no-bettertransformer", "--no-model-warmup"),
    ]
    log = environment / "infinity.log"
    with log.open("wb") as stream:
        server = subprocess.Popen(
            list(map(str, arguments)), env=os.environ | _QUIET, stdout=stream, stderr=stream
        )
    try:
        until = time.monotonic() + _START_S
        while not _answers(f"http://127.0.0.1:{port}/health"):
            if server.poll() is not None or time.monotonic() > until:
                raise BotError(f"Infinity does not start; see {log}")
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait()


def _free_port() -> int:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _compare(options: argparse.Namespace, folder: Path, url: str) -> None:
    bare, weights = folder / "tokenizer", find_model(NAME).path
    shutil.copytree(weights, bare, ignore=shutil.ignore_patterns("*.safetensors", "config.json"))
    own, there = folder / "onnx.yaml", folder / "remote.yaml"
    own.write_text(f"cache: {folder / 'own'}\nencoder: onnx\n", "utf-8")
    there.write_text(
        f"cache: {folder / 'there'}\nencoder: remote\nencoder_url: {url}\n"
        f"encoder_model: {options.name}\nmodel: {bare}\n",
        "utf-8",
    )
    known = {it.name: it for it in questions_of(ROOT, options.data)}
    asked = tuple(known) if options.sets is None else options.sets
    check_names(asked, tuple(known), options.data or ROOT)
    rows: list[tuple[Cell, ...]] = []
    for name in asked:
        questions = known[name].every(options.every)
        print(f"{name}: {len(questions.utterances)} utterances", file=sys.stderr, flush=True)
        pair = [ask(questions, ROOT, sys.executable, config) for config in (own, there)]
        rows.append(_row(name, *pair))
    heads = (
        "set",
        "utterances",
        *(f"other\n{kind}" for kind in KINDS),
        "changed\n%",
        "score\nmoves by",
    )
    print(table(heads, rows))


def _row(name: str, own: Sequence[Row], there: Sequence[Row]) -> tuple[Cell, ...]:
    """What differs by kind, the share of other actions and entries, a score's largest move."""
    found = [difference.kind for _, difference in compare(own, there)]
    counts = [found.count(kind) for kind in KINDS]
    moves = [abs(a["score"] - b["score"]) for a, b in zip(own, there, strict=True)]
    changed = 100 * sum(counts[:2]) / len(own)
    return name, len(own), *counts, f"{changed:.2f}", f"{max(moves):.4f}"


if __name__ == "__main__":
    sys.exit(main())
