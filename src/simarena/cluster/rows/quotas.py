"""ResourceQuotas and LimitRanges to rows of a World: what pods of each template are charged for.

Quotas count cores in thousandths, as all that is not bytes, and bytes one by one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from simarena.cluster.codes import NONE, Phase
from simarena.cluster.manifests.admission import limit_ranges, quotas
from simarena.cluster.manifests.admission.pods import as_stored
from simarena.cluster.manifests.fields import copied
from simarena.cluster.rows.tables import room_for
from simarena.trace.quantity import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from simarena.cluster.manifests.api_object import ObjectKey
    from simarena.cluster.manifests.fields import Fields, Manifest
    from simarena.cluster.manifests.priorities import PriorityClass
    from simarena.cluster.rows.catalogue import Catalogue, TemplateInfo

Named = TypeVar("Named")

KINDS_OF_BOUNDS: Final = frozenset({"ResourceQuota", "LimitRange"})
_BYTES: Final = ("memory", "ephemeral-storage", "storage", "hugepages-")
_MILLI: Final = 1_000
_MOST_HARD: Final = 1 << 62
_MOST_AMOUNT: Final = 1 << 47
"""Of one pod, 128 TiB; tens of thousands of them are still counted rightly."""


@dataclass(slots=True)
class Quotas:
    """The quotas and limit ranges of a cluster, and the names behind what is charged for them."""

    objects: dict[str, dict[ObjectKey, Manifest]] = field(default_factory=dict)
    """By namespace."""
    rows: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """Rows of bounds, by namespace, quota and resource; also of those that are no more."""
    charges: list[quotas.Charge] = field(default_factory=list)
    """All that there ever were, by number: what the log tells does not change."""
    refusals: list[str] = field(default_factory=list)
    """Why templates were refused, whatever was used, by number."""
    numbers: dict[object, int] = field(default_factory=dict)
    """Those of charges and refusals; and of quotas, by namespace and name."""
    num_charges: int = 0

    def copied(self) -> Quotas:
        """Return quotas that can be changed apart."""
        return Quotas(
            {namespace: dict(objects) for namespace, objects in self.objects.items()},
            dict(self.rows),
            list(self.charges),
            list(self.refusals),
            dict(self.numbers),
            self.num_charges,
        )

    def of(self, kind: str, namespace: str) -> list[Manifest]:
        """Return the quotas, or the limit ranges, of a namespace, by name."""
        objects = self.objects.get(namespace, {})
        return [objects[key] for key in sorted(objects) if key.kind == kind]


def put_quota(catalogue: Catalogue, key: ObjectKey, manifest: Manifest | None) -> None:
    """Take note of a quota or limit range, of one that is no more if there is no manifest.

    Other kinds are of no concern. What pods of its namespace are charged for is written anew.
    """
    if key.kind not in KINDS_OF_BOUNDS:
        return
    objects = catalogue.quotas.objects.setdefault(key.namespace, {})
    if manifest is None:
        objects.pop(key, None)
    else:
        objects[key] = manifest
    for row, info in enumerate(catalogue.templates):
        if info.namespace == key.namespace:
            charge_template(catalogue, row)
    _count(catalogue, key.namespace)


def charge_template(catalogue: Catalogue, row: int) -> None:
    """Write what pods of a template are charged for, and why they are refused if all are."""
    record = catalogue.world.templates[row]
    record["first_charge"] = record["refusal"] = NONE
    info, known = catalogue.templates[row], catalogue.quotas
    if not known.objects.get(info.namespace):
        return
    ranges = known.of("LimitRange", info.namespace)
    pod = _pod_of(info, ranges, catalogue.surroundings.priority_classes)
    found = known.of("ResourceQuota", info.namespace)
    refusal = limit_ranges.refusal(pod, ranges) or quotas.unspecified(pod, found)
    if refusal:
        record["refusal"] = _number_of(known, known.refusals, refusal)
        _note_lines(catalogue, 1)
        return
    asked = quotas.charges(pod, found)
    _note_lines(catalogue, len(asked) + 1)
    for each in reversed(asked):
        bound = _bound_row(catalogue, info.namespace, each)
        number = known.num_charges
        catalogue.world = room_for(catalogue.world, charges=number + 1)
        known.num_charges = number + 1
        amount = min(_units(each.resource, each.amount), _MOST_AMOUNT)
        record = catalogue.world.templates[row]
        named = _number_of(known, known.charges, each)
        catalogue.world.charges[number] = (amount, bound, named, record["first_charge"])
        record["first_charge"] = number


def amount_of(resource: str, units: int) -> int | Fraction:
    """Return the amount that so many units of a bound are."""
    return units if _is_bytes(resource) else Fraction(units, _MILLI)


def room_of(catalogue: Catalogue, template_row: int) -> bool:
    """Return whether a controller would be let create a pod of a template now."""
    world = catalogue.world
    if world.templates[template_row]["refusal"] != NONE:
        return False
    return all(
        world.bounds[charge["bound"]]["used"] + charge["amount"]
        <= world.bounds[charge["bound"]]["hard"]
        for charge in _charges(catalogue, template_row)
    )


def _charges(catalogue: Catalogue, template_row: int) -> Iterator[np.void]:
    number = int(catalogue.world.templates[template_row]["first_charge"])
    while number != NONE:
        charge = catalogue.world.charges[number]
        yield charge
        number = int(charge["next"])


def _pod_of(
    info: TemplateInfo, ranges: Sequence[Manifest], classes: Mapping[str, PriorityClass]
) -> Fields:
    """Return a pod of a template as quotas see it: with what the plugins before them fill in."""
    pod: Manifest = {"kind": "Pod", **copied(info.pod)}
    pod.setdefault("metadata", {})
    limit_ranges.default_amounts(pod, ranges)
    as_stored(pod["spec"], classes)
    return pod


def _is_bytes(resource: str) -> bool:
    return resource.removeprefix("requests.").removeprefix("limits.").startswith(_BYTES)


def _units(resource: str, amount: int | Fraction) -> int:
    return math.ceil(amount if _is_bytes(resource) else amount * _MILLI)


def _number_of(known: Quotas, named: list[Named], each: Named) -> int:
    """Return the number of something that the log tells of, a new one if it is new."""
    number = known.numbers.setdefault(each, len(named))
    if number == len(named):
        named.append(each)
    return number


def _note_lines(catalogue: Catalogue, number: int) -> None:
    state = catalogue.world.state[0]
    state["most_refused"] = max(int(state["most_refused"]), number)


def _bound_row(catalogue: Catalogue, namespace: str, charge: quotas.Charge) -> int:
    """Return the row of what a charge is for, a new one if it is new."""
    known = catalogue.quotas
    key = (namespace, charge.quota, charge.resource)
    row = known.rows.setdefault(key, len(known.rows))
    catalogue.world = room_for(catalogue.world, bounds=len(known.rows))
    record = catalogue.world.bounds[row]
    record["quota"] = known.numbers.setdefault(key[:2], len(known.numbers))
    record["hard"] = min(
        math.floor(_exact(charge.resource, parse_quantity(charge.hard))), _MOST_HARD
    )
    return row


def _exact(resource: str, amount: int | Fraction) -> int | Fraction:
    return amount if _is_bytes(resource) else amount * _MILLI


def _count(catalogue: Catalogue, namespace: str) -> None:
    """Write how much pods that are there use of what is bounded in a namespace."""
    world = catalogue.world
    for key, row in catalogue.quotas.rows.items():
        if key[0] == namespace:
            world.bounds[row]["used"] = 0
    pods = world.pods[: int(world.state[0]["num_pods"])]
    living = pods[(pods["present"] == 1) & (pods["phase"] < Phase.SUCCEEDED)]
    counts = np.bincount(living["template"], minlength=len(catalogue.templates))
    for row in np.flatnonzero(counts).tolist():
        if catalogue.templates[row].namespace == namespace:
            for charge in _charges(catalogue, row):
                world.bounds[charge["bound"]]["used"] += charge["amount"] * int(counts[row])
