"""Kinds of a live cluster: the built-in ones, and what else its API says that it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.errors import NotFoundError
from simarena.mcp.kubectl.kinds import BUILT_IN, ApiKind, find_kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simarena.client.api import KubeApi
    from simarena.cluster.manifests.fields import Fields


class KubeKinds:
    """Asks the API for its kinds once, when the first word comes that no built-in one has."""

    def __init__(self, api: KubeApi) -> None:
        self._api = api
        self._others: dict[str, ApiKind] = {}

    def find(self, word: str) -> ApiKind:
        """Return the kind that a word stands for. Raises NotFoundError if there is none."""
        try:
            return find_kind(word, self._others.values())
        except NotFoundError:
            self._others = {kind.key: kind for kind in self._discovered()}
        return find_kind(word, self._others.values())

    def of_key(self, key: str) -> ApiKind:
        """Return a kind that was found before."""
        return BUILT_IN[key] if key in BUILT_IN else self._others[key]

    def _discovered(self) -> Iterator[ApiKind]:
        """Yield the kinds of all groups, each in the version that its group prefers."""
        yield from self._of_version("", "v1")
        for group in self._api.one(self._api.path, "GET", "/apis").get("groups") or ():
            preferred = (group.get("preferredVersion") or {}).get("version")
            if preferred:
                yield from self._of_version(str(group["name"]), str(preferred))

    def _of_version(self, group: str, version: str) -> Iterator[ApiKind]:
        path = f"/apis/{group}/{version}" if group else f"/api/{version}"
        try:
            resources = self._api.one(self._api.path, "GET", path).get("resources") or ()
        except NotFoundError:  # it has just gone
            return
        for each in resources:
            if "/" not in each["name"] and {"get", "list"} <= set(each.get("verbs") or ()):
                yield _kind(each, group, version)


def _kind(resource: Fields, group: str, version: str) -> ApiKind:
    return ApiKind(
        str(resource["kind"]),
        group,
        version,
        str(resource["name"]),
        bool(resource.get("namespaced")),
        tuple(str(name).lower() for name in resource.get("shortNames") or ()),
    )
