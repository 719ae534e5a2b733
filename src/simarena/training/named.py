"""What is to be played, as command lines name it: a suite, scenarios, or a recorded trace.

Importing this loads no simulator, so that a command can show its help at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from simarena.checks.declared import setting, used_for
from simarena.checks.plain_fields import check_plain_fields
from simarena.errors import ConfigError

KubeletName = Literal["kwok", "real"]
"""As `simarena.cluster.replay.kubelet_choice` has it."""

KUBELET_SAYS: Final = (
    "Kubelets of the trace: kwok, where containers never fail, or real.  "
    "[default: real where its pods tell what they use]"
)

OF_TRACE: Final = "belongs to a trace"

_WHERE: Final = "What is played"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One of a suite, scenarios and a trace, or nothing; with a trace, what is made of it."""

    suite: str | None = setting(
        None,
        "Named scenarios; those of the first run, or held-out, if nothing is named.",
        panel=_WHERE,
    )
    scenario: tuple[str, ...] = setting(
        (), "One scenario by its name; may be repeated.", panel=_WHERE
    )
    trace: str | None = setting(None, "A trace, or a folder of traces.", panel=_WHERE)
    deploy: str | None = setting(None, "Workload of the trace.", OF_TRACE, panel=_WHERE)
    namespace: str | None = setting(
        None, "Its namespace, where several have that name.", OF_TRACE, panel=_WHERE
    )
    target: int | None = setting(None, "Pods of it that shall be ready.", OF_TRACE, panel=_WHERE)
    nodes: tuple[str, ...] = setting(
        (),
        "Nodes for the trace, as 3x16cpu,32Gi or a file of manifests; may be repeated.",
        OF_TRACE,
        panel=_WHERE,
    )
    kubelet: KubeletName | None = setting(None, KUBELET_SAYS, OF_TRACE, panel=_WHERE)

    def __post_init__(self) -> None:
        """Refuse names that are no text."""
        check_plain_fields(self)

    @property
    def is_nothing(self) -> bool:
        """Whether neither a suite nor scenarios nor a trace are named."""
        return self.suite is None and not self.scenario and self.trace is None

    def check(self) -> None:
        """Raise ConfigError if several things are named, or what belongs to a trace without one."""
        given = [name for name in ("suite", "scenario", "trace") if getattr(self, name)]
        if len(given) > 1:
            superfluous = " or ".join(f"--{name}" for name in given)
            message = f"play either a suite, scenarios or a trace; leave out {superfluous}"
            raise ConfigError(message)
        if self.trace is None:
            refuse_without_trace(
                [name for name in used_for(self, OF_TRACE) if getattr(self, name) not in {None, ()}]
            )


def refuse_without_trace(given: list[str]) -> None:
    """Raise ConfigError if an option that belongs to a trace is given, and no trace is."""
    if given:
        message = f"--{given[0]} belongs to a trace; name one with --trace"
        raise ConfigError(message)
