"""Fields of objects in the case that the API writes them in, as Go's JSON reader finds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simarena.cluster.manifests.schema.published import kind_type

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Manifest
    from simarena.cluster.manifests.schema.published import Type


def in_case(manifest: Any) -> Manifest:  # noqa: ANN401 - as the file has it
    """Return an object whose fields are in the API's case; what the API does not know stays."""
    if not isinstance(manifest, dict):
        return manifest  # type: ignore[no-any-return] # callers refuse it
    known = kind_type(f"{manifest.get('apiVersion')}.{manifest.get('kind')}")
    result: Manifest = manifest if known is None else _in_case(manifest, known)
    return result


def _in_case(value: Any, known: Type | None) -> Any:  # noqa: ANN401 - as the file has it
    if known is None:
        return value
    if isinstance(value, list):
        return [_in_case(each, known.item) for each in value]
    if not isinstance(value, dict):
        return value
    if known.fields is None:
        return {key: _in_case(each, known.item) for key, each in value.items()}
    names = {name.lower(): name for name in known.fields}
    result: dict[str, Any] = {}
    for key, each in value.items():
        name = str(key) if key in known.fields else names.get(str(key).lower(), str(key))
        result[name] = _in_case(each, known.fields.get(name))
    return result
