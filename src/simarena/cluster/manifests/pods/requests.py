"""A pod's resource requests as integers, in the parts that later edits must tell apart.

The scheduler counts for a pod, by resource, the larger of what runs together (containers and
sidecars) and the peak while init containers run, and adds the overhead. For scores it takes
100m of CPU and 200 MiB of memory for each container that says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from simarena.cluster.codes import NONE
from simarena.cluster.manifests.fields import mapping, objects, string
from simarena.errors import ManifestError, QuantityError
from simarena.trace.quantity import parse_count, parse_cpu_milli, parse_memory_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from simarena.cluster.manifests.fields import Fields

CPU: Final = "cpu"
MEMORY: Final = "memory"
EPHEMERAL_STORAGE: Final = "ephemeral-storage"

DEFAULT_CPU_MILLI: Final = 100
"""What a container without a CPU request counts for in scores."""

DEFAULT_MEMORY_BYTES: Final = 200 * 1024**2
"""What a container without a memory request counts for in scores."""

MAX_AMOUNT: Final = 1 << 53
"""Most that a pod can ask for, or a node have, of anything: beyond it scores are not exact."""

MAX_CONTAINERS: Final = 1_000
"""Most containers of a pod, and most that initialise it."""

Amounts = dict[str, int]
"""Whole amounts by resource: millicores of cpu, bytes, or counts."""

_PARSERS: Mapping[str, Callable[[object], int]] = {
    CPU: parse_cpu_milli,
    MEMORY: parse_memory_bytes,
    EPHEMERAL_STORAGE: parse_memory_bytes,
}
_DEFAULTS: Mapping[str, int] = {CPU: DEFAULT_CPU_MILLI, MEMORY: DEFAULT_MEMORY_BYTES}


@dataclass(frozen=True, slots=True, kw_only=True)
class PodRequests:
    """What a pod asks for. Fields named after those of a TEMPLATE row mean the same."""

    first_cpu_milli: int = NONE
    first_memory_bytes: int = NONE
    first_cpu_limit_milli: int = NONE
    first_memory_limit_bytes: int = NONE
    others_cpu_milli: int = 0
    others_memory_bytes: int = 0
    others_cpu_nonzero_milli: int = 0
    others_memory_nonzero_bytes: int = 0
    init_cpu_milli: int = 0
    init_memory_bytes: int = 0
    init_cpu_nonzero_milli: int = 0
    init_memory_nonzero_bytes: int = 0
    others_cpu_scored_milli: int = 0
    others_memory_scored_bytes: int = 0
    init_cpu_scored_milli: int = 0
    init_memory_scored_bytes: int = 0
    overhead_cpu_milli: int = 0
    overhead_memory_bytes: int = 0
    ephemeral_bytes: int = 0
    """Of the whole pod."""
    requests_whole: bool = False
    """It says what the pod asks for as a whole; limits of it are requests, too."""

    extended: Mapping[str, int] = field(default_factory=dict)
    """Of the whole pod, by resource name; zero amounts are left out."""

    @property
    def cpu_milli(self) -> int:
        """The whole pod's CPU request."""
        return _total(
            self.first_cpu_milli,
            0,
            self.others_cpu_milli,
            self.init_cpu_milli,
            self.overhead_cpu_milli,
        )

    @property
    def memory_bytes(self) -> int:
        """The whole pod's memory request."""
        return _total(
            self.first_memory_bytes,
            0,
            self.others_memory_bytes,
            self.init_memory_bytes,
            self.overhead_memory_bytes,
        )

    @property
    def cpu_nonzero_milli(self) -> int:
        """The whole pod's CPU request as scores count it."""
        return _total(
            self.first_cpu_milli,
            DEFAULT_CPU_MILLI,
            self.others_cpu_nonzero_milli,
            self.init_cpu_nonzero_milli,
            self.overhead_cpu_milli,
        )

    @property
    def memory_nonzero_bytes(self) -> int:
        """The whole pod's memory request as scores count it."""
        return _total(
            self.first_memory_bytes,
            DEFAULT_MEMORY_BYTES,
            self.others_memory_nonzero_bytes,
            self.init_memory_nonzero_bytes,
            self.overhead_memory_bytes,
        )

    @property
    def cpu_scored_milli(self) -> int:
        """What NodeResourcesFit scores: `cpu_nonzero_milli` of the containers alone."""
        return _total(
            self.first_cpu_milli,
            DEFAULT_CPU_MILLI,
            self.others_cpu_scored_milli,
            self.init_cpu_scored_milli,
            self.overhead_cpu_milli,
        )

    @property
    def memory_scored_bytes(self) -> int:
        """What NodeResourcesFit scores: `memory_nonzero_bytes` of the containers alone."""
        return _total(
            self.first_memory_bytes,
            DEFAULT_MEMORY_BYTES,
            self.others_memory_scored_bytes,
            self.init_memory_scored_bytes,
            self.overhead_memory_bytes,
        )

    def row(self) -> Amounts:
        """Return the values of a TEMPLATE row's fields that are about resources."""
        return {name: getattr(self, name) for name in ROW_FIELDS}


