"""Small trainings in rounds, and what comes of them in the fewest words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simarena.distributed.averaging import OuterSettings, Update, aggregate
from simarena.distributed.federated import RoundsSettings
from simarena.evaluation.run_folder import RunFolder
from simarena.training.sb3.local_update import Learner, Piece
from simarena.training.settings import TrainSettings

if TYPE_CHECKING:
    from pathlib import Path

OUTER = OuterSettings(learning_rate=0.9, momentum=0.3)
CUT = RoundsSettings(num_workers=2, num_rounds=3, local_steps=64, quorum=2, outer=OUTER)


def settings_of(agent: str) -> TrainSettings:
    return TrainSettings.for_agent(
        agent,
        suite="classic",
        eval_suite=None,
        steps=400,
        num_envs=8,
        net_arch=(8,),
        batch_size=16,
        rollout_steps=4,
        learning_starts=32,
        buffer_size=200,
        num_quantiles=4,
        target_update_interval=16,
        eval_seeds=1,
    )


def plainly(settings: TrainSettings) -> dict[str, Any]:
    """Return the last weights of a training in rounds, in the fewest words."""
    learner = Learner(settings)
    weights, velocity = learner.initial_weights(), None
    states: dict[int, Any] = {}
    for number in range(1, CUT.num_rounds + 1):
        updates = []
        for member in range(CUT.num_workers):
            piece = Piece(
                member=member,
                round=number,
                num_rounds=CUT.num_rounds,
                local_steps=CUT.local_steps,
            )
            made = learner.update(weights, piece, states.get(member))
            states[member] = made.state
            updates.append(Update(f"{member}", made.weights, made.samples))
        weights, velocity = aggregate(weights, updates, OUTER, velocity)
    return weights


def assert_equal(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert found.keys() == wanted.keys()
    for name, array in wanted.items():
        assert found[name].dtype == array.dtype
        assert found[name].tobytes() == array.tobytes(), name


def run_of(settings: TrainSettings, folder: Path) -> RunFolder:
    return RunFolder.create(folder, command=["t"], settings=settings.to_json())
