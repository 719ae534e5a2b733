"""Pods that the cluster's controllers make: what the API adds to them on their way in."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from simarena.apiserver.rest.held import HeldByStore
from simarena.apiserver.rest.metadata import generated_name
from simarena.cluster.manifests.admission.accounts import TOKEN_VOLUME, account_name, fill_account
from simarena.cluster.manifests.admission.pods import fill_priority
from simarena.cluster.manifests.fields import copied

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simarena.apiserver.store.store import ObjectStore
    from simarena.cluster.manifests.fields import Manifest
    from simarena.cluster.manifests.priorities import PriorityClass


class MadePods:
    """Completes pods of one stretch of time."""

    def __init__(self, store: ObjectStore) -> None:
        """Look into this store for accounts and classes."""
        self._held = HeldByStore(store)
        self._classes: Mapping[str, PriorityClass] | None = None

    def completed(self, pod: Manifest) -> Manifest:
        """Return a pod with its account, the volume with its token, and its priority."""
        if self._classes is None:
            self._classes = self._held.priority_classes
        result: Manifest = copied(pod)
        spec, metadata = result["spec"], result["metadata"]
        spec.setdefault("enableServiceLinks", True)
        name = account_name(spec)
        found = self._held.account(metadata.get("namespace", ""), name)
        chance = random.Random(metadata.get("uid", ""))  # noqa: S311 - a name, no secret
        volume = generated_name(TOKEN_VOLUME, chance)
        fill_account(spec, found or {"metadata": {"name": name}}, volume)
        fill_priority(spec, self._classes)
        return result
