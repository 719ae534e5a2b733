"""The kubeconfig of a served cluster."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import yaml

from simarena.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path

_NAME = "simarena"


def kubeconfig_text(url: str, token: str, certificate: bytes | None) -> str:
    """Return a kubeconfig by which clients find a server and show its token."""
    cluster: dict[str, Any] = {"server": url}
    if certificate is not None:
        cluster["certificate-authority-data"] = base64.b64encode(certificate).decode()
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": _NAME, "cluster": cluster}],
        "users": [{"name": _NAME, "user": {"token": token}}],
        "contexts": [
            {
                "name": _NAME,
                "context": {"cluster": _NAME, "user": _NAME, "namespace": "default"},
            }
        ],
        "current-context": _NAME,
    }
    text: str = yaml.safe_dump(config, sort_keys=False)
    return text


def write_kubeconfig(path: Path, text: str) -> None:
    """Write a kubeconfig that only its owner can read. Raises StorageError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text(text, "utf-8")
    except OSError as error:
        message = f"{path}: the kubeconfig cannot be written: {error.strerror or error}"
        raise StorageError(message) from error
