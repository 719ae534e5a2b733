"""Does the door make of a manifest what a real API server made of it?

A record says what the API answered to one manifest, posted where certain objects were: the object
with its defaults, or why it refused it. Of the object all of `spec` must be equal but for what
follows from ServiceAccounts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from simarena.cluster.cluster import Cluster
from simarena.cluster.config import ClusterConfig
from simarena.cluster.manifests.fields import copied
from simarena.errors import ApiRefusalError, ManifestError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.cluster.manifests.fields import Manifest

_OF_ACCOUNTS: Final = ("serviceAccount", "serviceAccountName", "enableServiceLinks")
_TOKEN: Final = "kube-api-access-"  # noqa: S105 - the beginning of a volume's name
_NAMESPACE: Final = "NS"
_PLACE: Final = "admission"
"""The namespace in which it was recorded: the recorder put NS in place of the word everywhere."""


class JudgedAnswer(NamedTuple):
    """How one manifest came out."""

    case: str
    recorded: str
    """The API's message; empty: it took the manifest."""
    said: str
    """The same of the simulator."""
    same_answer: bool
    """Both refused it, or neither."""
    same_defaults: bool
    """Neither refused it, and the specs are equal."""
    same_message: bool
    same_causes: bool
    """Both refused it for the same reason, the same fields."""
    difference: str
    """Where the specs differ first; empty if they do not."""

    @property
    def was_refused(self) -> bool:
        """Whether the API refused it."""
        return bool(self.recorded)

    @property
    def agrees(self) -> bool:
        """Whether it came out as recorded, but for words."""
        return self.same_answer and (self.same_causes if self.was_refused else self.same_defaults)


def judge_case(case: Mapping[str, Any], config: ClusterConfig | None = None) -> JudgedAnswer:
    """Return how a recorded manifest comes out in the simulator."""
    cluster = Cluster(config=replace(config or ClusterConfig(), makes_namespaces=False))
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": _PLACE}})
    for manifest in case["objects"]:
        cluster.apply(_placed(manifest))
    result = case["result"]
    recorded = result.get("message", "")
    told: Manifest = {}
    error: ManifestError | None = None
    try:
        told = cluster.dry_run(_placed(case["manifest"]))
    except ManifestError as refusal:
        error = refusal
    said = error.text if isinstance(error, ApiRefusalError) else str(error or "")
    difference = ""
    if not recorded and error is None:
        difference = first_difference(compared(result["object"]), compared(told))
    both = bool(recorded) and error is not None
    expected, got = _general(recorded), _general(said)
    reason = error.reason if isinstance(error, ApiRefusalError) else ""
    return JudgedAnswer(
        case=case["name"],
        recorded=recorded,
        said=said,
        same_answer=bool(recorded) == (error is not None),
        same_defaults=not recorded and error is None and not difference,
        same_message=both and expected == got,
        same_causes=both and reason == result["reason"] and _fields(expected) == _fields(got),
        difference=difference,
    )


def first_difference(recorded: object, told: object, at: str = "spec") -> str:
    """Return where two values differ first, and what each is there; empty if they do not."""
    if isinstance(recorded, dict) and isinstance(told, dict):
        for name in sorted({*recorded, *told}):
            if name not in recorded:
                return f"{at}.{name}: says {told[name]!r}, recorded is none"
            if name not in told:
                return f"{at}.{name}: recorded {recorded[name]!r}, says none"
            found = first_difference(recorded[name], told[name], f"{at}.{name}")
            if found:
                return found
        return ""
    if isinstance(recorded, list) and isinstance(told, list) and len(recorded) == len(told):
        pairs = zip(recorded, told, strict=True)
        found_each = (first_difference(*pair, f"{at}[{n}]") for n, pair in enumerate(pairs))
        return next((found for found in found_each if found), "")
    return "" if recorded == told else f"{at}: recorded {recorded!r}, says {told!r}"


def _placed(manifest: Mapping[str, Any]) -> Manifest:
    placed: Manifest = copied(dict(manifest))
    if placed["metadata"].get("namespace") == _NAMESPACE:
        placed["metadata"]["namespace"] = _PLACE
    return placed


def compared(manifest: Mapping[str, Any]) -> object:
    """Return what is compared of an object: its spec, or what it has in place of one."""
    if "spec" not in manifest:
        return {
            name: each
            for name, each in manifest.items()
            if name not in {"apiVersion", "kind", "metadata", "status"}
        }
    spec: dict[str, Any] = copied(dict(manifest["spec"]))
    if manifest["kind"] == "Pod":
        _without_accounts(spec)
    elif manifest["kind"] == "Job":
        _without_generated(spec)
    return spec


def _without_accounts(spec: dict[str, Any]) -> None:
    for field in _OF_ACCOUNTS:
        spec.pop(field, None)
    spec["volumes"] = [
        each for each in spec.get("volumes") or () if not each["name"].startswith(_TOKEN)
    ]
    for group in ("containers", "initContainers"):
        for container in spec.get(group) or ():
            container["volumeMounts"] = [
                each
                for each in container.get("volumeMounts") or ()
                if not each["name"].startswith(_TOKEN)
            ]


def _without_generated(spec: dict[str, Any]) -> None:
    """Take away what follows from a Job's uid."""
    spec.pop("selector", None)
    metadata = spec["template"].get("metadata") or {}
    labels = {
        key: value
        for key, value in (metadata.get("labels") or {}).items()
        if not key.endswith(("controller-uid", "job-name"))
    }
    metadata.pop("creationTimestamp", None)
    spec["template"]["metadata"] = {**metadata, "labels": labels}


def _general(message: str) -> str:
    return message.replace(_PLACE, _NAMESPACE)


def _fields(message: str) -> list[str]:
    """Return the fields that a message names, and what it says of each, without the values."""
    words = (
        *("Invalid value", "Required value", "Forbidden", "Duplicate value", "Not found"),
        *("Unsupported value", "Too long", "Too many"),
    )
    parts = message.replace("[", " ").split(" ")
    named = [part for part in parts if part.endswith(":") and part[0].islower()]
    return named + [word for word in words for _ in range(message.count(word))]
