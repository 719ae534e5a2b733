"""What may be a label, in the API's words."""

from __future__ import annotations

import re
from typing import Final

_MAX_NAME: Final = 63
_MAX_PREFIX: Final = 253
_NAME: Final = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]", re.ASCII)
_VALUE: Final = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?", re.ASCII)
_SUBDOMAIN: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")

_NAME_TEXT: Final = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
    "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
_VALUE_TEXT: Final = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  "
    "or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
_SUBDOMAIN_TEXT: Final = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)


def key_faults(key: str) -> list[str]:
    """Return what is wrong with the key of a label; nothing where it may be one."""
    prefix, slash, name = key.partition("/")
    if not slash:
        prefix, name = "", key
    elif "/" in name:
        more = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        return [f"a valid label key {_NAME_TEXT} {more}"]
    faults = []
    if slash:
        faults += [f"prefix part {fault}" for fault in _prefix_faults(prefix)]
    if not name:
        faults.append("name part must be non-empty")
    elif len(name.encode()) > _MAX_NAME:
        faults.append(f"name part must be no more than {_MAX_NAME} bytes")
    if not _NAME.fullmatch(name):
        faults.append(f"name part {_NAME_TEXT}")
    return faults


def value_faults(value: str) -> list[str]:
    """Return what is wrong with the value of a label; nothing where it may be one."""
    faults = []
    if len(value.encode()) > _MAX_NAME:
        faults.append(f"must be no more than {_MAX_NAME} bytes")
    if not _VALUE.fullmatch(value):
        faults.append(_VALUE_TEXT)
    return faults


def _prefix_faults(prefix: str) -> list[str]:
    if not prefix:
        return ["must be non-empty"]
    faults = []
    if len(prefix.encode()) > _MAX_PREFIX:
        faults.append(f"must be no more than {_MAX_PREFIX} bytes")
    if not _SUBDOMAIN.fullmatch(prefix):
        faults.append(_SUBDOMAIN_TEXT)
    return faults
