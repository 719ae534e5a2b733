"""Kinds of objects: the words for them, and where the API has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from simarena.cluster.manifests.kinds import STORED_KINDS, SUPPORTED_KINDS
from simarena.errors import NotFoundError, RefusedError
from simarena.trace.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable

_SERVED: Final = SUPPORTED_KINDS | STORED_KINDS | {"ControllerRevision", "Event"}

_CLOSED: Final = "Secret"


@dataclass(frozen=True, slots=True)
class ApiKind:
    """A kind of objects as the API serves it."""

    kind: str
    group: str
    """Empty for the core group."""
    version: str
    plural: str
    namespaced: bool = True
    words: tuple[str, ...] = ()
    """Short names."""

    @property
    def key(self) -> str:
        """What backends call it: the kind, with its group if no other cluster has to know it."""
        return self.kind if BUILT_IN.get(self.kind) == self else f"{self.kind}.{self.group}"

    @property
    def api_version(self) -> str:
        """What manifests of it have as apiVersion."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def resource(self) -> str:
        """What errors call it, such as `deployments.apps`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def printed(self) -> str:
        """What kubectl prints before an object's name, such as `deployment.apps`."""
        return f"{self.kind.lower()}.{self.group}" if self.group else self.kind.lower()

    def path(self, namespace: str | None = None, *names: str) -> str:
        """Return the URL path of one object, of a part of it, or of all of them."""
        parts = ["apis", self.group] if self.group else ["api"]
        parts.append(self.version)
        if self.namespaced and namespace is not None:
            parts += ["namespaces", namespace]
        return "/" + "/".join(quote(part, safe="") for part in (*parts, self.plural, *names))

    def is_called(self, word: str) -> bool:
        """Return whether kubectl takes a word for this kind."""
        name, _, group = word.lower().partition(".")
        known = {self.kind.lower(), self.plural.lower(), *self.words}
        return name in known and (not group or f"{self.group}.".startswith(f"{group}."))


def _built_in() -> dict[str, ApiKind]:
    return {
        name: ApiKind(
            name, known.group, known.version, known.plural, known.namespaced, known.short_names
        )
        for name, known in sorted(KINDS.items())
        if name in _SERVED
    }


BUILT_IN: Final = _built_in()
"""Kinds that every cluster has, by their names."""


def find_kind(word: str, kinds: Iterable[ApiKind] = ()) -> ApiKind:
    """Return the kind that kubectl would take a word for, of the built-in ones and of `kinds`.

    Raises NotFoundError if there is none, RefusedError for Secrets.
    """
    word = word.strip()
    for known in (*BUILT_IN.values(), *kinds):
        if known.is_called(word):
            return opened(known)
    message = f'error: the server doesn\'t have a resource type "{word}"'
    raise NotFoundError(message)


def opened(kind: ApiKind) -> ApiKind:
    """Return a kind that clients may see. Raises RefusedError for Secrets."""
    if kind.kind == _CLOSED and not kind.group:
        message = "error: Secrets are neither shown nor changed by this server"
        raise RefusedError(message)
    return kind
