"""The recipes in CONTRIBUTING.md name files that there are, and lead where they say."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "simarena"


def recipe(name: str) -> tuple[str, list[str]]:
    """Return a recipe's text, and the source files that its steps begin with."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    found = re.search(rf"(?ms)^\*\*{re.escape(name)}\*\*(.*?)(?=^\*\*|^A change comes|^#)", text)
    assert found, name
    return found[1], re.findall(r"(?m)^\d+\. `([\w/.]+\.py)`", found[1])


RECIPES = (
    "A scheduler plugin",
    "An event reason",
    "A field of the pod spec",
    "A workload kind",
    "A field of a workload",
    "A reward",
    "A component of an observation",
    "An observation",
    "An action",
    "An environment",
    "A scenario family",
    "A column of reports",
    "An option of training",
    "A command",
)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_names_files_that_there_are_and_counts_them(name: str) -> None:
    text, files = recipe(name)
    named = re.findall(r"`([\w/]+/[\w.]+\.py)`", text)
    assert files
    steps = [int(number) for number in re.findall(r"(?m)^(\d+)\. ", text)]
    assert steps == list(range(1, len(steps) + 1))
    assert all((PACKAGE / each).is_file() for each in named)
    if (number := re.match(r"(?: of `[^`]+`)?: (\d+) files?", text)) is not None:
        assert len(files) == int(number[1])


def follow(folder: Path, files: list[str], changes: dict[str, list[tuple[str, str]]]) -> None:
    """Change these files, and no others, in a copy of the package."""
    shutil.copytree(PACKAGE, folder / "simarena", ignore=shutil.ignore_patterns("__pycache__"))
    assert set(changes) <= set(files)
    for name, pairs in changes.items():
        path = folder / "simarena" / name
        text = path.read_text("utf-8")
        for before, after in pairs:
            assert text.count(before) == 1, (name, before)
            text = text.replace(before, after)
        path.write_text(text, "utf-8")


