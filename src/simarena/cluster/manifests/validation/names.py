"""What names, labels, ports and the like must look like: each function returns what is wrong."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_LABEL: Final = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN: Final = rf"{_LABEL}(\.{_LABEL})*"
_UNDERSCORED: Final = r"_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
_NAME: Final = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_PERCENT: Final = "[0-9]+%"
_HEADER: Final = "[-A-Za-z0-9]+"
_KEY: Final = "[-._a-zA-Z0-9]+"
_ENDS: Final = "and must start and end with an alphanumeric character"

_MAX_LABEL: Final = 63
_MAX_SUBDOMAIN: Final = 253
_MAX_PORT_NAME: Final = 15
_MAX_PORT: Final = 65_535
_MAX_ID: Final = 2**31 - 1

_IS_LABEL: Final = re.compile(_LABEL).fullmatch
_IS_SUBDOMAIN: Final = re.compile(_SUBDOMAIN).fullmatch
_IS_UNDERSCORED: Final = re.compile(rf"{_UNDERSCORED}(\.{_UNDERSCORED})*").fullmatch
_IS_NAME: Final = re.compile(_NAME).fullmatch
_IS_PERCENT: Final = re.compile(_PERCENT).fullmatch
_IS_HEADER: Final = re.compile(_HEADER).fullmatch
_IS_KEY: Final = re.compile(_KEY).fullmatch
_IS_PORT_NAME: Final = re.compile("[-a-z0-9]+").fullmatch
_HAS_LETTER: Final = re.compile("[a-z]").search

Messages = tuple[str, ...]
"""What is wrong, nothing if all is well."""


@lru_cache(maxsize=8_192)
def label_key(text: str) -> Messages:
    """Check a label's key, with or without a domain before it."""
    prefix, slash, name = text.rpartition("/")
    wrong: list[str] = []
    words = _pattern(
        f"must consist of alphanumeric characters, '-', '_' or '.', {_ENDS}",
        _NAME,
        "MyName",
        "my.name",
        "123-abc",
    )
    if "/" in prefix:
        optional = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        return (f"a valid label key {words} {optional}",)
    if slash and not prefix:
        wrong.append("prefix part must be non-empty")
    elif prefix:
        if _num_bytes(prefix) > _MAX_SUBDOMAIN:
            wrong.append(f"prefix part must be no more than {_MAX_SUBDOMAIN} bytes")
        wrong.extend(f"prefix part {each}" for each in _subdomain_form(prefix))
    if not name:
        wrong.append("name part must be non-empty")
    elif _num_bytes(name) > _MAX_LABEL:
        wrong.append(f"name part must be no more than {_MAX_LABEL} bytes")
    if not _IS_NAME(name):
        wrong.append(f"name part {words}")
    return tuple(wrong)


@lru_cache(maxsize=8_192)
def label_value(text: str) -> Messages:
    """Check a label's value."""
    wrong = []
    if _num_bytes(text) > _MAX_LABEL:
        wrong.append(f"must be no more than {_MAX_LABEL} bytes")
    if text and not _IS_NAME(text):
        words = (
            "a valid label must be an empty string or consist of alphanumeric characters, "
            f"'-', '_' or '.', {_ENDS}"
        )
        wrong.append(_pattern(words, f"({_NAME})?", "MyValue", "my_value", "12345"))
    return tuple(wrong)


@lru_cache(maxsize=8_192)
def dns_label(text: str) -> Messages:
    """Check a label of a domain name, such as a container's name."""
    wrong = _too_long(text, _MAX_LABEL)
    if not _IS_LABEL(text):
        if _IS_SUBDOMAIN(text):
            return (*wrong, "must not contain dots")
        words = (
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or "
            f"'-', {_ENDS}"
        )
        return (*wrong, _pattern(words, _LABEL, "my-name", "123-abc"))
    return wrong


