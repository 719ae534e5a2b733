"""Every exception that SimArena raises on purpose.

    SimArenaError
    ├── TraceError            a trace cannot be read, checked, edited or written
    │   └── QuantityError     a Kubernetes quantity that the API would refuse
    ├── StorageError          a path or URI cannot be read or written
    │   └── StoreBusyError    an object store that does not answer now, and may later
    ├── ManifestError         a Kubernetes object is malformed or cannot be simulated
    │   └── ApiRefusalError   the API refuses it: its code, reason and causes
    ├── NotFoundError         an object that was asked for does not exist
    ├── RefusedError          an operation that kubectl or the API would refuse
    │   ├── ApiError          a request that the API answers with a Status
    │   ├── AnsweredError     what a live API answered instead: its code and reason
    │   └── UnreachableError  a live API that does not answer at all
    ├── InfrastructureError   a live cluster, or SimKube in it, did not do its part
    │   └── WaitError         what was waited for has not come in time
    ├── SimulationError       the cluster stopped at a status it cannot go on from
    ├── ConfigError           settings that no run could use
    │   └── UnknownArgumentError   a keyword argument that nothing takes; also a TypeError
    ├── UnknownNameError      a name that no registry knows, with the nearest one
    │   └── UnknownAttributeError  an attribute that environments lack; also an AttributeError
    ├── ScenarioError         a scenario that cannot be built
    ├── EpisodeError          a step that an environment cannot take
    ├── CheckpointError       a checkpoint that is damaged or belongs to something else
    ├── RunError              a run folder that cannot be used
    └── JobError              a job of a bucket, a result or a hand-in that cannot be used

A message says where, what, and what to do about it, in one line, whatever characters came in. The
command line prints it and ends with status 1; every other exception is a defect of SimArena.
"""

from __future__ import annotations

from difflib import get_close_matches
from reprlib import Repr
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_MOST_NAMES: Final = 15  # listed in a message where no name is near
_MOST_CHARACTERS: Final = 80  # of a value in a message
_SHORT: Final = Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = _MOST_CHARACTERS


