"""Objects as YAML, as `kubectl get -o yaml` prints them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import yaml

from simarena.errors import ManifestError
from simarena.files.yaml_plain import PlainLoader
from simarena.mcp.kubectl.describing import visible

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Fields, Manifest

_FIRST: Final = ("apiVersion", "kind", "metadata", "spec")


def yaml_lines(manifest: Fields) -> list[str]:
    """Return the lines of an object as clients may see it."""
    return _dumped(shown(manifest)).splitlines()


def yaml_block(value: Any, indent: str = "  ") -> list[str]:  # noqa: ANN401 - a part of a manifest
    """Return the lines of a part of an object, indented."""
    return [indent + line for line in _dumped(value).splitlines()]


def shown(manifest: Fields) -> Manifest:
    """Return an object without managed fields and annotations that clients may not see."""
    ordered = {key: manifest[key] for key in _FIRST if key in manifest}
    return {
        key: _visible(value) for key, value in {**ordered, **manifest}.items() if value is not None
    }


def _visible(value: Any) -> Any:  # noqa: ANN401 - a part of a manifest
    """Return a part of an object; wherever metadata are in it, only what may be seen of them."""
    if isinstance(value, dict):
        kept = {}
        for key, each in value.items():
            if key == "managedFields":
                continue
            if key == "annotations" and isinstance(each, dict):
                each = visible(each)  # noqa: PLW2901 - the same, less
                if not each:
                    continue
            kept[key] = _visible(each)
        return kept
    if isinstance(value, list | tuple):
        return [_visible(each) for each in value]
    return value


def _dumped(value: object) -> str:
    text: str = yaml.dump(
        value, Dumper=_PlainDumper, sort_keys=False, allow_unicode=True, width=100
    )
    return text


class _PlainDumper(yaml.SafeDumper):
    """Writes equal parts out, in place of anchors and aliases."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - as the base class has it
        return True


def read_manifest(text: str) -> Manifest:
    """Return the one object that a text of YAML or JSON holds. Raises ManifestError."""
    manifest = read_yaml(text, "manifest")
    if not isinstance(manifest, dict) or not all(isinstance(key, str) for key in manifest):
        message = "error: the manifest must be an object with apiVersion, kind and metadata"
        raise ManifestError(message)
    return manifest


def read_yaml(text: str, what: str) -> Any:  # noqa: ANN401 - what the text holds
    """Return the one value that a text of YAML or JSON holds, as JSON has it.

    Raises ManifestError.
    """
    try:
        found = list(yaml.load_all(text, Loader=PlainLoader))
        found = json.loads(json.dumps(found, allow_nan=False))
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        reason = " ".join(str(error).split())[:300]
        message = f"error: the {what} cannot be read as YAML or JSON: {reason}"
        raise ManifestError(message) from error
    documents = [each for each in found if each is not None]
    if len(documents) != 1:
        message = f"error: the {what} must be one document, got {len(documents)}; give them in turn"
        raise ManifestError(message)
    return documents[0]