def told(folder: Path, program: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(folder), "NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_reward_takes_two_files(tmp_path: Path) -> None:
    follow(
        tmp_path,
        recipe("A reward")[1],
        {
            "env/codes.py": [
                ('"guided"]\n', '"guided", "halved"]\n'),
                ("\n\nclass Component(", '    HALVED = "half of base."\n\n\nclass Component('),
            ],
            "env/kernel/deployment/rewards.py": [
                (
                    "    return 1.0 if solved else 0.0\n",
                    """\
    if kind == RewardKind.HALVED:
        return 0.5 if solved else 0.0
    return 1.0 if solved else 0.0
""",
                )
            ],
        },
    )
    program = (
        "from simarena.env import DeploymentEnv, load_suite\n"
        "env = DeploymentEnv(scenarios=load_suite('classic')[12], reward='halved')\n"
        "env.reset(seed=0, options={'scenario': 0})\n"
        "print(env.step(0)[1] in {0.0, 0.5}, '`\"halved\"`: half of base.\\n' in env.__doc__)\n"
    )
    assert told(tmp_path, program) == "True True\n"


def test_an_action_that_is_declared_can_be_called_in_sessions(tmp_path: Path) -> None:
    files = recipe("An action")[1]
    follow(
        tmp_path,
        files,
        {
            files[0]: [
                ("    DECREASE_REPLICAS = 6\n", "    DECREASE_REPLICAS = 6\n    PAUSE = 7\n"),
                ("_WORDS = {\n", '_WORDS = {\n    Action.PAUSE: "rollout paused",\n'),
            ]
        },
    )
    program = (
        "from pydantic import TypeAdapter\n"
        "from simarena.benchmark.prompts import _ACTIONS\n"
        "from simarena.mcp.tools.scenario import TakenAction\n"
        "schema = TypeAdapter(TakenAction).json_schema()\n"
        "print(schema['enum'][-2:], schema['description'].partition('.')[0])\n"
        "print(_ACTIONS.rpartition('; ')[2])\n"
    )
    assert told(tmp_path, program) == (
        "['decrease_replicas', 'pause'] noop; CPU request +/-500m; memory request +/-256Mi; "
        "replicas +/-1; rollout paused\n"
        "7: rollout paused\n"
    )


def test_a_component_of_an_observation_takes_two_files(tmp_path: Path) -> None:
    follow(
        tmp_path,
        recipe("A component of an observation")[1],
        {
            "env/kernel/deployment/components.py": [
                (
                    "\n\nNUM_FULL =",
                    '    RESTED = "share of the steps that were taken", -1.0\n\n\nNUM_FULL =',
                )
            ],
            "env/kernel/deployment/observing.py": [
                (
                    '    vector[Seen.OTHERS_HARMED] = squashed(episode["harmed"])\n',
                    """\
    vector[Seen.OTHERS_HARMED] = squashed(episode["harmed"])
    vector[Seen.RESTED] = episode["step"] / episode["max_steps"]
""",
                )
            ],
        },
    )
    program = (
        "from simarena.env import DeploymentEnv, load_suite\n"
        "def made(observation):\n"
        "    return DeploymentEnv(scenarios=load_suite('classic')[0], observation=observation)\n"
        "env = made('neighbours')\n"
        "env.reset(seed=0)\n"
        "observation = env.step(1)[0]\n"
        "print(observation[-1] > 0)\n"
        "print(env.observation_space.low[-1], '`rested` | ± share of the steps' in env.__doc__)\n"
        "print(made('diagnostic').observation_space.shape)\n"
    )
    assert told(tmp_path, program) == "True\n-1.0 True\n(45,)\n"


def test_a_scheduler_plugin_that_scores_takes_the_first_files(tmp_path: Path) -> None:
    follow(
        tmp_path,
        recipe("A scheduler plugin")[1][:3],
        {
            "cluster/codes/scheduling.py": [
                ("    IMAGE = 6\n", "    IMAGE = 6\n    NUMBER = 7\n"),
                (
                    '    SchedulerPlugin("ImageLocality"',
                    (
                        '    SchedulerPlugin("NodeNumber", column=Plugin.NUMBER, weight=4),\n'
                        '    SchedulerPlugin("ImageLocality"'
                    ),
                ),
            ],
            "cluster/kernel/scheduler/scores.py": [
                ("_IMAGE = int(Plugin.IMAGE)\n", "_IMAGE = int(Plugin.IMAGE)\n_NUMBER = 7\n"),
                (
                    "    return total\n\n\n@inner\ndef _score_taints(",
                    (
                        "    return total + _WEIGHTS[_NUMBER] * 10 * node_row\n\n\n"
                        "@inner\ndef _score_taints("
                    ),
                ),
                (
                    "    compare_candidates(world, template_row, num_candidates, 1)\n",
                    (
                        "        scores[_NUMBER] = 10 * node_row\n"
                        "    compare_candidates(world, template_row, num_candidates, 1)\n"
                    ),
                ),
            ],
        },
    )
    program = (
        "from simarena.cluster import Cluster\n"
        "def node(name):\n"
        "    size = {'allocatable': {'cpu': '4', 'memory': '8Gi', 'pods': '9'}}\n"
        "    made = {'apiVersion': 'v1', 'kind': 'Node', 'metadata': {'name': name}}\n"
        "    return {**made, 'status': size}\n"
        "cluster = Cluster([node(f'n{n}') for n in range(3)])\n"
        "spec = {'containers': [{'name': 'main', 'image': 'web:1'}]}\n"
        "pod = {'apiVersion': 'v1', 'kind': 'Pod', 'metadata': {'name': 'p'}, 'spec': spec}\n"
        "verdict = cluster.explain(pod)\n"
        "numbers = [verdict.nodes[f'n{n}'].scores['NodeNumber'] for n in range(3)]\n"
        "print(numbers, verdict.nodes['n2'].total - verdict.nodes['n0'].total, verdict.best)\n"
    )
    assert told(tmp_path, program) == "[0, 10, 20] 80 ('n2',)\n"


def test_an_event_reason_takes_two_files(tmp_path: Path) -> None:
    life = "cluster/kernel/pods/life.py"
    follow(
        tmp_path,
        recipe("An event reason")[1],
        {
            "cluster/codes/log.py": [
                ("    JOB_SUSPENDED = 50\n", "    POD_GATED = 119\n    JOB_SUSPENDED = 50\n"),
                ("OF_PODS = (\n", "OF_PODS = (\n    LogKind.POD_GATED,\n"),
                (
                    "EVENT_REASONS: tuple[EventReason, ...] = (\n",
                    (
                        "EVENT_REASONS: tuple[EventReason, ...] = (\n"
                        "    EventReason(\n"
                        "        LogKind.POD_GATED, Regarding.POD, 'Gated', '{pod} waits', 'me'\n"
                        "    ),\n"
                    ),
                ),
            ],
            life: [
                (
                    '        pod["queue"] = Queue.GATED\n',
                    (
                        '        pod["queue"] = Queue.GATED\n'
                        "        log_pod(world, LogKind.POD_GATED, row)\n"
                    ),
                )
            ],
        },
    )
    program = (
        "from simarena.cluster import Cluster\n"
        "cluster = Cluster()\n"
        "spec = {\n"
        "    'containers': [{'name': 'main', 'image': 'web:1'}],\n"
        "    'schedulingGates': [{'name': 'x'}],\n"
        "}\n"
        "metadata = {'name': 'p'}\n"
        "cluster.apply({'apiVersion': 'v1', 'kind': 'Pod', 'metadata': metadata, 'spec': spec})\n"
        "cluster.advance(1)\n"
        "print([(event['reason'], event['message']) for event in cluster.events()])\n"
    )
    assert told(tmp_path, program) == "[('Gated', 'p waits')]\n"


def test_a_workload_kind_is_in_no_table_that_its_recipe_does_not_name() -> None:
    named = re.findall(r"`([\w/]+/[\w.]+\.py)`", recipe("A workload kind")[0])
    tables = [
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if re.search(r'(?m)^    +(?:_grouped\()?"DaemonSet"[:,]', path.read_text("utf-8"))
    ]
    assert sorted(set(tables) - set(named)) == []
    assert len(tables) >= 9


def test_a_scenario_family_takes_two_files_and_leaves_suites_as_they_are(tmp_path: Path) -> None:
    files = recipe("A scenario family")[1]
    follow(
        tmp_path,
        files,
        {
            files[1]: [
                ("    replicas,\n", "    quiet,\n    replicas,\n"),
                (
                    '    "healthy": (replicas.draw_healthy,),\n',
                    '    "healthy": (replicas.draw_healthy,),\n    "quiet": (quiet.draw_quiet,),\n',
                ),
            ]
        },
    )
    path = (tmp_path / "simarena" / files[0]).with_name("quiet.py")
    path.write_text(
        "from simarena.env.scenarios.families.replicas import draw_deficit\n"
        "def draw_quiet(rng, level):\n"
        "    return draw_deficit(rng, level)\n"
    )
    program = (
        "from simarena.env import FAMILIES, find_scenario, load_suite\n"
        "print(FAMILIES[-1], find_scenario('quiet:3:1').family)\n"
        "suite = load_suite('train')\n"
        "print(sorted({suite[row].family for row in (0, 11, 12, 13)}))\n"
    )
    assert told(tmp_path, program) == (
        "quiet quiet\n['cpu_insufficient', 'healthy', 'mem_insufficient']\n"
    )


def test_a_column_of_reports_takes_one_file(tmp_path: Path) -> None:
    (file,) = recipe("A column of reports")[1]
    follow(
        tmp_path,
        [file],
        {
            file: [
                (
                    "        _SOLVED,\n",
                    '        _SOLVED,\n        _mean("spilled", "waste", two_digits, least=0.0),\n',
                )
            ]
        },
    )
    program = (
        "from simarena.evaluation.comparison.compare import compare_agents\n"
        "from simarena.evaluation.comparison.table import table\n"
        "from simarena.evaluation.outcome import Outcome\n"
        "given = {'scenario': 'a', 'family': 'f', 'seed': 0, 'agent': 'x', 'solved': True}\n"
        "one = Outcome(**given, steps=1, max_steps=9, waste=1.5)\n"
        "lines = table(compare_agents([one], 's', []).to_json())\n"
        "print([line for line in lines if line.startswith('|')][0])\n"
    )
    assert "| solved | spilled |" in told(tmp_path, program)


def test_an_option_of_training_takes_one_file(tmp_path: Path) -> None:
    (file,) = recipe("An option of training")[1]
    follow(
        tmp_path,
        [file],
        {
            file: [
                (
                    "    episodes: int | None = setting(\n",
                    (
                        "    patience: int = setting(\n"
                        "        3, 'Checks without gain.', least=1, most=9, panel=LEARNING\n"
                        "    )\n"
                        "    episodes: int | None = setting(\n"
                    ),
                )
            ]
        },
    )
    program = (
        "from typer.main import get_command\n"
        "from simarena.cli.train import app\n"
        "from simarena.errors import SimArenaError\n"
        "from simarena.training.settings import TrainSettings\n"
        "options = [each for parameter in get_command(app).params for each in parameter.opts]\n"
        "print('--patience' in options, TrainSettings(patience=5).to_json()['patience'])\n"
        "try:\n"
        "    TrainSettings(patience=10)\n"
        "except SimArenaError as error:\n"
        "    print('patience' in str(error))\n"
    )
    assert told(tmp_path, program) == "True 5\nTrue\n"


def test_a_command_takes_two_files(tmp_path: Path) -> None:
    files = recipe("A command")[1]
    line = '    "hail": Target("simarena.cli.hail", "hail", "Greet a cluster."),\n'
    entry = '    "trace": Target('
    follow(tmp_path, files, {files[1]: [(entry, line + entry)]})
    path = (tmp_path / "simarena" / files[0]).with_name("hail.py")
    path.write_text("def hail(name: str) -> None:\n    print(f'Hail {name}')\n")
    program = "from simarena.cli import main\nmain(['hail', 'web'])\n"
    assert told(tmp_path, program) == "Hail web\n"
