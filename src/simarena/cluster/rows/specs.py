"""Rows of what workloads and pods ask for: equal ones share a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from simarena.cluster.codes import NONE
from simarena.cluster.records import BLANK_SPEC
from simarena.cluster.rows.tables import room_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.rows.catalogue import Catalogue


def put_spec(
    catalogue: Catalogue, values: Mapping[str, int | list[int]], *, made_from: Fields | None = None
) -> int:
    """Return the row of specs with these values, a new one if there is none.

    Only what is `made_from` the same part of a manifest shares a row.
    """
    key = msgspec.json.encode([made_from, values], order="deterministic")
    row = catalogue.spec_rows.get(key)
    if row is None:
        row = _new_spec(catalogue, values)
        catalogue.spec_rows[key] = row
    return row


def put_spec_ring(catalogue: Catalogue, entries: Sequence[Mapping[str, int]]) -> int:
    """Return the first of rows of specs that take turns, NONE if there are none."""
    if not entries:
        return NONE
    key = msgspec.json.encode(entries, order="deterministic")
    first = catalogue.spec_rows.get(key)
    if first is None:
        rows = [_new_spec(catalogue, values) for values in entries]
        for row, after in zip(rows, [*rows[1:], rows[0]], strict=True):
            catalogue.world.specs[row]["next_lifecycle"] = after
        first = rows[0]
        catalogue.spec_rows[key] = first
    return first


def put_spec_chain(catalogue: Catalogue, link: str, entries: Sequence[Mapping[str, int]]) -> int:
    """Return the first of rows of specs that each name the next at `link`; NONE without any."""
    after = NONE
    for values in reversed(entries):
        after = put_spec(catalogue, {**values, link: after})
    return after


def _new_spec(catalogue: Catalogue, values: Mapping[str, int | list[int]]) -> int:
    row = int(catalogue.world.state[0]["num_specs"])
    catalogue.world = room_for(catalogue.world, specs=row + 1)
    catalogue.world.state[0]["num_specs"] = row + 1
    catalogue.world.specs[row] = BLANK_SPEC[0]
    spec = catalogue.world.specs[row]
    for name, value in values.items():
        spec[name] = value
    return row
