"""Why the API did not let a controller create a pod, in its words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE
from simarena.cluster.manifests.admission.quotas import exceeded_text
from simarena.cluster.rows.quotas import amount_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np

    from simarena.cluster.objects.identity import Identities


def refusal_text(names: Identities, forbidden: np.void, exceeded: Iterable[np.void]) -> str:
    """Return what the API answered, from the entry of the log and those of what is exceeded."""
    catalogue = names.catalogue
    why = ""
    if forbidden["other"] != NONE:
        why = catalogue.quotas.refusals[int(forbidden["other"])]
    else:
        told = [(catalogue.quotas.charges[int(each["other"])], each) for each in exceeded]
        why = exceeded_text(
            (charge, amount_of(charge.resource, int(each["value"]))) for charge, each in told
        )
    return f'pods "{names.pod_of_log(forbidden).name}" is forbidden: {why}'
