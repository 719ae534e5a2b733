"""A resource: a kind under the name that paths have for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from simarena.apiserver.status import Named

ALL_VERBS: Final = (
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
)
EDITED: Final = ("get", "patch", "update")
"""Verbs of a subresource that is a part of the object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subresource:
    """A part of an object, or something that is done with it, under a path of its own."""

    name: str
    kind: str
    verbs: tuple[str, ...] = EDITED
    group: str = ""
    """Of its kind; empty: that of the resource."""
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A kind as it is served in one version."""

    group: str
    version: str
    kind: str
    plural: str
    singular: str
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ALL_VERBS
    subresources: tuple[Subresource, ...] = ()
    list_kind: str = ""
    stored_as: str = ""
    """Collection of objects that it shares with another version or group; empty: its own."""
    custom: bool = False
    """A CustomResourceDefinition says that it is there."""

    @property
    def api_version(self) -> str:
        """Return it as objects have it."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def collection(self) -> str:
        """Return the name of its objects' collection in the store."""
        return self.stored_as or self.resource

    @property
    def resource(self) -> str:
        """Return what errors call it, such as `deployments.apps`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def kind_of_list(self) -> str:
        """Return the kind of a list of it."""
        return self.list_kind or f"{self.kind}List"

    def subresource(self, name: str) -> Subresource | None:
        """Return a subresource by its name."""
        return next((each for each in self.subresources if each.name == name), None)

    def named(self, name: str = "") -> Named:
        """Return whom errors about an object of it are about."""
        return Named(self.plural, self.group, name)

    def kind_named(self, name: str = "") -> Named:
        """Return the same by its kind, as errors of validation have it."""
        return Named(self.kind, self.group, name)