ROW_FIELDS: Final = (
    "cpu_milli",
    "memory_bytes",
    "ephemeral_bytes",
    "requests_whole",
    "cpu_nonzero_milli",
    "memory_nonzero_bytes",
    "cpu_scored_milli",
    "memory_scored_bytes",
    "first_cpu_milli",
    "first_memory_bytes",
    "first_cpu_limit_milli",
    "first_memory_limit_bytes",
    "others_cpu_milli",
    "others_memory_bytes",
    "others_cpu_nonzero_milli",
    "others_memory_nonzero_bytes",
    "init_cpu_milli",
    "init_memory_bytes",
    "init_cpu_nonzero_milli",
    "init_memory_nonzero_bytes",
    "others_cpu_scored_milli",
    "others_memory_scored_bytes",
    "init_cpu_scored_milli",
    "init_memory_scored_bytes",
    "overhead_cpu_milli",
    "overhead_memory_bytes",
)
"""Fields of a TEMPLATE row that `PodRequests.row` fills."""


class Resources(NamedTuple):
    """What a container asks for, by resource."""

    requests: Amounts
    """Its limits where it has no requests."""
    limits: Amounts


def pod_requests(pod_spec: Fields, where: str = "spec") -> PodRequests:
    """Return what a pod asks for; `where` begins the messages of ManifestError."""
    containers = [
        read_resources(container, f"{where}.containers[{index}]")
        for index, container in enumerate(objects(pod_spec, "containers", where))
    ]
    init_containers = [
        (
            read_resources(container, f"{where}.initContainers[{index}]"),
            string(container, "restartPolicy", f"{where}.initContainers[{index}]") == "Always",
        )
        for index, container in enumerate(objects(pod_spec, "initContainers", where))
    ]
    return total_requests(pod_spec, where, containers, init_containers)


def total_requests(
    pod_spec: Fields,
    where: str,
    containers: Sequence[Resources],
    init_containers: Sequence[tuple[Resources, bool]],
) -> PodRequests:
    """Return what a pod asks for whose containers have been read, with which init ones run on.

    A request that is missing takes the value of its limit, as the API fills it in. Where
    `spec.resources` sets a request for the whole pod, that takes the place of the containers'
    sum, as a peak that they may not exceed; only NodeResourcesFit's score goes by the containers
    nevertheless. Raises ManifestError if that part is malformed.
    """
    if not containers:
        message = f"{where}.containers must have at least one container"
        raise ManifestError(message)
    for name, number in (
        ("containers", len(containers)),
        ("initContainers", len(init_containers)),
    ):
        if number > MAX_CONTAINERS:
            message = f"{where}.{name} must be at most {MAX_CONTAINERS} to be simulated"
            raise ManifestError(message)
    requests = [each.requests for each in containers]
    sidecars, peak, sidecars_nonzero, peak_nonzero = _initialisation(init_containers)
    overhead = read_amounts(pod_spec, "overhead", where)
    others = _sum([*requests[1:], sidecars])
    others_nonzero = _sum([*map(_nonzero, requests[1:]), sidecars_nonzero])
    first = dict(requests[0])
    limits = containers[0].limits
    running = _sum([requests[0], others])
    total = _most(running, peak)
    others_scored, peak_scored = dict(others_nonzero), dict(peak_nonzero)
    whole = _whole_pod(pod_spec, total, where)
    for name, amount in whole.items():
        if name in _DEFAULTS and name not in first:
            others_scored[name] = others_scored.get(name, 0) + _DEFAULTS[name]
        total[name] = peak[name] = peak_nonzero[name] = amount
        others_nonzero[name] = others.get(name, 0)
        first.setdefault(name, 0)
    total = _sum([total, overhead])
    for name, amount in total.items():
        _check_amount(name, amount, f"{where}: what all containers ask for of {name}")
    return PodRequests(
        first_cpu_milli=first.get(CPU, NONE),
        first_memory_bytes=first.get(MEMORY, NONE),
        first_cpu_limit_milli=limits.get(CPU, NONE),
        first_memory_limit_bytes=limits.get(MEMORY, NONE),
        others_cpu_milli=others.get(CPU, 0),
        others_memory_bytes=others.get(MEMORY, 0),
        others_cpu_nonzero_milli=others_nonzero.get(CPU, 0),
        others_memory_nonzero_bytes=others_nonzero.get(MEMORY, 0),
        init_cpu_milli=peak.get(CPU, 0),
        init_memory_bytes=peak.get(MEMORY, 0),
        init_cpu_nonzero_milli=peak_nonzero.get(CPU, 0),
        init_memory_nonzero_bytes=peak_nonzero.get(MEMORY, 0),
        others_cpu_scored_milli=others_scored.get(CPU, 0),
        others_memory_scored_bytes=others_scored.get(MEMORY, 0),
        init_cpu_scored_milli=peak_scored.get(CPU, 0),
        init_memory_scored_bytes=peak_scored.get(MEMORY, 0),
        overhead_cpu_milli=overhead.get(CPU, 0),
        overhead_memory_bytes=overhead.get(MEMORY, 0),
        ephemeral_bytes=total.get(EPHEMERAL_STORAGE, 0),
        requests_whole=bool(whole),
        extended={
            name: amount
            for name, amount in sorted(total.items())
            if amount > 0 and name not in _PARSERS
        },
    )


