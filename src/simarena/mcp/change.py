"""A change of a Deployment: its replicas, or what a container of it asks for."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from simarena.errors import QuantityError, RefusedError
from simarena.mcp.writing import Place
from simarena.trace import parse_cpu_milli, parse_memory_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simarena.cluster.manifests.fields import Fields, Manifest

MOST_REPLICAS: Final = 20_000

_PARSERS: Final[Mapping[str, Callable[[object], int]]] = {
    "cpu": parse_cpu_milli,
    "memory": parse_memory_bytes,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to become of a Deployment; what is not named stays as it is."""

    deploy: str
    namespace: str
    replicas: int | None = None
    container: str = ""
    """Which container's resources; empty: the first one's."""
    requests: Mapping[str, str] = field(default_factory=dict)
    """Quantities by resource, cpu or memory."""
    limits: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what the API would refuse in any Deployment."""
        if self.replicas is not None and not 0 <= self.replicas <= MOST_REPLICAS:
            message = f"error: replicas must be from 0 to {MOST_REPLICAS}, got {self.replicas}"
            raise RefusedError(message)
        for part in ("requests", "limits"):
            for resource, text in getattr(self, part).items():
                try:
                    _PARSERS[resource](text)
                except QuantityError as error:
                    message = f"error: {part}.{resource}: {error}"
                    raise RefusedError(message) from error

    @property
    def changes_resources(self) -> bool:
        """Whether it names any resource."""
        return bool(self.requests or self.limits)

    def container_name(self, deployment: Fields) -> str:
        """Return which container of a Deployment is meant. Raises RefusedError if it has none."""
        containers = deployment["spec"]["template"]["spec"]["containers"]
        names = [str(container["name"]) for container in containers]
        if not self.container:
            return names[0]
        if self.container not in names:
            message = (
                f'error: unable to find container named "{self.container}"; '
                f"{self.deploy} has {', '.join(names)}"
            )
            raise RefusedError(message)
        return self.container

    def made_in(self, deployment: Fields) -> Manifest:
        """Return a Deployment with this change made."""
        changed: Manifest = copy.deepcopy(dict(deployment))
        if self.replicas is not None:
            changed["spec"]["replicas"] = self.replicas
        if self.changes_resources:
            name = self.container_name(deployment)
            for container in changed["spec"]["template"]["spec"]["containers"]:
                if container["name"] == name:
                    container["resources"] = self._resources(container.get("resources") or {})
        return changed

    @property
    def place(self) -> Place:
        """Which object is changed."""
        return Place("Deployment", self.namespace, self.deploy)

    def check(self, changed: Fields) -> None:
        """Raise RefusedError if the changed Deployment requests more than it allows itself."""
        where = f'Deployment "{self.deploy}"'
        check_resources(where, changed["spec"]["template"]["spec"], "spec.template.spec")

    def _resources(self, before: Fields) -> Manifest:
        after = dict(before)
        for part, wanted in (("requests", self.requests), ("limits", self.limits)):
            if wanted:
                after[part] = {**(before.get(part) or {}), **wanted}
        return after


def check_resources(what: str, spec: Fields, where: str) -> None:
    """Raise RefusedError, in the API's words, if a container requests more than its limit.

    `what` is the object and `where` the place of the pod spec in it.
    """
    for index, container in enumerate(spec["containers"]):
        resources = container.get("resources") or {}
        limits = resources.get("limits") or {}
        for resource, text in (resources.get("requests") or {}).items():
            parse = _PARSERS.get(resource)
            if parse and resource in limits and parse(text) > parse(limits[resource]):
                message = (
                    f"error: The {what} is invalid: {where}.containers[{index}].resources."
                    f'requests: Invalid value: "{text}": must be less than or equal to {resource} '
                    f"limit of {limits[resource]}"
                )
                raise RefusedError(message)
