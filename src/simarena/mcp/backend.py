"""What the tools look at: a cluster, simulated or live, as its API would show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.objects.explanation import Verdict
    from simarena.cluster.objects.metrics import UsageSample
    from simarena.mcp.kubectl.kinds import ApiKind
    from simarena.mcp.kubectl.selectors import Selectors


class Backend(Protocol):
    """Reads one cluster. Nothing here changes it, and no virtual time passes.

    Objects that come back are shared: they are to be read, not written to. What the API refuses is
    raised as a SimArenaError, NotFoundError where something does not exist.
    """

    @property
    def now(self) -> datetime:
        """The cluster's present, which ages are counted up to."""

    def list(
        self, kind: str, namespace: str | None, selectors: Selectors | None = None
    ) -> Sequence[Fields]:
        """Return the objects of a kind that are selected; namespace None means every one."""

    def get(self, kind: str, name: str, namespace: str) -> Fields:
        """Return one object."""

    def kind(self, word: str) -> ApiKind:
        """Return the kind that kubectl takes a word for; `list` and `get` know it by its key."""

    def events(self, namespace: str | None, selectors: Selectors | None = None) -> Sequence[Fields]:
        """Return Event objects, the latest at the end."""

    def logs(
        self,
        pod: str,
        namespace: str,
        *,
        container: str | None,
        tail: int,
        previous: bool,
        timestamps: bool,
    ) -> str:
        """Return the last `tail` lines that a container has written."""

    def usage(self, kind: str, namespace: str | None) -> Sequence[UsageSample]:
        """Return what each running Pod, or each Node, uses now."""

    def refusals(self, pod: Fields) -> Sequence[str]:
        """Return why the API would not let such a pod be created, in its words."""

    def explain(self, pod: Fields) -> Verdict:
        """Return what the scheduler would do with such a pod now."""
