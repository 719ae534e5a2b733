"""Bodies that are damaged in all manners: an object comes out, or a refusal in one line."""

from __future__ import annotations

import random

import pytest
from tests.fuzz.mutation import mutated_bytes

from simarena.apiserver.protobuf.objects import decoded, encoded
from simarena.errors import ApiError

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "p", "labels": {"a": "b"}, "creationTimestamp": "2026-01-01T00:00:00Z"},
    "spec": {
        "containers": [
            {
                "name": "c",
                "resources": {"limits": {"cpu": "1"}},
                "livenessProbe": {"httpGet": {"port": "web"}},
            }
        ],
        "volumes": [{"name": "v", "emptyDir": {}}],
    },
}


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_body_is_read_or_refused(seed: int) -> None:
    rng = random.Random(seed)
    sound = encoded(POD)
    assert sound is not None
    assert decoded(sound) == POD
    read = 0
    for _ in range(500):
        try:
            read += isinstance(decoded(mutated_bytes(rng, sound)), dict)
        except ApiError as error:
            refused = error
            assert refused.status["code"] in {400, 415}
    assert 0 < read < 500
