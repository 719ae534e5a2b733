"""How an object of a live cluster is deleted, and freed of what holds it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from simarena.errors import NotFoundError

if TYPE_CHECKING:
    from simarena.client.api import KubeApi


def delete_object(api: KubeApi, path: str, *, uid: str = "", grace_s: int | None = None) -> None:
    """Ask for the deletion of an object and, after it, of what it owns; none there is fine.

    With a `uid` only that very object is deleted, not another one of its name. Raises RefusedError.
    """
    body: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "propagationPolicy": "Background",
    }
    if uid:
        body["preconditions"] = {"uid": uid}
    if grace_s is not None:
        body["gracePeriodSeconds"] = grace_s
    with suppress(NotFoundError):
        api.ask(api.path, "DELETE", path, body=body)


def release(api: KubeApi, path: str, uid: str) -> None:
    """Take all finalizers from an object that is being deleted; none there is fine.

    Raises RefusedError, also where another object has its name by now.
    """
    body = {"metadata": {"uid": uid, "finalizers": None}}
    with suppress(NotFoundError):
        api.ask(api.path, "PATCH", path, body=body, content_type="application/merge-patch+json")