@lru_cache(maxsize=8_192)
def dns_subdomain(text: str) -> Messages:
    """Check a domain name, as most objects' names are."""
    return (*_too_long(text, _MAX_SUBDOMAIN), *_subdomain_form(text))


def _subdomain_form(text: str) -> Messages:
    if _IS_SUBDOMAIN(text):
        return ()
    words = (
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, "
        f"'-' or '.', {_ENDS}"
    )
    return (_pattern(words, _SUBDOMAIN, "example.com"),)


def dns_subdomain_with_underscores(text: str) -> Messages:
    """Check a domain name in which underscores may be."""
    wrong = _too_long(text, _MAX_SUBDOMAIN)
    if not _IS_UNDERSCORED(text):
        words = (
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, "
            f"'_', '-' or '.', {_ENDS}"
        )
        return (*wrong, _pattern(words, rf"{_UNDERSCORED}(\.{_UNDERSCORED})*", "example.com"))
    return wrong


def path_segment(text: str) -> Messages:
    """Check a name that only has to fit into a URL, such as a Role's."""
    if text in {".", ".."}:
        return (f"may not be '{text}'",)
    return tuple(f"may not contain '{each}'" for each in "/%" if each in text)


@lru_cache(maxsize=1_024)
def port_name(text: str) -> Messages:
    """Check a port's name."""
    wrong = list(_too_long(text, _MAX_PORT_NAME))
    if not _IS_PORT_NAME(text):
        wrong.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not _HAS_LETTER(text):
        wrong.append("must contain at least one letter (a-z)")
    if "--" in text:
        wrong.append("must not contain consecutive hyphens")
    if text[:1] == "-" or text[-1:] == "-":
        wrong.append("must not begin or end with a hyphen")
    return tuple(wrong)


def port_number(number: int) -> Messages:
    """Check a port's number."""
    return () if 1 <= number <= _MAX_PORT else (inclusive(1, _MAX_PORT),)


def identity(number: int) -> Messages:
    """Check a user's or a group's number."""
    return () if 0 <= number <= _MAX_ID else (inclusive(0, _MAX_ID),)


def percent(text: str) -> Messages:
    """Check a percentage."""
    if _IS_PERCENT(text):
        return ()
    words = "a valid percent string must be a numeric string followed by an ending '%'"
    return (_pattern(words, _PERCENT, "1%", "93%"),)


def header_name(text: str) -> Messages:
    """Check the name of an HTTP header."""
    if _IS_HEADER(text):
        return ()
    words = "a valid HTTP header must consist of alphanumeric characters or '-'"
    return (_pattern(words, _HEADER, "X-Header-Name"),)


def environment_name(text: str) -> Messages:
    """Check the name of an environment variable."""
    if not text:
        return ("environment variable name must be non-empty",)
    if all(" " <= each <= "~" and each != "=" for each in text):
        return ()
    words = "must consist only of printable ASCII characters other than '='"
    return (f"a valid environment variable name {words}",)


def config_key(text: str) -> Messages:
    """Check a key of a ConfigMap or a Secret."""
    wrong = list(_too_long(text, _MAX_SUBDOMAIN))
    if not _IS_KEY(text):
        words = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
        wrong.append(_pattern(words, _KEY, "key.name", "KEY_NAME", "key-name"))
    if text in {".", ".."}:
        wrong.append(f"must not be '{text}'")
    elif text.startswith(".."):
        wrong.append("must not start with '..'")
    return tuple(wrong)


def inclusive(least: int, most: int) -> str:
    """Return the words for a number out of its range."""
    return f"must be between {least} and {most}, inclusive"


def _num_bytes(text: str) -> int:
    return len(text.encode(errors="replace"))


def _too_long(text: str, most: int) -> Messages:
    if _num_bytes(text) <= most:
        return ()
    return (f"must be no more than {most} characters",)


def _pattern(words: str, pattern: str, *examples: str) -> str:
    shown = " or ".join(f"'{each}', " for each in examples)
    return f"{words} (e.g. {shown}regex used for validation is '{pattern}')"
