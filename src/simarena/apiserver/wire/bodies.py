"""Objects in the bodies of requests."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

import msgspec
import yaml

from simarena.apiserver.protobuf.objects import decoded
from simarena.apiserver.rest.options import DELETE_OPTIONS
from simarena.apiserver.rest.shapes import go_type, wrong_type
from simarena.apiserver.status import bad_request, unsupported_media_type
from simarena.apiserver.wire.negotiation import JSON, PROTOBUF, YAML

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from simarena.apiserver.wire.request import Request
    from simarena.cluster.manifests.fields import Manifest

_ACCEPTED: Final = (JSON, YAML, PROTOBUF)
_SCHEME: Final = "pkg/api/legacyscheme/scheme.go:30"
_SHOWN_BYTES: Final = 30
_STRUCT: Final = (
    'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; '
    'Kind string "json:\\"kind,omitempty\\"" }'
)


def media_type(request: Request) -> str:
    """Return the media type of a body, JSON where nothing is said."""
    given = request.headers.get("content-type", "")
    return given.partition(";")[0].strip().lower() or JSON


def object_of(request: Request, kind: str, api_version: str) -> Manifest:
    """Return the object in a body that has to be of a kind. Raises ApiError."""
    found = media_type(request)
    value = _value(request.body, found, kind, api_version)
    body = request.body
    if not isinstance(value, dict):
        raise _unrecognised(kind, _type_error(value), body)
    for name in ("apiVersion", "kind"):
        if not isinstance(value.get(name, ""), str | None):
            wrong = go_type(value[name])
            why = f"json: cannot unmarshal {wrong} into Go struct field .{name} of type string"
            raise _unrecognised(kind, f"couldn't get version/kind; json parse error: {why}", body)
    version = value.get("apiVersion") or api_version
    if version.count("/") > 1:
        raise _unrecognised(kind, f"unexpected GroupVersion string: {version}", body)
    given = value.get("kind") or kind
    if (given, version) != (kind, api_version):
        short = version.rpartition("/")[2]
        message = f'{given} in version "{short}" cannot be handled as a {kind}: '
        if given == kind:
            message += (
                f'no kind "{kind}" is registered for version "{version}" in scheme "{_SCHEME}"'
            )
        else:
            message += f"converting ({given}) to ({kind}): unknown conversion"
        raise bad_request(message)
    _check_shape(value, kind, version)
    value["apiVersion"], value["kind"] = version, given
    return value


def twice(request: Request) -> list[str]:
    """Return what has to be told of fields that stand twice in a body that has been read."""
    media = media_type(request)
    if media == JSON:
        told = json.loads(request.body, object_pairs_hook=_Pairs)
        return [f'duplicate field "{path}"' for path in _repeated(told, "")]
    if media != YAML:
        return []
    loader = PlainLoader(request.body)
    try:
        loader.get_single_data()
    finally:
        loader.dispose()
    return loader.repeated


class _Pairs(list[tuple[str, Any]]):
    """The fields of an object as they stand in a text."""


def _repeated(value: object, path: str) -> Iterator[str]:
    """Yield the paths of fields that stand twice in one object."""
    if isinstance(value, _Pairs):
        seen = set()
        for name, each in value:
            there = f"{path}.{name}" if path else name
            if name in seen:
                yield there
            seen.add(name)
            yield from _repeated(each, there)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _repeated(each, f"{path}[{index}]")


def options_of(request: Request) -> Mapping[str, Any] | None:
    """Return the DeleteOptions in a body, None where there is none. Raises ApiError."""
    if not request.body:
        return None
    found = media_type(request)
    value = _value(request.body, found, DELETE_OPTIONS, "v1")
    if not isinstance(value, dict):
        raise _unrecognised(DELETE_OPTIONS, _type_error(value), request.body)
    return value


def _value(body: bytes, media: str, kind: str, api_version: str) -> Any:  # noqa: ANN401 - JSON
    if media == PROTOBUF:
        return decoded(body, api_version=api_version, kind=kind)
    if media == YAML:
        return _yaml(body, kind)
    if media != JSON:
        raise unsupported_media_type(_ACCEPTED)
    return _json(body, kind)


def read_yaml(text: bytes) -> Any:  # noqa: ANN401 - what the text holds
    """Return the value in a text of YAML or JSON, as JSON has it. Raises ValueError."""
    try:
        value = yaml.load(text, Loader=PlainLoader)  # noqa: S506 - derived from the safe one
        value = json.loads(json.dumps(value, allow_nan=False))
    except (yaml.YAMLError, TypeError, RecursionError) as error:
        message = " ".join(str(error).split())
        raise ValueError(message) from error
    return value


class PlainLoader(yaml.SafeLoader):
    """Reads plain values; aliases, which may stand for far more than a text holds, are refused."""

    def __init__(self, stream: Any) -> None:  # noqa: ANN401 - the base class's own
        super().__init__(stream)
        self.repeated: list[str] = []
        """What has to be told of keys that stand twice in a map."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: ANN401, FBT001, FBT002
        """Return a map as the base class does, and take note of keys that stand twice."""
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                line = key.start_mark.line + 1
                self.repeated.append(f'line {line}: key "{key.value}" already set in map')
            seen.add(key.value)
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        return found

    def construct_yaml_bool(self, node: Any) -> bool:  # noqa: ANN401 - the base class's own
        """Return whether a word means yes; Kubernetes' reader knows single letters as well."""
        word = str(node.value).lower()
        return word == "y" or bool(self.bool_values.get(word, False))

    def compose_node(self, parent: Any, index: Any) -> Any:  # noqa: ANN401 - the base class's own
        """Return a node as the base class does, if it is no alias."""
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            problem = "aliases are not read; write it out"
            raise yaml.composer.ComposerError(None, None, problem, mark)
        return super().compose_node(parent, index)


