"""Rules for a pod's volumes and where its containers have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.cluster.manifests.validation.names import dns_label
from simarena.trace.quantity import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.manifests.validation.causes import Causes

_MAX_MODE: Final = 0o777
_MODE: Final = "must be a number between 0 and 0777 (octal), both inclusive"
_HOST_PATH_TYPES: Final = (
    "",
    "BlockDevice",
    "CharDevice",
    "Directory",
    "DirectoryOrCreate",
    "File",
    "FileOrCreate",
    "Socket",
)
_PROPAGATIONS: Final = ("Bidirectional", "HostToContainer", "None")


def check_volumes(volumes: Sequence[Fields], at: str, causes: Causes) -> frozenset[str]:
    """Check a pod's volumes; return the names of those that are sound."""
    names: set[str] = set()
    for index, volume in enumerate(volumes):
        here = f"{at}[{index}]"
        before = len(causes.found)
        _check_source(volume, here, causes)
        name = volume.get("name") or ""
        if not name:
            causes.required(f"{here}.name")
        else:
            causes.invalid_each(f"{here}.name", name, dns_label(name))
        if name in names:
            causes.duplicate(f"{here}.name", name)
        if len(causes.found) == before:
            names.add(name)
    return frozenset(names)


def check_mounts(container: Fields, volumes: frozenset[str], at: str, causes: Causes) -> None:
    """Check where a container has volumes."""
    devices = container.get("volumeDevices") or ()
    device_names = {each.get("name") for each in devices}
    device_paths = {each.get("devicePath") for each in devices}
    paths: set[str] = set()
    for index, mount in enumerate(container.get("volumeMounts") or ()):
        here = f"{at}.volumeMounts[{index}]"
        name, path = mount.get("name") or "", mount.get("mountPath") or ""
        if not name:
            causes.required(f"{here}.name")
        if name not in volumes:
            causes.not_found(f"{here}.name", name)
        if not path:
            causes.required(f"{here}.mountPath")
        if path in paths:
            causes.invalid(f"{here}.mountPath", path, "must be unique")
        paths.add(path)
        if name in device_names:
            causes.invalid(f"{here}.name", name, "must not already exist in volumeDevices")
        if path in device_paths:
            detail = "must not already exist as a path in volumeDevices"
            causes.invalid(f"{here}.mountPath", path, detail)
        _check_sub_paths(mount, here, f"{at}.volumeMounts", causes)
        propagation = mount.get("mountPropagation")
        if propagation is not None:
            _check_propagation(
                propagation, container, f"{at}.volumeMounts.mountPropagation", causes
            )
    for index, device in enumerate(devices):
        here = f"{at}.volumeDevices[{index}]"
        name, path = device.get("name") or "", device.get("devicePath") or ""
        if not name:
            causes.required(f"{here}.name")
        if not path:
            causes.required(f"{here}.devicePath")
        if name not in volumes:
            causes.not_found(f"{here}.name", name)


def _check_sub_paths(mount: Fields, here: str, at: str, causes: Causes) -> None:
    plain, expression = mount.get("subPath") or "", mount.get("subPathExpr") or ""
    if plain:
        _check_descending(plain, f"{at}.subPath", causes)
    if expression:
        if plain:
            detail = "subPathExpr and subPath are mutually exclusive"
            causes.invalid(f"{here}.subPathExpr", expression, detail)
        _check_descending(expression, f"{at}.subPathExpr", causes)


def _check_propagation(propagation: str, container: Fields, at: str, causes: Causes) -> None:
    if propagation not in _PROPAGATIONS:
        causes.unsupported(at, propagation, _PROPAGATIONS)
    privileged = (container.get("securityContext") or {}).get("privileged")
    if propagation == "Bidirectional" and not privileged:
        detail = "Bidirectional mount propagation is available only to privileged containers"
        causes.forbidden(at, detail)


def _check_source(volume: Fields, at: str, causes: Causes) -> None:
    """Check that a volume has one source, and that."""
    sources = [name for name in volume if name != "name"]
    if not sources:
        causes.required(at, "must specify a volume type")
        return
    first, *others = sorted(sources, key=_ORDER)
    check = _SOURCES.get(first)
    if check is not None:
        check(volume[first], f"{at}.{first}", causes)
    for other in others:
        causes.forbidden(f"{at}.{other}", "may not specify more than 1 volume type")


def _check_empty_dir(source: Fields, at: str, causes: Causes) -> None:
    limit = source.get("sizeLimit")
    if limit is not None and parse_quantity(limit) < 0:
        causes.forbidden(f"{at}.sizeLimit", "SizeLimit field must be a valid resource quantity")


