"""Values in the words of the API server, which are those of Go's formatter."""

from __future__ import annotations

import json


def quoted(text: str) -> str:
    """Return a text in double quotes, as `%q` writes it."""
    return json.dumps(text, ensure_ascii=False)


def go_type(value: object) -> str:
    """Return the name of the Go type that a JSON value has there."""
    names = {bool: "bool", int: "int64", float: "float64", str: "string"}
    if isinstance(value, dict):
        return "map[string]interface {}"
    if isinstance(value, list):
        return "[]interface {}"
    return names.get(type(value), "<nil>")


def go_value(value: object) -> str:
    """Return a JSON value as `%v` writes it."""
    if isinstance(value, dict):
        return f"map[{' '.join(f'{key}:{go_value(each)}' for key, each in sorted(value.items()))}]"
    if isinstance(value, list):
        return f"[{' '.join(map(go_value, value))}]"
    if isinstance(value, str):
        return value
    return "<nil>" if value is None else _plain(value)


def go_syntax(value: object) -> str:
    """Return a JSON value as `%#v` writes it, in the syntax of Go."""
    if isinstance(value, dict):
        pairs = (f"{quoted(key)}:{go_syntax(each)}" for key, each in sorted(value.items()))
        return f"map[string]interface {{}}{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[]interface {{}}{{{', '.join(map(go_syntax, value))}}}"
    if isinstance(value, str):
        return quoted(value)
    return "interface {}(nil)" if value is None else _plain(value)


def _plain(value: object) -> str:
    """Return a number or a truth; a number with an exponent where Go would take one."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, float):
        return str(value)
    mantissa, _, exponent = repr(value).partition("e")
    return f"{mantissa}e{int(exponent):+03d}" if exponent else mantissa.removesuffix(".0")
