"""In which form an answer is wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from simarena.apiserver.status import failure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from simarena.errors import ApiError

JSON: Final = "application/json"
YAML: Final = "application/yaml"
PROTOBUF: Final = "application/vnd.kubernetes.protobuf"

_REPRESENTATIONS: Final = (JSON, YAML, PROTOBUF)
_WATCHED: Final = (f"{JSON};stream=watch", f"{PROTOBUF};stream=watch")
_META: Final = "meta.k8s.io"
_AS: Final = frozenset({"Table", "PartialObjectMetadata", "PartialObjectMetadataList"})


@dataclass(frozen=True, slots=True)
class Form:
    """A form of answers."""

    media_type: str = JSON
    kind: str = ""
    """Table, PartialObjectMetadata or PartialObjectMetadataList; empty: the object itself."""
    version: str = "v1"
    """That of the kind."""

    @property
    def content_type(self) -> str:
        """Return what the header says."""
        return self.media_type


def negotiated(accept: str, *, tables: bool, watch: bool = False) -> Form:
    """Return the form that a client prefers among those there are. Raises ApiError for none.

    `tables` says whether tables can be made of it.
    """
    if not accept:
        return Form()
    for media_type, parameters in _clauses(accept):
        form = _form(media_type, parameters, tables=tables)
        if watch and form is not None and form.media_type == PROTOBUF:
            continue  # events are written in JSON alone
        if form is not None and not (watch and form.media_type == YAML):
            return form
        if form is not None:
            raise _only_streams()
    raise not_acceptable(watch=watch)


def not_acceptable(*, watch: bool = False) -> ApiError:
    """Return the failure where a client takes nothing that there is."""
    known = [*_REPRESENTATIONS, *(_WATCHED if watch else ())]
    message = f"406: Not Acceptable\n\nAvailable representations: {', '.join(known)}"
    return failure(406, "NotAcceptable", message, {})


def _only_streams() -> ApiError:
    message = f"only the following media types are accepted: {', '.join(_WATCHED)}"
    return failure(406, "NotAcceptable", message)


def _form(media_type: str, parameters: Mapping[str, str], *, tables: bool) -> Form | None:
    if media_type not in _REPRESENTATIONS:
        return Form() if media_type in {"*/*", "application/*"} else None
    kind = parameters.get("as", "")
    if not kind:
        return Form(media_type)
    if kind not in _AS or parameters.get("g") != _META or media_type != JSON:
        return None
    version = parameters.get("v", "")
    if version not in {"v1", "v1beta1"} or (kind == "Table" and not tables):
        return None
    return Form(media_type, kind, version)


def clauses(accept: str) -> list[tuple[str, Mapping[str, str]]]:
    """Return media types with their parameters, those that are preferred first."""
    return list(_clauses(accept))


def _clauses(accept: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    found = []
    for clause in accept.split(","):
        media_type, *rest = (each.strip() for each in clause.split(";"))
        parameters = {}
        for each in rest:
            name, _, value = each.partition("=")
            parameters[name.strip().lower()] = value.strip().strip('"')
        try:
            quality = float(parameters.pop("q", "1"))
        except ValueError:
            quality = 1.0
        if quality > 0 and media_type:
            found.append((quality, media_type.lower(), parameters))
    found.sort(key=lambda each: -each[0])
    for _, media_type, parameters in found:
        yield media_type, parameters
