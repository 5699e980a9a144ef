"""Hot reload of real files, whatever writes them."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import watchfiles

from bot.domain import Faq
from bot.files.config.settings import Settings
from bot.service.incidents import Trouble
from bot.service.watch import file_watch as module
from bot.service.watch import folder_watch
from tests.service.served import until
from tests.service.watch.watched import Shop, entries

FILES = 300
ROOT = Path(__file__).parent.parent.parent.parent


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path)
    shop.write("old")
    return shop


@pytest.fixture
def looking_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_watch, "LOOK_EVERY_S", 0.1)


# --- ways to save a file --------------------------------------------------------------------------


def in_place(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


def rename_over(path: Path, text: str) -> None:
    beside = path.with_name(f"{path.name}1a2b3c.tmp")
    beside.write_text(text, "utf-8")
    beside.replace(path)


def vim(path: Path, text: str) -> None:
    """Tries whether the folder can be written to, and moves the old file aside."""
    probe, backup = path.with_name("4913"), path.with_name(f"{path.name}~")
    probe.touch()
    probe.unlink()
    path.with_name(f".{path.name}.swp").write_bytes(b"b0VIM 9.0\0")
    path.rename(backup)
    path.write_text(text, "utf-8")
    backup.unlink()


def emacs(path: Path, text: str) -> None:
    """Locks with a link that leads nowhere, saves now and then, and keeps a backup."""
    lock = path.with_name(f".#{path.name}")
    lock.symlink_to("ada@host.123:456")
    path.with_name(f"#{path.name}#").write_text("- id: half a", "utf-8")
    path.rename(path.with_name(f"{path.name}~"))
    path.write_text(text, "utf-8")
    path.with_name(f"#{path.name}#").unlink()
    lock.unlink()


def vs_code(path: Path, text: str) -> None:
    """Empties the file and writes it anew, often without a last line break."""
    with path.open("r+", encoding="utf-8") as file:
        file.truncate(0)
        file.flush()
        file.write(text.rstrip("\n"))


def copied_with_its_old_time(path: Path, text: str) -> None:
    """As cp --preserve and rsync do; it has as many bytes as the one before."""
    found = path.stat()
    path.write_text(text, "utf-8")
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))


@pytest.mark.parametrize(
    "save", [in_place, rename_over, vim, emacs, vs_code, copied_with_its_old_time]
)
async def test_a_saved_file_is_served_and_read_once(
    shop: Shop, save: Callable[[Path, str], None]
) -> None:
    async with shop.watched():
        save(shop.file, entries("new"))
        await shop.says("new")
        await shop.looked()
        assert shop.project.loads == [{"old"}, {"new"}]


async def test_a_half_written_file_is_read_once_it_is_whole(shop: Shop) -> None:
    """Its first half holds no mistake, and fewer entries."""
    async with shop.watched():
        text = entries("new", "refund", "return", "hours")
        with shop.file.open("w", encoding="utf-8") as file:
            file.write(text[:-12])
            file.flush()
            await shop.looked(6)
            file.write(text[-12:])
        await shop.says("new")
        assert shop.project.loads == [{"old"}, {"new"}]
        assert len(shop.live.faq.entries) == 3


async def test_a_file_that_stays_cut_short_is_read_in_the_end(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PATIENCE_S", 0.2)
    async with shop.watched():
        shop.file.write_text("- {id: refund, question: Refund?, answer: new}", "utf-8")
        await shop.says("new")


async def test_files_and_folders_that_are_added_are_watched_too(shop: Shop) -> None:
    more = shop.faq / "more" / "b.yaml"
    async with shop.watched():
        more.parent.mkdir()
        more.write_text(entries("old", "return"), "utf-8")
        await until(lambda: len(shop.live.faq.entries) == 3)
        rename_over(more, entries("new", "return"))
        await until(lambda: shop.answers == {"old", "new"})
        shutil.rmtree(more.parent)
        await until(lambda: len(shop.live.faq.entries) == 2)


async def test_an_faq_that_is_one_file_is_watched(tmp_path: Path) -> None:
    shop = Shop(tmp_path, "one.yaml")
    shop.file = shop.faq
    shop.write("old")
    async with shop.watched():
        for answer, save in (("new", in_place), ("newer", rename_over)):
            save(shop.file, entries(answer))
            await shop.says(answer)


# --- many files at once ---------------------------------------------------------------------------


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True)


async def test_a_checkout_of_hundreds_of_files_is_served_as_a_whole(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git holds a lock while it writes, however long that takes."""

    def fill(answer: str) -> None:
        for number in range(FILES):
            text = f"- {{id: e{number}, question: Number {number}?, answer: {answer}}}\n"
            (shop.faq / f"{number}.yaml").write_text(text, "utf-8")

    shop.file.unlink()
    top = shop.config.parent
    git(top, "init")
    for answer in ("old", "new"):
        git(top, "checkout", "-b", answer)
        fill(answer)
        git(top, "add", "faq")
        git(top, "commit", "-m", answer)
    git(top, "checkout", "old")
    async with shop.watched():
        await asyncio.to_thread(git, top, "checkout", "new")
        await shop.says("new")
        (top / ".git" / "index.lock").touch()
        for number in range(FILES // 2):
            (shop.faq / f"{number}.yaml").unlink()
        await shop.looked(6)
        assert shop.project.loads == [{"old"}, {"new"}]
        fill("newer")
        (top / ".git" / "index.lock").unlink()
        await shop.says("newer")
        assert shop.project.loads == [{"old"}, {"new"}, {"newer"}]


async def test_a_mounted_config_map_is_served_when_its_link_is_swapped(tmp_path: Path) -> None:
    """As Kubernetes does it: what is mounted are links through ..data, which is replaced."""
    mount = tmp_path / "mounted"
    shop = Shop(tmp_path, "mounted")

    def publish(answer: str, version: str) -> None:
        (mount / version).mkdir(parents=True)
        (mount / version / "a.yaml").write_text(entries(answer), "utf-8")
        (mount / "..data_tmp").symlink_to(version)
        (mount / "..data_tmp").replace(mount / "..data")

    publish("old", "..2026_1")
    (mount / "a.yaml").symlink_to(Path("..data", "a.yaml"))
    async with shop.watched():
        publish("new", "..2026_2")
        await shop.says("new")
        shutil.rmtree(mount / "..2026_1")
        publish("newer", "..2026_3")
        await shop.says("newer")


@pytest.mark.usefixtures("looking_often")
async def test_a_folder_that_a_link_leads_to_is_served_when_the_link_is_swapped(
    tmp_path: Path,
) -> None:
    shop = Shop(tmp_path, "current/faq")
    for answer in ("old", "new"):
        shop.file = tmp_path / answer / "faq" / "a.yaml"
        shop.write(answer)
    current, beside = tmp_path / "current", tmp_path / "beside"
    current.symlink_to("old")
    async with shop.watched():
        beside.symlink_to("new")
        beside.replace(current)
        await shop.says("new")
        shop.file.write_text(entries("newer"), "utf-8")
        await shop.says("newer")


def test_a_mounted_folder_is_watched_and_a_file_mounted_alone_while_it_is_written_into(
    tmp_path: Path,
) -> None:
    """As in a container. Once such a file is replaced on the host, the mount shows the old one."""
    host, container = tmp_path / "host", tmp_path / "container"
    for folder in (host, container):
        folder.mkdir()
        Shop(folder).write("old")
    mounts = [f"mount --bind {host / name} {container / name}" for name in ("faq", "config.yaml")]
    unshare = ["unshare", "--mount", "--propagation", "private", "sh", "-ec"]
    script = f"{' && '.join(mounts)} && exec $0 -m tests.service.watch.mounted $1 $2"
    if subprocess.run([*unshare, mounts[0]], capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    (host / "config.yaml").write_text((container / "config.yaml").read_text("utf-8"), "utf-8")
    subprocess.run(
        [*unshare, script, sys.executable, str(container), str(host)], cwd=ROOT, check=True
    )


# --- mistakes -------------------------------------------------------------------------------------


async def test_a_mistake_keeps_the_old_faq_and_is_an_incident_until_it_is_mended(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    async with shop.watched():
        shop.file.write_text("- id: refund\n  question: Refund?\n", "utf-8")
        reasons = shop.live.incidents.reasons
        await until(lambda: Trouble.FAQ in reasons)
        assert shop.answers == {"old"}
        assert reasons[Trouble.FAQ].startswith(f"{shop.file}:1: answer is missing")
        assert f"{shop.file}:1: answer is missing" in caplog.text
        shop.write("new")
        await shop.says("new")
        await until(lambda: not reasons)


async def test_a_deleted_folder_is_a_mistake_until_it_is_back(shop: Shop) -> None:
    aside = shop.faq.with_name("aside")
    async with shop.watched():
        shop.faq.rename(aside)
        await until(lambda: Trouble.FAQ in shop.live.incidents.reasons)
        assert shop.answers == {"old"}
        shutil.rmtree(aside)
        shop.write("new")
        await shop.says("new")
        rename_over(shop.file, entries("newer"))
        await shop.says("newer")


async def test_a_file_that_was_missing_mends_the_entry_that_names_it(shop: Shop) -> None:
    photo = "  attachments:\n    - photo: map.png\n"
    async with shop.watched():
        shop.file.write_text(entries("new") + photo, "utf-8")
        await until(lambda: Trouble.FAQ in shop.live.incidents.reasons)
        (shop.faq / "map.png").write_bytes(b"PNG")
        await shop.says("new")


async def test_a_changed_configuration_is_served_and_its_other_faq_is_watched(
    shop: Shop, tmp_path: Path
) -> None:
    """Even where the other FAQ holds a mistake at first."""
    other = tmp_path / "other" / "b.yaml"
    other.parent.mkdir()
    other.write_text("- id: hours\n", "utf-8")
    async with shop.watched():
        shop.configure(faq=str(other.parent))
        await until(lambda: Trouble.FAQ in shop.live.incidents.reasons)
        other.write_text(entries("new"), "utf-8")
        await shop.says("new")


async def test_a_key_that_needs_a_restart_is_named_until_it_is_as_it_was(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    async with shop.watched():
        shop.configure("monitoring: {port: 9464}\n")
        reasons = shop.live.incidents.reasons
        await until(lambda: reasons == {Trouble.RESTART: "monitoring"})
        assert "changes of monitoring take effect after a restart" in caplog.text
        shop.configure()
        await until(lambda: not reasons)


# --- when it looks --------------------------------------------------------------------------------


@pytest.mark.usefixtures("looking_often")
async def test_changes_that_nobody_tells_of_are_found_by_looking(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As in a network folder, or where too many folders are watched already."""
    caplog.set_level(logging.INFO, logger="bot")

    def refused(*_: object, **__: object) -> None:
        raise OSError("too many are watched")

    monkeypatch.setattr(watchfiles, "awatch", refused)
    async with shop.watched():
        for answer in ("new", "newer"):
            rename_over(shop.file, entries(answer))
            await shop.says(answer)
            # On a slow machine it may have found the first one before it tried to be told.
            await until(lambda: "too many are watched" in caplog.text)
    told = [line for line in caplog.messages if "too many are watched" in line]
    assert len(told) == 1


@pytest.mark.usefixtures("looking_often")
async def test_hot_reload_can_be_switched_off(shop: Shop) -> None:
    shop.configure("hot_reload: off\n")
    async with shop.watched():
        shop.write("new")
        await shop.looked(5)
        assert shop.project.loads == [{"old"}]
        shop.configure()
        await shop.live.reload(shop.live.texts(None).team, "7")
        assert shop.answers == {"new"}
        shop.write("newer")
        await shop.says("newer")


async def test_what_changes_while_it_is_read_is_read_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shop.watched():
        load = shop.project.load

        def load_and_change() -> tuple[Settings, Faq]:
            found = load()
            if found[1].entries[0].answer == "new":
                shop.write("newer")
            return found

        monkeypatch.setattr(shop.server, "load", load_and_change)
        shop.write("new")
        await shop.says("newer")


async def test_an_admin_who_asks_during_a_reload_that_nobody_asked_for_gets_the_next(
    shop: Shop,
) -> None:
    async with shop.watched():
        shop.write("new")
        texts = shop.live.texts(None).team
        by_itself = asyncio.create_task(shop.live.reload(texts))
        await asyncio.sleep(0)
        asked, again = (asyncio.create_task(shop.live.reload(texts, "7")) for _ in range(2))
        done = texts.reloaded.replace("{entries}", "2").replace("{wordings}", "2")
        assert [await each for each in (by_itself, asked, again)] == [
            done,
            done,
            texts.reload_running,
        ]
