"""ServiceAccount: the account that a pod runs as, and the volume with that account's token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.cluster.manifests.fields import Fields, Manifest

DEFAULT: Final = "default"
"""Account of pods that name none; every namespace has it."""

TOKEN_VOLUME: Final = "kube-api-access-"  # noqa: S105 - what names of volumes begin with
"""What the name of the volume with an account's token begins with."""

_MOUNT_PATH: Final = "/var/run/secrets/kubernetes.io/serviceaccount"
_MODE: Final = 0o644
_TOKEN_S: Final = 3_607
"""Lifetime of the tokens, by which the API tells its own ones from others."""

_MIRROR: Final = "kubernetes.io/config.mirror"


def is_mirror(pod: Fields) -> bool:
    """Return whether a pod is what the API shows of one that a kubelet runs by itself."""
    return _MIRROR in (pod["metadata"].get("annotations") or {})


def mirror_refusal(spec: Fields) -> str:
    """Return why a mirror pod may not be: it uses what only the API could give it."""
    if spec.get("serviceAccountName"):
        return "a mirror pod may not reference service accounts"
    for volume in spec.get("volumes") or ():
        if "secret" in volume:
            return "a mirror pod may not reference secrets"
        for source in (volume.get("projected") or {}).get("sources") or ():
            if "serviceAccountToken" in source:
                return "a mirror pod may not use ServiceAccountToken volume projections"
    return ""


def account_name(spec: Fields) -> str:
    """Return the name of the account that a pod runs as."""
    return spec.get("serviceAccountName") or DEFAULT


def missing_account(namespace: str, name: str) -> str:
    """Return why a pod may not run as an account that is not there."""
    return f'error looking up service account {namespace}/{name}: serviceaccount "{name}" not found'


def fill_account(spec: Manifest, account: Fields, volume: str) -> None:
    """Give a pod's spec, in place, what an account has for its pods.

    `volume` is the name of the volume with the account's token, if the pod has none yet.
    """
    name = account["metadata"]["name"]
    spec["serviceAccountName"] = spec["serviceAccount"] = name
    if _mounts_token(spec, account):
        _mount_token(spec, volume)
    secrets = account.get("imagePullSecrets")
    if secrets and not spec.get("imagePullSecrets"):
        spec["imagePullSecrets"] = [{"name": each.get("name", "")} for each in secrets]


def _mounts_token(spec: Fields, account: Fields) -> bool:
    for source in (spec, account):
        wanted = source.get("automountServiceAccountToken")
        if wanted is not None:
            return bool(wanted)
    return True


def _mount_token(spec: Manifest, volume: str) -> None:
    volumes = spec.get("volumes") or ()
    names = [each.get("name") or "" for each in volumes]
    own = next((name for name in names if name.startswith(TOKEN_VOLUME)), None)
    mount = {"name": own or volume, "readOnly": True, "mountPath": _MOUNT_PATH}
    is_needed = False
    for group in ("initContainers", "containers"):
        for container in spec.get(group) or ():
            mounts = container.get("volumeMounts") or ()
            if all(each.get("mountPath") != _MOUNT_PATH for each in mounts):
                container["volumeMounts"] = [*mounts, dict(mount)]
                is_needed = True
    if is_needed and own is None:
        spec["volumes"] = [*volumes, _token_volume(volume)]


def _token_volume(name: str) -> Mapping[str, Any]:
    field = {"apiVersion": "v1", "fieldPath": "metadata.namespace"}
    sources = [
        {"serviceAccountToken": {"expirationSeconds": _TOKEN_S, "path": "token"}},
        {
            "configMap": {
                "name": "kube-root-ca.crt",
                "items": [{"key": "ca.crt", "path": "ca.crt"}],
            }
        },
        {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": field}]}},
    ]
    return {"name": name, "projected": {"sources": sources, "defaultMode": _MODE}}