def read_resources(container: Fields, where: str) -> Resources:
    """Return what a container asks for; ManifestError if it is malformed."""
    at = f"{where}.resources"
    resources = mapping(container, "resources", where)
    limits = read_amounts(resources, "limits", at)
    return Resources({**limits, **read_amounts(resources, "requests", at)}, limits)


def read_amounts(parent: Fields, key: str, where: str) -> Amounts:
    """Return the quantities at `key` as whole amounts, by resource."""
    amounts = {}
    for name, value in mapping(parent, key, where).items():
        if not is_resource(name):
            message = (
                f"{where}.{key}.{name} is no resource that a container can ask for; use cpu, "
                "memory, ephemeral-storage or a name with a domain, such as example.com/gpu"
            )
            raise ManifestError(message)
        try:
            amounts[name] = _PARSERS.get(name, parse_count)(value)
        except QuantityError as error:
            message = f"{where}.{key}.{name}: {error}"
            raise ManifestError(message) from error
        _check_amount(name, amounts[name], f"{where}.{key}.{name}")
    return amounts


def _check_amount(name: str, amount: int, where: str) -> None:
    if amount > MAX_AMOUNT:
        most = f"{MAX_AMOUNT}m" if name == CPU else str(MAX_AMOUNT)
        message = f"{where} must be at most {most} to be simulated"
        raise ManifestError(message)


def is_resource(name: object) -> bool:
    """Return whether the scheduler counts a resource; beyond the three of a machine, by name."""
    if not isinstance(name, str):
        return False
    counted = "/" in name or name.startswith(("hugepages-", "attachable-volumes-"))
    return counted or name in _PARSERS


def _initialisation(
    init_containers: Sequence[tuple[Resources, bool]],
) -> tuple[Amounts, Amounts, Amounts, Amounts]:
    """Return sidecars' sum and the peak of initialisation, plain and with defaults."""
    sidecars: Amounts = {}
    peak: Amounts = {}
    sidecars_nonzero: Amounts = {}
    peak_nonzero: Amounts = {}
    for own, is_sidecar in init_containers:
        while_it_runs = _sum([sidecars, own.requests])
        while_it_runs_nonzero = _sum([sidecars_nonzero, _nonzero(own.requests)])
        peak = _most(peak, while_it_runs)
        peak_nonzero = _most(peak_nonzero, while_it_runs_nonzero)
        if is_sidecar:
            sidecars = while_it_runs
            sidecars_nonzero = while_it_runs_nonzero
    return sidecars, peak, sidecars_nonzero, peak_nonzero


def _whole_pod(pod_spec: Fields, total: Amounts, where: str) -> Amounts:
    """Return the requests that `spec.resources` sets for the whole pod.

    The API fills a missing one from the containers' total if any container asks for it, and else
    from the pod's own limit.
    """
    at = f"{where}.resources"
    resources = mapping(pod_spec, "resources", where)
    amounts = read_amounts(resources, "limits", at)
    if resources:
        named = [*amounts, *_DEFAULTS]
        amounts.update({name: total[name] for name in named if name in total})
    amounts.update(read_amounts(resources, "requests", at))
    for name, amount in amounts.items():
        if name not in _DEFAULTS and not name.startswith("hugepages-"):
            message = f"{at} may set cpu, memory and hugepages for the whole pod, not {name}"
            raise ManifestError(message)
        if amount < total.get(name, 0):
            message = f"{at}.requests.{name} must be at least what its containers ask for together"
            raise ManifestError(message)
    return amounts


def _total(first: int, default: int, others: int, init: int, overhead: int) -> int:
    own = default if first == NONE else first
    return max(init, own + others) + overhead


def _nonzero(amounts: Amounts) -> Amounts:
    return {**_DEFAULTS, **amounts}


def _sum(parts: Sequence[Amounts]) -> Amounts:
    total: Amounts = {}
    for part in parts:
        for name, amount in part.items():
            total[name] = total.get(name, 0) + amount
    return total


def _most(first: Amounts, second: Amounts) -> Amounts:
    return {
        name: max(first.get(name, 0), second.get(name, 0)) for name in sorted({*first, *second})
    }
