"""Events as the API returns them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.messages.clock import timestamp

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Manifest
    from simarena.cluster.messages.control_plane import Happening


def involved_object(
    kind: str, namespace: str, name: str, uid: str, *, version: str, container: str = ""
) -> Manifest:
    """Return the reference to what an event is about; `container` narrows it down to one."""
    reference: Manifest = {
        "apiVersion": version,
        "kind": kind,
        "namespace": namespace,
        "name": name,
        "uid": uid,
    }
    if container:
        reference["fieldPath"] = f"spec.containers{{{container}}}"
    return reference


def event_manifest(
    happening: Happening,
    involved: Manifest,
    *,
    uid: str,
    first_ms: int,
    last_ms: int | None = None,
    count: int = 1,
    host: str = "",
) -> Manifest:
    """Return an Event; `host` is the node of the kubelet that says it.

    Its name ends in 16 digits of its uid, as the API's ends in those of a time.
    """
    namespace = involved["namespace"] or "default"
    source: Manifest = {"component": happening.component}
    if host:
        source["host"] = host
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": f"{involved['name']}.{uid.replace('-', '')[:16]}",
            "namespace": namespace,
            "uid": uid,
            "creationTimestamp": timestamp(first_ms),
        },
        "involvedObject": involved,
        "type": happening.type,
        "reason": happening.reason,
        "message": happening.message,
        "source": source,
        "reportingComponent": happening.component,
        "reportingInstance": host,
        "firstTimestamp": timestamp(first_ms),
        "lastTimestamp": timestamp(first_ms if last_ms is None else last_ms),
        "count": count,
    }
