"""Kubernetes quantities ("500m", "1.5Gi", "2e3") to exact numbers and back.

The parser follows `resource.ParseQuantity` of k8s.io/apimachinery, its oddities included: finer
than a billionth is rounded away from zero, and a suffix without digits ("Mi") is zero. It differs
in one thing: a value outside int64, which the API caps or lets overflow, is an error here.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from simarena.errors import QuantityError

if TYPE_CHECKING:
    from typing import Final

INT64_MAX: Final = 2**63 - 1

_MAX_CHARS = 1024
_NANO = 10**9
_THOUSAND = 1_000
_KIBI = 1_024
_MAX_KEPT = 18
_MAX_KEPT_BINARY = 6
_GRAMMAR = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)")
_EXPONENT = re.compile(r"[eE]([+-]?[0-9]+)")
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_BINARY_NEEDING_DIGITS = ("Pi", "Ei")


def parse_quantity(value: object) -> int | Fraction:
    """Return the exact value of a quantity: an int where it is whole, else a Fraction.

    Takes text, and the plain numbers that JSON and MessagePack allow in its place. Raises
    QuantityError for what the API would refuse and for values that int64 cannot hold.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        message = f"a quantity must be text or a number, got {_shown(value)}"
        raise QuantityError(message)
    if isinstance(value, int):
        return _within_int64(value, value)
    return _parse_text(value if isinstance(value, str) else repr(value))


def parse_cpu_milli(value: object) -> int:
    """Return a CPU quantity in millicores, rounded up; QuantityError if negative."""
    return _whole(value, 1000, "cpu")


def parse_memory_bytes(value: object) -> int:
    """Return a memory quantity in bytes, rounded up; QuantityError if negative."""
    return _whole(value, 1, "memory")


def parse_count(value: object) -> int:
    """Return a count (pods, devices) as the API reads it, rounded up; QuantityError if negative."""
    return _whole(value, 1, "count")


def format_cpu_milli(cpu_milli: int) -> str:
    """Return millicores as a quantity: "500m", or "2" for whole cores."""
    cores, rest = divmod(cpu_milli, 1000)
    return f"{cpu_milli}m" if rest else str(cores)


def format_memory_bytes(memory_bytes: int) -> str:
    """Return bytes as a quantity with the largest suffix that loses nothing: "256Mi", "1Gi"."""
    if memory_bytes == 0:
        return "0"
    for suffix, power in reversed(_BINARY.items()):
        count, rest = divmod(memory_bytes, 1 << power)
        if not rest:
            return f"{count}{suffix}"
    return str(memory_bytes)


def canonical_quantity(value: object) -> str:
    """Return a quantity as the API writes it: no finer than it has to be, in its own notation.

    "0.5" is "500m", "1024Mi" is "1Gi", "129e6" stays. Raises QuantityError as `parse_quantity`.
    """
    return _canonical(value if isinstance(value, str) else repr(value), milli=False)


def stored_resource(value: object) -> str:
    """Return an amount of a resource as the API keeps it: as above, rounded up to thousandths."""
    return _canonical(value if isinstance(value, str) else repr(value), milli=True)


def written_quantity(amount: int | Fraction, like: str = "") -> str:
    """Return an amount as the API writes it, in the notation of another quantity."""
    amount = Fraction(amount)
    suffix = like.lstrip("+-.0123456789")
    if suffix in _BINARY and (abs(amount) < _KIBI or amount != int(amount)):
        suffix = ""
    if suffix in _BINARY:
        number, power = int(amount), 0
        while number % _KIBI == 0 and power < len(_BINARY):
            number //= _KIBI
            power += 1
        return f"{number}{list(_BINARY)[power - 1] if power else ''}"
    if amount == 0:
        return "0"
    nanos, exponent = int(amount * _NANO), _DECIMAL["n"]
    while nanos % _THOUSAND == 0:
        nanos //= _THOUSAND
        exponent += 3
    if suffix[:1] in {"e", "E"} and suffix != "E":
        return f"{nanos}e{exponent}" if exponent else str(nanos)
    known = {power: each for each, power in _DECIMAL.items()}
    while exponent not in known:
        nanos *= _THOUSAND
        exponent -= 3
    return f"{nanos}{known[exponent]}"


