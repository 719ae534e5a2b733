"""`simarena serve` as a process: what it says, and what it leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_ended_takes_its_key_and_its_token_along(
    ending: signal.Signals, tmp_path: Path
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "simarena", "serve", "--speed", "0"],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("serving https://")
        kubeconfig = Path(process.stdout.readline().strip().partition("=")[2])
        assert kubeconfig.is_relative_to(tmp_path)
        assert "token:" in kubeconfig.read_text()
        process.send_signal(ending)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert said == "simarena: interrupted\n"
    assert process.returncode in {130, -signal.SIGINT}  # the second where it had hardly begun
    assert list(tmp_path.glob("simarena-*")) == []