# Times stay the texts that the API has.
PlainLoader.yaml_implicit_resolvers = {
    sign: [each for each in resolvers if each[0] != "tag:yaml.org,2002:timestamp"]
    for sign, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_BOOL: Final = "tag:yaml.org,2002:bool"
PlainLoader.add_implicit_resolver(_BOOL, re.compile(r"^(?:y|Y|n|N)$"), list("yYnN"))
PlainLoader.add_constructor(_BOOL, PlainLoader.construct_yaml_bool)


def _json(body: bytes, kind: str) -> Any:  # noqa: ANN401 - JSON
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        why = "unexpected end of JSON input" if not body else str(error)
        what = f"couldn't get version/kind; json parse error: {why}"
        raise _unrecognised(kind, what, body) from None


def _yaml(body: bytes, kind: str) -> Any:  # noqa: ANN401 - JSON
    try:
        found = read_yaml(body)
    except ValueError as error:
        what = f"couldn't get version/kind; json parse error: yaml: {error}"
        raise _unrecognised(kind, what, body) from None
    return {} if found is None else found


def _unrecognised(kind: str, why: str, body: bytes) -> Exception:
    shown = _summary(body)
    message = f"the object provided is unrecognized (must be of type {kind}): {why} ({shown})"
    return bad_request(message)


def _type_error(value: object) -> str:
    why = f"json: cannot unmarshal {go_type(value)} into Go value of type {_STRUCT}"
    return f"couldn't get version/kind; json parse error: {why}"


def _summary(body: bytes) -> str:
    if not body:
        return "<empty>"
    more = " ..." if len(body) > _SHOWN_BYTES else ""
    if body.startswith(b"{"):
        return body[:_SHOWN_BYTES].decode(errors="replace") + more
    return body[:_SHOWN_BYTES].hex() + more


def _check_shape(value: Manifest, kind: str, version: str) -> None:
    """Raise ApiError unless metadata are of the types that everything here relies on."""
    if why := wrong_type(value, kind):
        short = version.rpartition("/")[2]
        message = f'{kind} in version "{short}" cannot be handled as a {kind}: {why}'
        raise bad_request(message)