def shown(value: object) -> str:
    """Return `value` short and printable, for a message, whatever it is."""
    try:
        text = _SHORT.repr(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits, or nested as deep
        text = f"a very large {type(value).__name__}"
    return text if len(text) <= 2 * _MOST_CHARACTERS else f"{text[: 2 * _MOST_CHARACTERS]}..."


class SimArenaError(Exception):
    """Root of all errors that a user can cause and mend; its message is one printable line."""

    def __init__(self, message: str = "") -> None:
        """Keep the message, with escapes for characters that a terminal should not see."""
        super().__init__(message if message.isprintable() else _printable(message))


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


class TraceError(SimArenaError):
    """A trace cannot be read, checked, edited or written."""


class QuantityError(TraceError):
    """A Kubernetes quantity that the API would refuse."""


class StorageError(SimArenaError):
    """A path or URI cannot be read or written."""


class StoreBusyError(StorageError):
    """An object store that does not answer now: what was asked for may or may not have happened."""


class ManifestError(SimArenaError):
    """A Kubernetes object is malformed or cannot be simulated."""


class ApiRefusalError(ManifestError):
    """An object that the API refuses, in its words."""

    def __init__(
        self,
        message: str,
        *,
        code: int,
        reason: str,
        details: Mapping[str, object] | None = None,
    ) -> None:
        """Keep what the API's Status says; `text` is its message as it is sent."""
        super().__init__(message)
        self.text = message
        self.code = code
        self.reason = reason
        self.details = details

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle it, as errors of other processes are."""
        return _refusal_again, (self.text, self.code, self.reason, self.details)

    @property
    def status(self) -> dict[str, Any]:
        """The Status object that the API answers with."""
        return failure_status(self.code, self.reason, self.text, self.details)


def _refusal_again(
    text: str, code: int, reason: str, details: Mapping[str, object] | None
) -> ApiRefusalError:
    return ApiRefusalError(text, code=code, reason=reason, details=details)


def failure_status(
    code: int, reason: str, message: str, details: Mapping[str, object] | None = None
) -> dict[str, Any]:
    """Return the Status of a refusal; an empty reason, and `details` of None, are left out."""
    status: dict[str, Any] = {"kind": "Status", "apiVersion": "v1", "metadata": {}}
    status |= {"status": "Failure", "message": message}
    if reason:
        status["reason"] = reason
    if details is not None:
        status["details"] = dict(details)
    return status | {"code": code}


class NotFoundError(SimArenaError):
    """An object that was asked for does not exist."""


class RefusedError(SimArenaError):
    """An operation on an object that kubectl or the API would refuse."""

    def __init__(self, message: str = "", causes: Sequence[str] = ()) -> None:
        """Keep the message, and the causes that the API gives beside it."""
        super().__init__(message)
        self.causes = tuple(causes)


class ApiError(RefusedError):
    """A request that the API answers with a Status, which it carries."""

    def __init__(self, status: dict[str, Any], headers: Mapping[str, str] | None = None) -> None:
        """Keep the Status, and the headers that go with it."""
        super().__init__(str(status.get("message", "")))
        self.status = status
        self.headers = dict(headers or {})

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle it, as errors of other processes are."""
        return type(self), (self.status, self.headers)


class AnsweredError(RefusedError):
    """What a live cluster's API answered instead of doing what it was asked for."""

    def __init__(
        self, message: str, *, code: int, reason: str, retry_after_s: float | None = None
    ) -> None:
        """Keep the code, the reason, and after how many seconds the API wants to be asked again."""
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.retry_after_s = retry_after_s

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle it, as errors of other processes are."""
        return _answered_again, (str(self), self.code, self.reason, self.retry_after_s)


def _answered_again(
    message: str, code: int, reason: str, retry_after_s: float | None
) -> AnsweredError:
    return AnsweredError(message, code=code, reason=reason, retry_after_s=retry_after_s)


class UnreachableError(RefusedError):
    """A live cluster's API that does not answer: what was asked for may have happened, or not."""

    def __init__(self, message: str = "", *, passes: bool = True) -> None:
        """Keep whether the cause may pass by itself, which a wrong certificate does not."""
        super().__init__(message)
        self.passes = passes


class InfrastructureError(SimArenaError):
    """A live cluster, or SimKube in it, did not do its part: nothing was measured."""


class WaitError(InfrastructureError):
    """What was waited for has not come within its limit."""


class SimulationError(SimArenaError):
    """The cluster stopped at a status it cannot go on from."""


class ConfigError(SimArenaError):
    """Settings that no run could use."""


class ScenarioError(SimArenaError):
    """A scenario that cannot be built."""


class EpisodeError(SimArenaError):
    """A step that an environment cannot take: no such action, or no episode under way."""


class CheckpointError(SimArenaError):
    """A checkpoint that is damaged or belongs to something else."""


class RunError(SimArenaError):
    """A run folder that cannot be used."""


class FleetError(SimArenaError):
    """Machines of a fleet that cannot be launched, found or ended."""


class JobError(SimArenaError):
    """A job of a bucket, a result or a hand-in that cannot be used."""


class UnknownArgumentError(ConfigError, TypeError):
    """A keyword argument that nothing takes, as Python's TypeError for it."""


class UnknownNameError(SimArenaError):
    """A name that nothing stands for; the message offers the nearest one that exists."""

    def __init__(self, kind: str, name: object, known: Iterable[str]) -> None:
        """Say which `kind` of thing was looked for, and what there is."""
        names = sorted(set(known))
        text = name if isinstance(name, str) else shown(name)
        super().__init__(f"there is no {kind} {shown(name)}; {nearest_name(text, names)}")
        self.kind = kind
        self.name = name
        self._known = names

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle it, as errors of other processes are."""
        return type(self), (self.kind, self.name, self._known)


class UnknownAttributeError(UnknownNameError, AttributeError):  # type: ignore[misc] # one `name`
    """An attribute that environments of a batch do not have."""


def nearest_name(name: str, known: Iterable[str]) -> str:
    """Return the end of a message about a name that there is not: which one may be meant."""
    names = sorted(set(known))
    near = get_close_matches(name[:_MOST_CHARACTERS], names, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    listed = ", ".join(names[:_MOST_NAMES]) or "none"
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f"known: {listed}{more}"
