"""`simarena preflight`: whether a cluster is ready for simulations."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from simarena.cli.options.declared import Options, with_options
from simarena.simkube.settings import SimKubeSettings

app = typer.Typer(name="preflight", help="Check whether a cluster can run SimKube's simulations.")


@app.command()
@with_options
def preflight(
    *,
    kubeconfig: Annotated[
        str | None, typer.Option(metavar="FILE", help="Instead of the usual one.")
    ] = None,
    context: Annotated[str | None, typer.Option(help="Of the kubeconfig.")] = None,
    settings: Annotated[SimKubeSettings, Options(SimKubeSettings)],
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line, instead of words.")
    ] = False,
) -> None:
    """Check a cluster; each line says pass or fail, with the command that mends what fails.

    The status is 1 when anything fails. Nothing is changed but a small object beside the traces.
    """
    from simarena.client.api import KubeApi
    from simarena.simkube.preflight import preflight as checks

    failed = False
    for each in checks(KubeApi(kubeconfig, context), settings):
        failed = failed or not each.passed
        if as_json:
            print(json.dumps(each._asdict(), ensure_ascii=False), flush=True)
        else:
            mend = f"  -> {each.mend}" if each.mend else ""
            print(
                f"{'pass' if each.passed else 'FAIL'}  {each.name}: {each.says}{mend}", flush=True
            )
    if failed:
        raise typer.Exit(1)
