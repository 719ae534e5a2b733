"""Print, as constraints for pip, the lowest release of each dependency that is declared enough.

    python .ci/floors.py            # name==floor, a line each
    python .ci/floors.py --tests    # the tests that try them, for pytest

Dependencies of dependencies are left to pip: what is tested is what this project declares. Tools of
`dev` are left out: they look at the code from outside, and need newer libraries.
"""

import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]

_TRAINING = "tests/training/sb3/test_training.py::"
_JOB = "tests/benchmark/test_job.py::"
TESTS: dict[str, tuple[str, ...]] = {
    "tests/jit": ("numba", "numpy", "pytest", "pytest-timeout", "pytest-xdist"),
    "tests/test_examples.py": (),  # what users begin with
    "tests/files/test_storage.py": ("obstore",),
    "tests/env/playing/test_sb3.py::test_dqn_learns_from_it_without_a_word": (
        "gymnasium",
        "stable-baselines3",
    ),
    f"{_TRAINING}test_it_leaves_checkpoints_metrics_and_event_files": ("tensorboard",),
    f"{_TRAINING}test_every_agent_acts_as_the_librarys_own_policy": ("sb3-contrib", "torch"),
    "tests/cli/test_collect.py::test_by_default_datasets_are_kept_in_this_folder": (
        "h5py",
        "minari",
    ),
    "tests/cli/test_sweep.py::test_it_leaves_all_trials_and_the_best_settings_to_paste": (
        "optuna",
    ),
    "tests/cli/test_trace.py": ("msgspec", "platformdirs", "pyyaml", "rich", "typer"),
    "tests/cluster/kernel/controllers/test_cronjob.py::"
    "test_a_job_starts_a_tenth_of_a_second_after_it_is_due": ("cronsim",),
    "tests/mcp/tools/test_tools.py": ("mcp",),
    "tests/mcp/live/test_session.py": ("kubernetes",),
    "tests/mcp/test_patching.py": (),  # as above, with patches
    "tests/mcp/test_serving.py::test_who_shows_the_token_is_let_through_and_nobody_else": (
        "httpx2",
        "starlette",
    ),
    "tests/apiserver/test_serving.py::test_a_kubeconfig_leads_to_the_server_and_goes_with_it": (
        "cryptography",
        "httptools",
        "uvicorn",
    ),
    "tests/apiserver/test_clients.py::test_lightkube_applies_watches_and_lists_in_pages": (
        "lightkube",
    ),
    "tests/apiserver/openapi/test_documents.py::test_fields_are_described_with_their_types": (
        "kubernetes-validate",
    ),
    "tests/apiserver/patching/test_json_patch.py::"
    "test_a_patch_that_a_library_makes_leads_from_one_object_to_the_other": (
        "hypothesis",
        "jsonpatch",
    ),
    "tests/cli/test_fleet.py::test_a_fleet_is_launched_listed_and_terminated": ("boto3", "moto"),
    "tests/leaderboard/test_pictures.py": ("matplotlib",),
    "tests/leaderboard/test_page.py::test_names_are_shown_and_never_run": ("jinja2", "playwright"),
    "tests/distributed/crews/test_ray_crew.py::"
    "test_more_orders_than_cores_take_turns_and_what_is_wrong_with_one_is_told": ("ray",),
    f"{_JOB}test_models_and_agents_stand_on_one_board": ("inspect-ai",),
    f"{_JOB}test_a_finished_run_that_is_resumed_asks_nobody_again": ("inspect-ai",),
    "tests/benchmark/test_provider_server.py::test_an_answer_comes_with_its_usage": (
        "anthropic",
        "google-genai",
        "openai",
    ),
}
"""Tests that are run with the lowest releases, and which libraries each of them is there for."""


def declared(project: dict[str, list[str] | dict[str, list[str]]]) -> list[Requirement]:
    """Return the libraries that `project` declares for whoever uses or tests it."""
    extras = [extra for name, extra in project["optional-dependencies"].items() if name != "dev"]
    texts = [*project["dependencies"], *(text for extra in extras for text in extra)]
    return [
        requirement
        for requirement in map(Requirement, texts)
        if canonicalize_name(requirement.name) != project["name"]
    ]


def floors(project: dict[str, list[str] | dict[str, list[str]]]) -> list[str]:
    """Return `name==floor` for all that `project` declares; ValueError if one has no floor."""
    found = []
    for requirement in declared(project):
        lowest = [
            part.version for part in requirement.specifier if part.operator in {">=", "~=", "=="}
        ]
        if len(lowest) != 1:
            message = f"pyproject.toml: {requirement} has no floor; give it one"
            raise ValueError(message)
        found.append(f"{requirement.name}=={lowest[0]}")
    return sorted(found)


if __name__ == "__main__":
    if sys.argv[1:] == ["--tests"]:
        print(*TESTS)
        sys.exit()
    try:
        print(*floors(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]), sep="\n")
    except ValueError as error:
        sys.exit(str(error))