def _check_host_path(source: Fields, at: str, causes: Causes) -> None:
    path, kind = source.get("path") or "", source.get("type") or ""
    if not path:
        causes.required(f"{at}.path")
        return
    _check_no_backsteps(path, f"{at}.path", causes)
    if kind not in _HOST_PATH_TYPES:
        causes.unsupported(f"{at}.type", kind, _HOST_PATH_TYPES)


def _check_files(name: str) -> Callable[[Fields, str, Causes], None]:
    """Return a check of a source of files that has a name in this field."""

    def check(source: Fields, at: str, causes: Causes) -> None:
        if not source.get(name):
            causes.required(f"{at}.{name}")
        _check_mode(source, "defaultMode", at, causes)
        _check_items(source, at, causes)

    return check


def _check_items(source: Fields, at: str, causes: Causes) -> None:
    for index, item in enumerate(source.get("items") or ()):
        here = f"{at}.items[{index}]"
        for field in ("key", "path"):
            if not item.get(field):
                causes.required(f"{here}.{field}")
        _check_descending(item.get("path") or "", f"{here}.path", causes)
        _check_mode(item, "mode", here, causes)


def _check_mode(source: Fields, field: str, at: str, causes: Causes) -> None:
    mode = source.get(field)
    if mode is not None and not 0 <= mode <= _MAX_MODE:
        causes.invalid(f"{at}.{field}", mode, _MODE)


def _check_claim(source: Fields, at: str, causes: Causes) -> None:
    if not source.get("claimName"):
        causes.required(f"{at}.claimName")


def _check_downward(source: Fields, at: str, causes: Causes) -> None:
    _check_mode(source, "defaultMode", at, causes)
    for item in source.get("items") or ():
        path = item.get("path") or ""
        if not path:
            causes.required(f"{at}.path")
        _check_descending(path, f"{at}.path", causes)
        if "fieldRef" in item and "resourceFieldRef" in item:
            detail = "fieldRef and resourceFieldRef can not be specified simultaneously"
            causes.invalid(at, "resource", detail)
        elif "fieldRef" not in item and "resourceFieldRef" not in item:
            causes.required(at, "one of fieldRef and resourceFieldRef is required")
        _check_mode(item, "mode", at, causes)


def _check_projected(source: Fields, at: str, causes: Causes) -> None:
    _check_mode(source, "defaultMode", at, causes)


def _check_nfs(source: Fields, at: str, causes: Causes) -> None:
    for field in ("server", "path"):
        if not source.get(field):
            causes.required(f"{at}.{field}")
    path = source.get("path") or ""
    if path and not path.startswith("/"):
        causes.invalid(f"{at}.path", path, "must be an absolute path")


def _check_driver(source: Fields, at: str, causes: Causes) -> None:
    if not source.get("driver"):
        causes.required(f"{at}.driver")


def _check_descending(path: str, at: str, causes: Causes) -> None:
    if path.startswith("/"):
        causes.invalid(at, path, "must be a relative path")
    _check_no_backsteps(path, at, causes)


def _check_no_backsteps(path: str, at: str, causes: Causes) -> None:
    if ".." in path.split("/"):
        causes.invalid(at, path, "must not contain '..'")


_SOURCES: Final[Mapping[str, Callable[[Any, str, Causes], None] | None]] = {
    "emptyDir": _check_empty_dir,
    "hostPath": _check_host_path,
    "gitRepo": None,
    "gcePersistentDisk": None,
    "awsElasticBlockStore": None,
    "secret": _check_files("secretName"),
    "nfs": _check_nfs,
    "iscsi": None,
    "glusterfs": None,
    "flocker": None,
    "persistentVolumeClaim": _check_claim,
    "rbd": None,
    "cinder": None,
    "cephfs": None,
    "quobyte": None,
    "downwardAPI": _check_downward,
    "fc": None,
    "flexVolume": None,
    "configMap": _check_files("name"),
    "azureFile": None,
    "vsphereVolume": None,
    "photonPersistentDisk": None,
    "portworxVolume": None,
    "azureDisk": None,
    "storageos": None,
    "projected": _check_projected,
    "scaleIO": None,
    "csi": _check_driver,
    "ephemeral": None,
    "image": None,
}
"""Where volumes come from, in the order in which the API looks, and what it checks; None: what
storage drivers of their own check is left to them."""

_ORDER: Final = list(_SOURCES).index
