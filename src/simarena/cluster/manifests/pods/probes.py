"""When a container's probes first succeed, and when they have failed too often.

A probe is run at its initialDelaySeconds after the container's start and every periodSeconds from
then on; until the startup probe has succeeded the others are not. What the program in the container
answers is said by annotations of the pod, each an age of the container.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from simarena.cluster.codes import NONE
from simarena.cluster.manifests.fields import int32, mapping, milliseconds
from simarena.cluster.manifests.pods.usage import parse_duration_ms
from simarena.errors import ManifestError, QuantityError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.cluster.manifests.fields import Fields

STARTED_ANNOTATION: Final = "simarena.io/started"
"""From this age on the startup probe succeeds; without it, from the beginning."""

READY_ANNOTATION: Final = "simarena.io/ready"
"""From this age on the readiness probe succeeds; without it, from the beginning."""

UNHEALTHY_ANNOTATION: Final = "simarena.io/unhealthy"
"""From this age on the liveness probe fails; without it, never."""

_MAX_MS: Final = 86_400_000
_NEVER_MS: Final = 100 * 365 * 86_400_000


@dataclass(frozen=True, slots=True)
class Answers:
    """What the probes of a pod's containers find, by the age of the container in milliseconds."""

    started_ms: int
    ready_ms: int
    unhealthy_ms: int
    """NONE: never."""


class Probe(NamedTuple):
    """When a probe is run, and how often it must fail or succeed to count."""

    delay_ms: int
    period_ms: int
    successes: int
    failures: int

    def next_ms(self, age_ms: int) -> int:
        """Return when it is run first at an age or later."""
        periods = max(0, -(-(age_ms - self.delay_ms) // self.period_ms))
        return self.delay_ms + periods * self.period_ms


class Probes(NamedTuple):
    """Those of a container; None: it has none of that kind."""

    startup: Probe | None = None
    readiness: Probe | None = None
    liveness: Probe | None = None


def read_probes(container: Fields, where: str) -> Probes:
    """Return a container's probes; ManifestError if they are malformed."""
    return Probes(
        _probe(container, "startupProbe", where),
        _probe(container, "readinessProbe", where),
        _probe(container, "livenessProbe", where),
    )


def probe_answers(annotations: Mapping[str, str], where: str) -> Answers:
    """Return what a pod's annotations say; ManifestError, begun with `where`, if they are wrong."""
    return Answers(
        _age_ms(annotations, STARTED_ANNOTATION, 0, where),
        _age_ms(annotations, READY_ANNOTATION, 0, where),
        _age_ms(annotations, UNHEALTHY_ANNOTATION, NONE, where),
    )


def ready_after_ms(probes: Probes, answers: Answers) -> int:
    """Return how long after its start a container is ready, if nothing ends it before."""
    up_ms = _started_ms(probes, answers)
    probe = probes.readiness
    if probe is None:
        return min(up_ms, _MAX_MS)
    # The kubelet runs a readiness probe as soon as the startup probe has succeeded.
    first_ms = max(up_ms, probe.delay_ms)
    if answers.ready_ms > first_ms:
        first_ms = probe.next_ms(answers.ready_ms)
    return min(first_ms + (probe.successes - 1) * probe.period_ms, _MAX_MS)


def killed_after_ms(probes: Probes, answers: Answers) -> int:
    """Return how long after its start probes let a container be killed; NONE: they do not."""
    startup, liveness = probes.startup, probes.liveness
    if startup is not None:
        last_ms = startup.delay_ms + (startup.failures - 1) * startup.period_ms
        if last_ms < answers.started_ms:
            return _or_never(last_ms)
    if liveness is None or answers.unhealthy_ms == NONE:
        return NONE
    up_ms = _started_ms(probes, answers)
    first_ms = liveness.next_ms(max(up_ms, answers.unhealthy_ms))
    return _or_never(first_ms + (liveness.failures - 1) * liveness.period_ms)


def _or_never(age_ms: int) -> int:
    """Return an age, NONE if it is so great that no container reaches it."""
    return age_ms if age_ms < _NEVER_MS else NONE


def _started_ms(probes: Probes, answers: Answers) -> int:
    return 0 if probes.startup is None else probes.startup.next_ms(answers.started_ms)


def _probe(container: Fields, name: str, where: str) -> Probe | None:
    probe = mapping(container, name, where)
    if not probe:
        return None
    at = f"{where}.{name}"
    return Probe(
        delay_ms=milliseconds(int32(probe, "initialDelaySeconds", at, 0)),
        period_ms=milliseconds(int32(probe, "periodSeconds", at, 10) or 10),
        successes=int32(probe, "successThreshold", at, 1) or 1,
        failures=int32(probe, "failureThreshold", at, 3) or 3,
    )


def _age_ms(annotations: Mapping[str, str], name: str, default: int, where: str) -> int:
    text = annotations.get(name)
    if text is None:
        return default
    try:
        return parse_duration_ms(text.strip())
    except QuantityError as error:
        message = f"{where}.annotations[{name}]: {error}"
        raise ManifestError(message) from error