@lru_cache(maxsize=4_096)
def _canonical(text: str, *, milli: bool) -> str:
    amount = Fraction(parse_quantity(text))
    if _is_kept(text, _DECIMAL["m"] if milli else _DECIMAL["n"]):
        return text
    if milli and amount != int(amount):
        away = math.ceil(abs(amount) * _THOUSAND)
        amount = Fraction(away if amount > 0 else -away, _THOUSAND)
    return written_quantity(amount, text)


def _is_kept(text: str, least_scale: int) -> bool:
    """Return whether the API keeps a quantity in the very letters in which it was given."""
    match = _GRAMMAR.fullmatch(text)
    if match is None:
        return False
    _, whole, fraction, suffix = match.groups(default="")
    digits = whole + fraction
    if not digits or len(digits) > _MAX_KEPT:
        return False
    if suffix in _BINARY:
        return not fraction and int(digits) % 8 != 0 and len(digits) <= _MAX_KEPT_BINARY
    scale = _suffix(text, suffix)[0] - len(fraction)
    return (
        scale % 3 == 0 and scale >= least_scale and not digits.endswith("000") and digits[0] != "0"
    )


def _whole(value: object, factor: int, what: str) -> int:
    return (_whole_text if type(value) is str else _whole_amount)(value, factor, what)


@lru_cache(maxsize=4_096)
def _whole_text(text: object, factor: int, what: str) -> int:
    return _whole_amount(text, factor, what)


def _whole_amount(value: object, factor: int, what: str) -> int:
    amount = parse_quantity(value)
    if amount < 0:
        message = f"{what} {_shown(value)} is negative"
        raise QuantityError(message)
    whole = math.ceil(amount * factor)
    if whole > INT64_MAX:
        message = f"{what} {_shown(value)} is too large"
        raise QuantityError(message)
    return whole


@lru_cache(maxsize=4_096)
def _parse_text(text: str) -> int | Fraction:
    if len(text) > _MAX_CHARS:
        message = f"a quantity of {len(text)} characters is not believable"
        raise QuantityError(message)
    match = _GRAMMAR.fullmatch(text)
    if not text or match is None:
        message = f"{_shown(text)} is not a quantity; write a number and a unit, as 500m or 1.5Gi"
        raise QuantityError(message)
    sign, whole, fraction, suffix = match.groups(default="")
    exponent, power = _suffix(text, suffix)
    digits = (whole + fraction).lstrip("0")
    if not digits:
        if not whole + fraction and (suffix in _BINARY_NEEDING_DIGITS or exponent < _DECIMAL["n"]):
            message = f"{_shown(text)} is not a quantity: it has no digits"
            raise QuantityError(message)
        return 0
    scale = exponent - len(fraction)
    # Decided before any power is computed, so that "1e999999999" costs nothing.
    if len(digits) + scale > len(str(INT64_MAX)):
        message = f"quantity {_shown(text)} is too large"
        raise QuantityError(message)
    if len(digits) + scale < _DECIMAL["n"] and not power:
        amount = Fraction(1, _NANO)
    else:
        exact = Fraction(int(digits) << power) * Fraction(10) ** scale
        amount = Fraction(math.ceil(exact * _NANO), _NANO)
    amount = -amount if sign == "-" else amount
    return _within_int64(int(amount) if amount.denominator == 1 else amount, text)


def _suffix(text: str, suffix: str) -> tuple[int, int]:
    """Return the powers of ten and of two that a suffix stands for."""
    if suffix in _DECIMAL:
        return _DECIMAL[suffix], 0
    if suffix in _BINARY:
        return 0, _BINARY[suffix]
    match = _EXPONENT.fullmatch(suffix)
    if match is None:
        message = f"{_shown(text)} has an unknown unit {_shown(suffix)}"
        raise QuantityError(message)
    exponent = int(match[1])
    if abs(exponent) >= 2**31:
        message = f"{_shown(text)} has an exponent out of range"
        raise QuantityError(message)
    return exponent, 0


def _within_int64(amount: int | Fraction, value: object) -> int | Fraction:
    if not -INT64_MAX <= amount <= INT64_MAX:
        message = f"quantity {_shown(value)} is too large"
        raise QuantityError(message)
    return amount


def _shown(value: object) -> str:
    if not isinstance(value, (str, int, float)):
        return "nothing" if value is None else f"a {type(value).__name__}"
    if isinstance(value, int) and value.bit_length() > 128:  # noqa: PLR2004
        return "an integer of many digits"
    text = ascii(value)
    return text if len(text) <= 40 else f"{text[:36]}..."  # noqa: PLR2004
