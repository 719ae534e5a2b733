from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests._s3_server import SECRET, environment
from tests.trace._objects import deployment

from simarena.errors import StorageError
from simarena.files.storage import is_remote, shown
from simarena.trace import Trace, new_trace, read_bytes, write_bytes


def test_a_trace_goes_through_an_object_store_unchanged(s3: str) -> None:
    trace = new_trace([deployment()])
    trace.save(f"{s3}/folder/a b#1.sktrace")
    again = Trace.from_path(f"{s3}/folder/a b#1.sktrace")
    assert again == trace
    assert again.to_bytes() == trace.to_bytes()


def test_a_missing_object_is_named(s3: str) -> None:
    with pytest.raises(StorageError, match=r"s3://arena/none\.sktrace: .*does not exist"):
        read_bytes(f"{s3}/none.sktrace")


def test_a_missing_bucket_is_named(s3: str) -> None:
    with pytest.raises(StorageError, match="does not exist"):
        write_bytes("s3://nowhere/a.sktrace", b"x")


def test_a_large_object_is_refused_before_it_is_read(s3: str) -> None:
    write_bytes(f"{s3}/big", bytes(2048))
    with pytest.raises(StorageError, match="larger than"):
        read_bytes(f"{s3}/big", max_bytes=2047)
    assert len(read_bytes(f"{s3}/big", max_bytes=2048)) == 2048


def test_no_message_repeats_a_credential(s3: str) -> None:
    for uri in ("s3://AKIDEXAMPLE:hunter2@arena/a", "s3://arena/a?token=hunter2", "s3://none/a"):
        with pytest.raises(StorageError) as caught:
            read_bytes(uri)
        assert "hunter2" not in str(caught.value)
        assert SECRET not in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_service_that_is_not_there_is_reported_soon() -> None:
    with (
        environment(
            AWS_ACCESS_KEY_ID="a",
            AWS_SECRET_ACCESS_KEY=SECRET,
            AWS_REGION="us-east-1",
            AWS_ENDPOINT_URL="http://127.0.0.1:9",
            AWS_ALLOW_HTTP="true",
        ),
        pytest.raises(StorageError, match="no connection"),
    ):
        read_bytes("s3://arena/a")


@pytest.mark.parametrize("uri", ["s3://", "s3://bucket", "s3://bucket/", "gs:///key", "az://c/d/"])
def test_a_uri_names_a_bucket_and_an_object(uri: str) -> None:
    with pytest.raises(StorageError, match="name a bucket and an object"):
        read_bytes(uri)


@pytest.mark.parametrize("uri", ["gs://bucket/key", "az://container/key"])
def test_other_stores_are_opened_by_their_scheme(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import obstore.store

    opened = []

    def from_url(url: str, **_: object) -> obstore.store.MemoryStore:
        opened.append(url)
        return store

    store = obstore.store.MemoryStore()
    monkeypatch.setattr(obstore.store, "from_url", from_url)
    write_bytes(uri, b"data")
    assert read_bytes(uri) == b"data"
    assert opened == [uri.removesuffix("/key")] * 2


def test_an_unknown_scheme_is_refused() -> None:
    with pytest.raises(StorageError, match="unknown scheme 'http'"):
        read_bytes("http://user:pw@host/a?x=1")
    assert is_remote("S3://bucket/key")
    assert not is_remote("s3/bucket")


class _OddPath:
    def __fspath__(self) -> bytes:
        return b"a"


@pytest.mark.parametrize(
    "location", [5, None, True, b"a", ["a"], datetime(2026, 1, 1, tzinfo=UTC), _OddPath()]
)
def test_what_is_no_path_and_no_uri_is_refused(location: Any) -> None:
    for use in (read_bytes, is_remote, shown, lambda where: write_bytes(where, b"data")):
        with pytest.raises(StorageError, match="a file is named by its path or URI, not by"):
            use(location)


def test_a_file_uri_is_a_path(tmp_path: Path) -> None:
    write_bytes(f"file://{tmp_path}/a%20b", b"data")
    assert (tmp_path / "a b").read_bytes() == b"data"
    assert read_bytes(f"file://{tmp_path}/a%20b") == b"data"
    with pytest.raises(StorageError, match="three slashes"):
        read_bytes("file://host/a")


def test_writing_replaces_the_whole_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old and longer")
    path.chmod(0o640)
    write_bytes(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_bytes(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StorageError, match="cannot be written: no space left on device"):
        write_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_folders_and_devices_are_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="is a directory"):
        write_bytes(tmp_path, b"x")
    with pytest.raises(StorageError, match="is a directory"):
        read_bytes(tmp_path)
    with pytest.raises(StorageError, match="not a regular file"):
        write_bytes("/dev/null", b"x")
    with pytest.raises(StorageError, match="no such file"):
        write_bytes(tmp_path / "none" / "a", b"x")
    with pytest.raises(StorageError):
        read_bytes("a\x00b")
