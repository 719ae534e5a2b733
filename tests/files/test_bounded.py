from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from simarena.errors import ConfigError, StorageError
from simarena.files.bounded import (
    FACTOR_VARIABLE,
    bound,
    how_to_raise,
    open_file,
    read_file,
    read_text,
    require_file,
)


def test_a_file_within_the_limit_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345678")
    assert read_file(tmp_path / "a", 8) == b"12345678"


def test_one_byte_more_is_refused_with_the_limit_and_the_factor_that_lifts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(bytes(17))
    with pytest.raises(StorageError, match=rf"larger than .* MiB.*{FACTOR_VARIABLE}=3"):
        read_file(tmp_path / "a", 8)
    monkeypatch.setenv(FACTOR_VARIABLE, "3")
    assert read_file(tmp_path / "a", 8) == bytes(17)


@pytest.mark.parametrize("factor", ["0", "-1", "1.5", "many", "", "1" * 5_000])
def test_a_factor_that_is_no_whole_number_is_an_error_in_a_line(
    factor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FACTOR_VARIABLE, factor)
    with pytest.raises(ConfigError, match="whole number"):
        bound(1)


def test_the_factor_that_is_named_is_enough() -> None:
    assert how_to_raise(1_001, 1_000).endswith("=2")
    assert how_to_raise(2_001, 1_000).endswith("=3")


def test_links_to_devices_are_refused_before_a_byte_is_read(tmp_path: Path) -> None:
    (tmp_path / "endless").symlink_to("/dev/zero")
    for read in (require_file, open_file, read_file, read_text):
        with pytest.raises(StorageError, match="endless: is a device, not a file"):
            read(tmp_path / "endless")


def test_a_named_pipe_without_a_writer_is_refused_rather_than_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(StorageError, match="is a named pipe, not a file"):
        read_file(tmp_path / "pipe")


def test_sockets_and_directories_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        with pytest.raises(StorageError, match="is a socket"):
            read_file(Path("socket"))
    with pytest.raises(StorageError, match="is a directory"):
        read_file(tmp_path)


def test_what_a_shell_pipes_in_is_read_within_the_limit() -> None:
    program = (
        "from pathlib import Path; from simarena.files.bounded import read_file; "
        "print(len(read_file(Path('/dev/stdin'), 100)))"
    )
    for size, told in ((100, "100"), (101, "StorageError")):
        done = subprocess.run(
            [sys.executable, "-c", program], input=bytes(size), capture_output=True, check=False
        )
        assert told in (done.stdout + done.stderr).decode()


def test_bytes_that_are_no_text_are_an_error_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StorageError, match="not UTF-8 text"):
        read_text(tmp_path / "a")
