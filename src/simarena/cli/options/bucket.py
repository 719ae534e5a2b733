"""A bucket as commands reach it: opened, tried out, and waited for."""

from __future__ import annotations

import os
import re
import secrets
import socket
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from simarena.distributed.bucket import Bucket
    from simarena.distributed.claims import Identity
    from simarena.distributed.requests import Steps

Answer = TypeVar("Answer")

Store = Annotated[
    str,
    typer.Option(
        envvar="SIMARENA_STORE",
        help="The bucket: s3://, gs://, az://BUCKET/FOLDER, or a folder.",
    ),
]
LeaseSeconds = Annotated[
    float, typer.Option("--lease", help="Seconds of silence after which a worker counts as dead.")
]


def asked(bucket: Bucket, steps: Steps[Answer]) -> Answer:
    """Return what `steps` return, carried out on the bucket."""
    from simarena.distributed.driving import drive

    return drive(steps, bucket)


def opened(store: str) -> Bucket:
    """Return the bucket, after making sure that claims on it are worth something."""
    from simarena.distributed.bucket import open_bucket
    from simarena.distributed.probing import probe

    bucket = open_bucket(store)
    asked(bucket, probe(bucket.uri, secrets.token_hex(8)))
    return bucket


def identity(name: str | None = None) -> Identity:
    """Return who this process is; a name that is not given is made of the machine's."""
    from simarena.distributed import keys
    from simarena.distributed.claims import Identity
    from simarena.distributed.driving import nonces

    if name is None:
        machine = re.sub(r"[^A-Za-z0-9]+", "-", socket.gethostname())[:60].strip("-") or "machine"
        name = f"{machine}-{os.getpid()}-{secrets.token_hex(2)}"
    return Identity(keys.check_name("worker", name), nonces())
