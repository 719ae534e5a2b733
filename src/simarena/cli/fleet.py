"""`simarena fleet`: workers on Amazon EC2, launched, listed, stopped and terminated."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simarena.ec2.settings import DEBIAN_12, FleetSettings
from simarena.errors import FleetError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.ec2.inventory import Inventory
    from simarena.ec2.machines import Machine

app = typer.Typer(
    name="fleet", help="Workers on Amazon EC2: launch, list, stop, terminate.", no_args_is_help=True
)

_DEFAULTS = FleetSettings(run="default", store="s3://bucket/folder")

Region = Annotated[str, typer.Option(help="Region of EC2.")]
Run = Annotated[str, typer.Argument(metavar="RUN", help="The run's id, as `fleet list` shows it.")]
Folder = Annotated[
    Path, typer.Option("--inventories", help="Folder of inventory files, one a run.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]

_FOLDER = Path("fleets")


@app.command()
def launch(
    store: Annotated[
        str,
        typer.Argument(metavar="STORE", help="Where workers find jobs, as s3://bucket/folder."),
    ],
    count: Annotated[int, typer.Option(help="How many machines.")] = _DEFAULTS.count,
    run: Annotated[str, typer.Option(help="The run's id; default: time and chance.")] = "",
    region: Region = _DEFAULTS.region,
    image: Annotated[str, typer.Option(help="AMI, or resolve:ssm:/PARAMETER.")] = DEBIAN_12,
    instance_type: Annotated[str, typer.Option(help="Type.")] = _DEFAULTS.instance_type,
    volume_gib: Annotated[int, typer.Option(help="Root volume, gp3.")] = _DEFAULTS.volume_gib,
    root_device: Annotated[
        str, typer.Option(help="The image's name of its root volume; /dev/sda1 for Ubuntu.")
    ] = _DEFAULTS.root_device,
    instance_profile: Annotated[
        str, typer.Option(help="IAM instance profile that may use the bucket.")
    ] = "",
    security_group: Annotated[list[str] | None, typer.Option(help="Once for each.")] = None,
    subnet: Annotated[str, typer.Option(help="Subnet; default: the region's own.")] = "",
    key_name: Annotated[str, typer.Option(help="Key pair for SSH, which is not needed.")] = "",
    spot: Annotated[bool, typer.Option("--spot/--on-demand", help="Spot machines.")] = False,
    name: Annotated[str, typer.Option(help="Tag Name, before the worker's.")] = _DEFAULTS.name,
    max_age_h: Annotated[
        float, typer.Option(help="A machine ends itself after so many hours.")
    ] = _DEFAULTS.max_age_h,
    idle_limit_min: Annotated[
        float, typer.Option(help="... or after so many minutes without work.")
    ] = _DEFAULTS.idle_limit_min,
    release: Annotated[str, typer.Option(help="What is installed.")] = _DEFAULTS.release,
    price_usd_per_h: Annotated[
        float, typer.Option(help="Of one machine, to tell costs; spot prices are looked up.")
    ] = 0.0,
    inventories: Folder = _FOLDER,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with --run, as its inventory has it.")
    ] = False,
    wait: Annotated[bool, typer.Option(help="Wait for EC2's status checks.")] = True,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print every request; ask for nothing.")
    ] = False,
    yes: Yes = False,
) -> None:
    """Launch workers that take jobs from STORE until there are none.

    What is known of the machines is written to an inventory before and after each request, so that
    a launch that broke off loses none; --resume goes on with it.
    """
    from simarena.ec2.inventory import Inventory
    from simarena.ec2.launching import launch as launch_all
    from simarena.ec2.launching import request
    from simarena.ec2.machines import client

    if resume:
        if not run:
            message = "--resume needs --run; `simarena fleet list` shows them"
            raise FleetError(message)
        inventory = Inventory.read(_file(inventories, run))
    else:
        settings = FleetSettings(
            run=run or f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}",
            store=store,
            count=count,
            region=region,
            image=image,
            instance_type=instance_type,
            volume_gib=volume_gib,
            root_device=root_device,
            key_name=key_name,
            security_groups=tuple(security_group or ()),
            subnet=subnet,
            spot=spot,
            instance_profile=instance_profile,
            name=name,
            max_age_h=max_age_h,
            idle_limit_min=idle_limit_min,
            release=release,
            price_usd_per_h=price_usd_per_h,
        )
        inventory = Inventory.new(_file(inventories, settings.run), settings)
    settings = inventory.settings
    if dry_run:
        asked = [request(settings, each, inventory.price_usd_per_h) for each in inventory.workers]
        print(json.dumps({"RunInstances": asked}, indent=2))
        return
    machines = f"{settings.count} x {settings.instance_type}"
    print(
        f"Run {settings.run}: {machines}, {'spot' if settings.spot else 'on demand'}, at most "
        f"{settings.max_age_h:g} h each. Inventory: {inventory.path}"
    )
    if not yes and not typer.confirm("Launch them?"):
        raise typer.Exit(1)
    Path(inventory.path).parent.mkdir(parents=True, exist_ok=True)
    ec2 = client(settings.region)
    result = launch_all(inventory, ec2=ec2, tell=print)
    for worker, reason in result.missing:
        print(f"{worker} has no machine: {reason}")
    slow = _wait(ec2, inventory) if wait else {}
    for instance, status in slow.items():
        print(f"{instance} has not passed its checks: {status}")
    print(f"{result.num_launched} of {len(inventory.workers)} workers have a machine")
    if result.missing:
        print(f"Go on: simarena fleet launch {settings.store} --run {settings.run} --resume")
    if result.missing or slow:
        raise typer.Exit(1)


@app.command(name="list")
def list_fleets(
    run: Annotated[str, typer.Argument(metavar="[RUN]", help="Only this run.")] = "",
    region: Region = _DEFAULTS.region,
    as_json: AsJson = False,
) -> None:
    """List the machines that cost money, of one run or of all, found by their tags."""
    from simarena.ec2.machines import client, find

    machines = find(client(region), run)
    now = datetime.now(UTC)
    if as_json:
        print(json.dumps([_to_json(each, now) for each in machines]))
    elif machines:
        _show(machines, now)
    else:
        print(f"No machines in {region}" + (f" of run {run}" if run else ""))


@app.command()
def stop(run: Run, region: Region = _DEFAULTS.region, yes: Yes = False) -> None:
    """Stop the machines of a run; their volumes go on to cost."""
    from simarena.ec2.ending import stop as stop_all
    from simarena.ec2.machines import RUNNING, client, find

    ec2 = client(region)
    machines = find(ec2, run, states=RUNNING)
    if _agreed(machines, run, "Stop", yes=yes):
        print(f"{len(stop_all(ec2, run))} machines are stopping")


@app.command()
def terminate(
    run: Run, region: Region = _DEFAULTS.region, inventories: Folder = _FOLDER, yes: Yes = False
) -> None:
    """Terminate every machine of a run, after a look at what it has cost so far."""
    from simarena.ec2.ending import terminate as terminate_all
    from simarena.ec2.inventory import Inventory
    from simarena.ec2.machines import client, find

    ec2 = client(region)
    path = _file(inventories, run)
    inventory = Inventory.read(path) if path.exists() else None
    if _agreed(find(ec2, run), run, "Terminate", yes=yes):
        print(f"{len(terminate_all(ec2, run, inventory))} machines are ending")


def _file(folder: Path, run: str) -> Path:
    if not run or "/" in run or run.startswith("."):
        message = f"{run!r} is no id of a run"
        raise FleetError(message)
    return folder / f"{run}.json"


def _agreed(machines: Sequence[Machine], run: str, verb: str, *, yes: bool) -> bool:
    """Show machines and ask; False where there are none. Ends the command if it is refused."""
    if not machines:
        print(f"No machines of run {run}")
        return False
    _show(machines, datetime.now(UTC))
    if not yes and not typer.confirm(f"{verb} {len(machines)} machines?"):
        raise typer.Exit(1)
    return True


def _wait(ec2: object, inventory: Inventory) -> dict[str, str]:
    from simarena.ec2.inventory import LAUNCHED
    from simarena.ec2.waiting import wait_for_checks

    instances = [each.instance for each in inventory.workers if each.state == LAUNCHED]
    if not instances:
        return {}
    print("Waiting for EC2's status checks, some minutes")
    return wait_for_checks(ec2, instances)


def _to_json(machine: Machine, now: datetime) -> dict[str, object]:
    cost = machine.cost_usd(now)
    return {
        "run": machine.run,
        "worker": machine.worker,
        "instance": machine.instance,
        "state": machine.state,
        "instance_type": machine.instance_type,
        "zone": machine.zone,
        "spot": machine.is_spot,
        "launched_at": machine.launched_at.isoformat(),
        "age_h": round(machine.age_h(now), 3),
        "cost_usd": None if cost is None else round(cost, 4),
    }


def _show(machines: Sequence[Machine], now: datetime) -> None:
    from rich.console import Console
    from rich.table import Table

    from simarena.cli.output.tables import print_table
    from simarena.ec2.machines import total_cost_usd

    table = Table()
    for title in ("run", "worker", "instance", "state", "type", "zone"):
        table.add_column(title)
    for title in ("age h", "USD"):
        table.add_column(title, justify="right")
    for each in machines:
        cost = each.cost_usd(now)
        kind = f"{each.instance_type} spot" if each.is_spot else each.instance_type
        table.add_row(
            each.run,
            each.worker,
            each.instance,
            each.state,
            kind,
            each.zone,
            f"{each.age_h(now):.1f}",
            "?" if cost is None else f"{cost:.2f}",
        )
    print_table(Console(), table)
    total = total_cost_usd(machines, now)
    said = "not known: no --price-usd-per-h was given" if total is None else f"{total:.2f} USD"
    print(f"{len(machines)} machines; cost so far, without volumes and traffic: {said}")
