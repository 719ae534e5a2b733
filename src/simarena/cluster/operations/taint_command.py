"""kubectl taint: taints as they are written on the command line, put on and taken off a node."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from simarena.errors import ManifestError, RefusedError

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Manifest

_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_TAINT = re.compile(
    r"(?P<key>[A-Za-z0-9][-A-Za-z0-9_./]*)(=(?P<value>[-A-Za-z0-9_.]*))?(:(?P<effect>[A-Za-z]+))?"
)


def change_taints(node: Manifest, arguments: tuple[str, ...], *, overwrite: bool) -> None:
    """Change a node's taints in place, as `key=value:Effect`, `key:Effect-` or `key-` say.

    Raises ManifestError for what cannot be read, RefusedError for what kubectl would not do.
    """
    name = node["metadata"]["name"]
    taints = list(node["spec"].get("taints") or ())
    for argument in arguments:
        match = _TAINT.fullmatch(argument.removesuffix("-"))
        remove = argument.endswith("-")
        effect = match["effect"] if match else None
        if match is None or (effect and effect not in _EFFECTS) or not (effect or remove):
            message = (
                f"invalid taint {argument!r}; write key=value:effect, key:effect- or key-, where "
                f"effect is one of {', '.join(_EFFECTS)}"
            )
            raise ManifestError(message)
        same = [
            taint
            for taint in taints
            if taint["key"] == match["key"] and effect in {None, taint["effect"]}
        ]
        if remove and not same:
            shown = f"{match['key']}:{effect}" if effect else match["key"]
            message = f'taint "{shown}" not found'
            raise RefusedError(message)
        if same and not remove and not overwrite:
            message = (
                f"node {name} already has {match['key']} taint(s) with same effect(s) and "
                "--overwrite is false"
            )
            raise RefusedError(message)
        taints = [taint for taint in taints if taint not in same]
        if not remove:
            taint = {"key": match["key"], "effect": effect}
            if match["value"]:
                taint["value"] = match["value"]
            taints.append(taint)
    node["spec"]["taints"] = taints
