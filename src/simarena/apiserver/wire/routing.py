"""Which resource a path is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simarena.apiserver.status import no_such_resource

if TYPE_CHECKING:
    from simarena.apiserver.resources.registry import Registry
    from simarena.apiserver.resources.resource import Resource, Subresource


class NoSuchPageError(Exception):
    """A path of nothing that the API has: it is answered in plain text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What a path is about: a collection, an object, or a part of one."""

    resource: Resource
    namespace: str = ""
    in_namespace: bool = False
    name: str = ""
    part: Subresource | None = None
    rest: tuple[str, ...] = ()
    """What follows, where the part takes a path of its own."""


def route(registry: Registry, group: str, version: str, segments: tuple[str, ...]) -> Route:
    """Return what the rest of a path is about. Raises ApiError or NoSuchPageError."""
    if not registry.has_group(group, version):
        raise NoSuchPageError
    namespace, in_namespace = "", False
    if segments[-1] == "" and len(segments) > 1:
        segments = segments[:-1]
    if segments[0] == "namespaces" and _goes_on(registry, group, version, segments):
        namespace, in_namespace = segments[1], True
        segments = segments[2:]
    resource = registry.get(group, version, segments[0])
    if resource is None or resource.namespaced is not in_namespace:
        across = resource is not None and resource.namespaced and len(segments) == 1
        if resource is None or not across:
            raise no_such_resource()
    name = segments[1] if len(segments) > 1 else ""
    if len(segments) > 1 and not name:
        raise no_such_resource()
    part = None
    if len(segments) > 2:  # noqa: PLR2004 - resource, name, part
        part = resource.subresource(segments[2])
        if part is None:
            raise no_such_resource()
        if len(segments) > 3 and part.name != "proxy":  # noqa: PLR2004 - and no more
            raise no_such_resource()
    return Route(
        resource=resource,
        namespace=namespace,
        in_namespace=in_namespace,
        name=name,
        part=part,
        rest=segments[3:],
    )


def _goes_on(registry: Registry, group: str, version: str, segments: tuple[str, ...]) -> bool:
    """Return whether a path that begins with a namespace is about something in it."""
    if len(segments) < 3 or not segments[2]:  # noqa: PLR2004 - the word, a name, what is in it
        return False
    own = registry.get(group, version, "namespaces")
    return own is None or own.subresource(segments[2]) is None or len(segments) > 3  # noqa: PLR2004
