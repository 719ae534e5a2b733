"""`simarena coordinator`: closes the rounds of a group whose training was begun elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simarena.cli._invocation import end_on_sigterm
from simarena.cli.options.bucket import Store, asked, identity, opened

app = typer.Typer(name="coordinator", help="Close the rounds of a group in a bucket.")


@app.command()
def coordinator(
    group: Annotated[str, typer.Argument(help="Name of the group: that of the training's run.")],
    store: Store,
    out: Annotated[
        Path | None, typer.Option(help="File for the weights after the last round.")
    ] = None,
) -> None:
    """Close a group's rounds until the last, in place of a `simarena train` that died or beside it.

    It keeps nothing to itself: it may be killed, started anew, and run twice.
    """
    from simarena.distributed.averaging import OuterSettings
    from simarena.distributed.driving import drive
    from simarena.distributed.federated import make_reducer
    from simarena.distributed.groups import read_group
    from simarena.distributed.jobs import read_manifest
    from simarena.distributed.keys import check_name
    from simarena.distributed.rounds import coordinate
    from simarena.distributed.worker import inputs_of
    from simarena.files.held_folder import temporary_folder
    from simarena.files.storage import write_bytes
    from simarena.training.job import prepare

    end_on_sigterm()
    name = check_name("group", group)
    bucket = opened(store)
    settings = asked(bucket, read_group(name))
    manifest = asked(bucket, read_manifest(settings.members()[0]))
    outer = OuterSettings(
        learning_rate=settings.outer_learning_rate, momentum=settings.outer_momentum
    )
    with temporary_folder("simarena-coordinator-") as folder:
        files: dict[str, str | None] = {"trace": None, "weights": None}
        for file, data in asked(bucket, inputs_of(manifest)).items():
            files[file] = str(folder / file)
            (folder / file).write_bytes(data)
        prepared = prepare(manifest.train_settings(trace=files["trace"], transfer=files["weights"]))
        reducer = make_reducer(prepared, outer)
    final = drive(
        coordinate(identity(), name, reducer),
        bucket,
        patience_s=None,
        tell=lambda line: print(line, flush=True),
    )
    if out is not None:
        write_bytes(out, final)
    key = settings.begins(settings.num_rounds + 1)
    print(f"done: {out or key}")
