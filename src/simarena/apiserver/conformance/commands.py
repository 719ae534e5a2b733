"""Cases of kubectl commands, played against a server of our own and compared."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from simarena.apiserver.conformance.judging import JudgedStep
from simarena.apiserver.conformance.outputs import output_differences
from simarena.apiserver.serving import ApiServer, ServeSettings
from simarena.cluster import Cluster

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

NAMESPACE: Final = "kc0de17"
"""As long as the namespaces of the records were."""

_SPEED: Final = 5.0
_MOST_S: Final = 60.0
_LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
_FILE: Final = re.compile(r"(?:^| )-f (\S+)")
_FOREIGN: Final = re.compile(r"\b[a-z][0-9a-f]{6}[/ ]")
_UNTRUE: Final = re.compile(r"kubectl explain ")
"""The recorded server's schemas were a stand-in's."""
_FAILED: Final = 124


def is_command_case(case: Mapping[str, Any]) -> bool:
    """Return whether a case is one of kubectl commands."""
    return all(step["request"]["method"] == "KUBECTL" for step in case["steps"])


def client_version(case: Mapping[str, Any]) -> str:
    """Return which kubectl a case was played with."""
    return str(case["steps"][0]["request"]["headers"]["kubectl"])


def files_of(cases: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return the files that commands of some cases read, made from what they sent of them."""
    found: dict[str, str] = {}
    for case in cases:
        for step in case["steps"]:
            named = _FILE.search(step["request"]["path"])
            if named is None or named[1] in found:
                continue
            for request in step["response"]["body"]["requests"]:
                if (manifest := _manifest_in(request.get("body"))) is not None:
                    found[named[1]] = json.dumps(manifest)
                    break
    return found


def _manifest_in(body: Any) -> dict[str, Any] | None:  # noqa: ANN401 - JSON
    """Return the object that a request was made from, None where it does not show."""
    if not isinstance(body, dict):
        return None
    metadata = body.get("metadata") or {}
    applied = (metadata.get("annotations") or {}).get(_LAST_APPLIED)
    manifest = json.loads(applied) if applied else body
    if "apiVersion" not in manifest or "kind" not in manifest or "resourceVersion" in metadata:
        return None
    kept = {
        name: value
        for name, value in manifest["metadata"].items()
        if name != "namespace" and value != {}
    }
    return {**manifest, "metadata": kept}


def judge_commands(
    case: Mapping[str, Any], program: Path, files: Mapping[str, str]
) -> list[JudgedStep]:
    """Return how each command of a case ended, on a cluster of two nodes that has nothing else.

    A command that saw what other cases had left in the recorded cluster is not judged.
    """
    cluster = Cluster([_node("node-a"), _node("node-b")])
    with (
        tempfile.TemporaryDirectory(prefix="simarena-") as folder,
        ApiServer(cluster, ServeSettings(speed=_SPEED)) as server,
    ):
        for name, text in files.items():
            Path(folder, name).write_text(text, encoding="utf-8")
        played = _Commands(program, Path(folder), server)
        played.run("kubectl", ["create", "namespace", NAMESPACE])
        return list(played.steps(case))


def _node(name: str) -> dict[str, Any]:
    amounts = {"cpu": "8", "memory": "16Gi", "pods": "110"}
    metadata = {"name": name, "labels": {"kubernetes.io/hostname": name}}
    status = {
        "capacity": amounts,
        "allocatable": amounts,
        "nodeInfo": {"kubeletVersion": ""},  # the kubelet's stand-in told none
    }
    return {"apiVersion": "v1", "kind": "Node", "metadata": metadata, "status": status}


class _Commands:
    """A kubectl in a folder of its own, that knows of one server."""

    def __init__(self, program: Path, folder: Path, server: ApiServer) -> None:
        self._program = program
        self._folder = folder
        certificate = folder / "ca.crt"
        certificate.write_text(server.api.certificate, encoding="utf-8")
        (folder / "config").write_text("", encoding="utf-8")
        self._flags = (
            f"--server={server.url}",
            f"--token={server.token}",
            f"--certificate-authority={certificate}",
            f"--namespace={NAMESPACE}",
        )

    def steps(self, case: Mapping[str, Any]) -> Iterator[JudgedStep]:
        """Yield the verdict on each command."""
        for number, step in enumerate(case["steps"]):
            command = step["request"]["path"]
            recorded = step["response"]
            done = self.run(*_words(command.replace("NS", NAMESPACE)))
            body = recorded["body"]
            if _FOREIGN.search(f"{body['stdout']}{body['stderr']}") or _UNTRUE.match(command):
                continue
            judged = JudgedStep(number, command)
            if done.returncode != recorded["status"]:
                told = " ".join(done.stderr.split())[:200]
                judged.differences.append(
                    f"exit code {done.returncode}, recorded {recorded['status']} ({told})"
                )
            for name, found in (("stdout", done.stdout), ("stderr", done.stderr)):
                judged.differences.extend(output_differences(name, body[name], found, NAMESPACE))
            yield judged

    def run(self, _: str, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Return what came of a command."""
        command = [str(self._program), *words]
        at = command.index("--") if "--" in command else len(command)
        command[at:at] = self._flags
        environment = {
            **os.environ,
            "HOME": str(self._folder),
            "KUBECONFIG": str(self._folder / "config"),
        }
        try:
            return subprocess.run(  # noqa: S603 - kubectl with the words of a record
                command,
                cwd=self._folder,
                env=environment,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_MOST_S,
                check=False,
                stdin=subprocess.DEVNULL,
            )
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(command, _FAILED, "", f"no end after {_MOST_S:g} s")


def _words(command: str) -> tuple[str, list[str]]:
    """Return the program and the words of a command; a schedule's stars stay together."""
    schedule = re.search(r"--schedule=(\*\S*(?: \S+){4})", command)
    if schedule is not None:
        command = command.replace(schedule[1], shlex.quote(schedule[1]))
    program, *words = shlex.split(command) if schedule else command.split(" ")
    return program, words
