"""The wheels are fetched once, verified, and unpacked wholly or not at all. No package index is asked here."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from tests.referee.clients import CLIENTS, NEWEST, Client, client
from tests.referee.errors import RefereeError
from tests.referee.wheels import cache, fetch

METADATA = f"Metadata-Version: 2.1\nName: mosek\nVersion: {NEWEST.release}\n"


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Put a wheel where pip finds it, and return the client that would be in it."""
    links = tmp_path / "links"
    links.mkdir()
    wheel = links / f"mosek-{NEWEST.release}-py3-none-{NEWEST.platform}.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        info = f"mosek-{NEWEST.release}.dist-info"
        archive.writestr(f"{info}/METADATA", METADATA)
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: false\n")
        archive.writestr(f"{info}/RECORD", "")
        for name in NEWEST.libraries:
            archive.writestr(f"mosek/{name}", f"content of {name}")
    monkeypatch.setenv("PIP_FIND_LINKS", str(links))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("LMWIRE_REFEREE_CACHE", str(tmp_path / "cache"))
    return replace(NEWEST, sha256=hashlib.sha256(wheel.read_bytes()).hexdigest())


def test_the_libraries_are_unpacked_in_their_order_and_kept(published: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = fetch(published)
    assert [path.name for path in paths] == list(published.libraries)
    assert [path.read_text() for path in paths] == [f"content of {name}" for name in published.libraries]
    monkeypatch.setenv("PIP_FIND_LINKS", "/nowhere")
    assert fetch(published) == paths


def test_another_wheel_is_refused(published: Client) -> None:
    with pytest.raises(RefereeError, match="SHA-256"):
        fetch(replace(published, sha256=NEWEST.sha256))
    assert [path.name for path in cache().iterdir()] == ["lock"]


def test_a_wheel_that_is_not_there_is_an_error_and_not_a_skip(published: Client) -> None:
    with pytest.raises(RefereeError, match=r"pip could not fetch mosek==0\.0\.1"):
        fetch(replace(published, release="0.0.1"))


def test_each_client_is_found_by_its_id() -> None:
    assert [client(each.id) for each in CLIENTS] == list(CLIENTS)
    assert client("11.19-linux") is NEWEST
    with pytest.raises(ValueError, match=r"must be one of 11\.16-linux, "):
        client("11.17-linux")
