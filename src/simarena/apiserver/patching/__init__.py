"""Patches, server-side apply, and who owns which field of an object."""

from __future__ import annotations

from simarena.apiserver.patching.applying import applied
from simarena.apiserver.patching.bodies import decode_apply, decode_patch, strict_error
from simarena.apiserver.patching.json_patch import json_patched
from simarena.apiserver.patching.managed import (
    Write,
    manager_of,
    reset_fields,
    settled,
    updated,
)
from simarena.apiserver.patching.merge_patch import merge_patched
from simarena.apiserver.patching.schema import DEDUCED, Type, custom_type, type_of_kind
from simarena.apiserver.patching.strategic import (
    not_strategic,
    strategic_patched,
    without_orders,
)
from simarena.apiserver.patching.unknown import known_fields, unknown_fields

__all__ = [
    "DEDUCED",
    "Type",
    "Write",
    "applied",
    "custom_type",
    "decode_apply",
    "decode_patch",
    "json_patched",
    "known_fields",
    "manager_of",
    "merge_patched",
    "not_strategic",
    "reset_fields",
    "settled",
    "strategic_patched",
    "strict_error",
    "type_of_kind",
    "unknown_fields",
    "updated",
    "without_orders",
]
