"""What simulations have left behind that nobody waits for, and how it is removed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from simarena.client.following import Collection, Follower
from simarena.client.patience import is_missing_kind
from simarena.errors import (
    AnsweredError,
    InfrastructureError,
    NotFoundError,
    WaitError,
)
from simarena.simkube.deleting import delete_object, release
from simarena.simkube.simulation import (
    API_VERSION,
    ENDED,
    LEASE,
    ROOTS,
    SIMULATIONS,
    VIRTUAL_LABEL,
    has_expired,
    state_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from simarena.client.api import KubeApi, Manifest
    from simarena.simkube.settings import SimKubeSettings

_WEBHOOKS: Final = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
_NAMESPACES: Final = "/api/v1/namespaces"
_CONFLICT: Final = 409


class Ghost(NamedTuple):
    """An object that a simulation has left, and how that is known."""

    kind: str
    path: str
    """In the API; its last part is the object's name."""
    uid: str
    proof: str
    """Why it is known to be a simulation's, and that the simulation is over."""

    def __str__(self) -> str:
        """Return it in words."""
        return f"{self.kind} {self.path.rpartition('/')[2]} ({self.proof})"


def find_ghosts(api: KubeApi, settings: SimKubeSettings, *, ended: bool = False) -> list[Ghost]:
    """Return what is left of simulations that are over, in the order in which it is to go.

    A Simulation is a ghost if SimArena made it and nobody waits for it any longer; with `ended`
    also if another has made it and it is Finished or Failed. Everything else is one if it is owned
    by a Simulation or a SimulationRoot that is a ghost or gone. What looks like a simulation's and
    is owned by none is left alone. Raises RefusedError.
    """
    simulations = _listed(api, SIMULATIONS)
    over = [each for each in simulations if has_expired(each)]
    if ended:
        over += [each for each in simulations if each not in over and state_of(each) in ENDED]
    alive = {_uid(each) for each in simulations if each not in over}
    roots = _listed(api, ROOTS)
    lost_roots = list(_orphans(roots, "Simulation", alive))
    alive_roots = {_uid(each) for each in roots if each not in lost_roots}
    both = alive | alive_roots
    jobs = f"/apis/batch/v1/namespaces/{settings.driver_namespace}/jobs"
    leases = f"/apis/coordination.k8s.io/v1/namespaces/{settings.controller_namespace}/leases"
    found: list[Ghost] = []
    # A webhook without its driver refuses every change of pods, so it goes first.
    for path, kind, objects in (
        (_WEBHOOKS, "MutatingWebhookConfiguration", _owned(api, _WEBHOOKS, both)),
        (SIMULATIONS, "Simulation", over),
        (jobs, "Job", _owned(api, jobs, both)),
        (leases, "Lease", (each for each in _owned(api, leases, both) if _name(each) == LEASE)),
        (ROOTS, "SimulationRoot", lost_roots),
        (_NAMESPACES, "Namespace", _owned(api, _NAMESPACES, both, f"{VIRTUAL_LABEL}=true")),
    ):
        found += [
            Ghost(kind, f"{path}/{_name(each)}", _uid(each), _proof(each)) for each in objects
        ]
    return found


def remove_ghosts(api: KubeApi, ghosts: Iterable[Ghost], limit_s: float) -> None:
    """Delete ghosts, and wait until they are gone; free those of finalizers that do not go.

    Raises:
        WaitError: some are still there after twice the limit; names them.
        RefusedError: the API does not allow it.
    """
    wanted = list(ghosts)
    for each in wanted:
        _delete(api, each)
    try:
        _await_gone(api, wanted, limit_s)
    except WaitError:
        for each in wanted:
            _free(api, each)
        _await_gone(api, wanted, limit_s)


def _listed(api: KubeApi, path: str, labels: str | None = None) -> list[Manifest]:
    """Return the objects of a kind; none where the API does not have it."""
    options = {} if labels is None else {"label_selector": labels}
    try:
        return api.all(api.path, "GET", path, **options)
    except NotFoundError:
        return []
    except AnsweredError as error:
        if is_missing_kind(error):
            return []
        raise


def _owned(
    api: KubeApi, path: str, alive: set[str], labels: str | None = None
) -> Iterator[Manifest]:
    found = _listed(api, path, labels)
    for kind in ("Simulation", "SimulationRoot"):
        yield from _orphans(found, kind, alive)


def _orphans(objects: Iterable[Manifest], kind: str, alive: set[str]) -> Iterator[Manifest]:
    """Yield those that a Simulation or a root owned that is no longer, and nothing else owns."""
    for each in objects:
        owners = each["metadata"].get("ownerReferences") or ()
        ours = [one for one in owners if _is_simkube(one) and one["kind"] == kind]
        if ours and len(ours) == len(owners) and not any(one["uid"] in alive for one in ours):
            yield each


def _is_simkube(owner: dict[str, Any]) -> bool:
    return str(owner["apiVersion"]) == API_VERSION


def _proof(found: Manifest) -> str:
    owners = found["metadata"].get("ownerReferences") or ()
    if owners:
        return f"owned by {owners[0]['kind']} {owners[0]['name']}, which is over"
    return "made by simarena, whose process has ended" if has_expired(found) else state_of(found)


def _uid(found: Manifest) -> str:
    return str(found["metadata"]["uid"])


def _name(found: Manifest) -> str:
    return str(found["metadata"]["name"])


def _delete(api: KubeApi, ghost: Ghost) -> None:
    try:
        delete_object(api, ghost.path, uid=ghost.uid)
    except AnsweredError as error:
        if error.code != _CONFLICT:  # another object of this name: the ghost is gone
            raise


def _free(api: KubeApi, ghost: Ghost) -> None:
    """Take the finalizers from a ghost that is still there, and from a namespace's pods."""
    if ghost.kind == "Namespace":
        pods = f"{_NAMESPACES}/{ghost.path.rpartition('/')[2]}/pods"
        for each in _listed(api, pods):
            delete_object(api, f"{pods}/{_name(each)}", uid=_uid(each), grace_s=0)
            release(api, f"{pods}/{_name(each)}", _uid(each))
    try:
        release(api, ghost.path, ghost.uid)
    except AnsweredError as error:
        if error.code != _CONFLICT:
            raise


def _await_gone(api: KubeApi, ghosts: list[Ghost], limit_s: float) -> None:
    paths = dict.fromkeys(each.path.rpartition("/")[0] for each in ghosts)
    left = {each.uid: each for each in ghosts}
    until = time.monotonic() + limit_s
    for path in paths:
        there = {uid for uid, each in left.items() if each.path.rpartition("/")[0] == path}
        with Follower(api, {"objects": Collection(path=path)}) as seen:
            seen.wait(
                f"{len(there)} ghosts to be gone",
                max(until - time.monotonic(), 1.0),
                lambda: True if not _still(seen, there) else None,  # noqa: B023 - used at once
                lambda: "left are " + ", ".join(str(left[uid]) for uid in _still(seen, there)),  # noqa: B023
            )


def _still(seen: Follower, uids: set[str]) -> list[str]:
    return [_uid(each) for each in seen.of("objects").values() if _uid(each) in uids]


def require_no_ghosts(api: KubeApi, settings: SimKubeSettings) -> None:
    """Raise InfrastructureError if there are ghosts: the next simulation would wait for them."""
    ghosts = find_ghosts(api, settings)
    if ghosts:
        message = (
            f"{len(ghosts)} ghosts are left of other runs, such as {ghosts[0]}; simarena clean"
        )
        raise InfrastructureError(message)
