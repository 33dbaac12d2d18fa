"""License files: their server lines, what is wrong with a file, and where."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lmwire.licensefile.servers import MAX_FILE, read_license
from lmwire.licensepath import LicensePathError, Server, VendorLine, parse_path
from lmwire.licensepath.files import MAX_FILES

# name, file, servers, vendors
GOOD = [
    ("plain", b"SERVER licsrv 0123456789ab 27000\nVENDOR x /opt/x\n", [("licsrv", 27000)], [("x", None)]),
    ("no port", b"SERVER licsrv ANY\n", [("licsrv", None)], []),
    ("no hostid", b"SERVER licsrv\n", [("licsrv", None)], []),
    ("this_host", b"SERVER this_host ANY 27000\n", [("this_host", 27000)], []),
    ("any case", b"server licsrv any 27000\nvendor x port=27001\n", [("licsrv", 27000)], [("x", 27001)]),
    ("attributes", b"SERVER a ANY PRIMARY_IS_MASTER HEARTBEAT_INTERVAL=20\n", [("a", None)], []),
    ("port, attributes", b"SERVER a ANY 27000 PRIMARY_IS_MASTER\n", [("a", 27000)], []),
    ("port keyword on SERVER", b"SERVER a ANY port=27000\n", [("a", 27000)], []),
    ("old transport prefix", b"SERVER a ANY TCP:27000\n", [("a", 27000)], []),
    ("quoted hostids", b'SERVER a "0123456789ab 0123456789ac" 27000\n', [("a", 27000)], []),
    ("hostid of digits", b"SERVER a 12345678 27000\n", [("a", 27000)], []),
    ("hostid with =", b"SERVER a COMPOSITE=0123 27000\n", [("a", 27000)], []),
    ("IPv6", b"SERVER 2001:db8::7 ANY 27000\n", [("2001:db8::7", 27000)], []),
    ("IPv6 in brackets", b"SERVER [2001:db8::7] ANY 27000\n", [("2001:db8::7", 27000)], []),
    ("IPv4", b"SERVER 192.0.2.7 ANY 27000\n", [("192.0.2.7", 27000)], []),
    ("tabs, CRLF", b"SERVER\ta\tANY\t27000\r\nVENDOR\tx\r\n", [("a", 27000)], [("x", None)]),
    ("old Mac lines", b"SERVER a ANY 1\rVENDOR x\r", [("a", 1)], [("x", None)]),
    ("continued", b"SERVER a \\\n ANY \\\n 27000\n", [("a", 27000)], []),
    ("continued, CRLF, no blank", b"SERVER a\\\r\nANY 27000\r\n", [("a", 27000)], []),
    ("continued to the end", b"SERVER a ANY 27000 \\", [("a", 27000)], []),
    ("comments", b"# SERVER no ANY 1\n  # x \\\nSERVER a ANY 27000 # main\n", [("a", 27000)], []),
    ("a continued FEATURE", b"FEATURE f x 1 1-jan-2030 1 \\\nSERVER no ANY 1\nSERVER a ANY 1\n", [("a", 1)], []),
    ("latin-1", b"# B\xfcro\nSERVER b\xfcro ANY 27000\n", [("büro", 27000)], []),
    ("UTF-8 mark", b"\xef\xbb\xbfSERVER a ANY 27000\n", [("a", 27000)], []),
    ("UTF-16", "SERVER a ANY 27000\n".encode("utf-16"), [("a", 27000)], []),
    ("DAEMON", b"SERVER a ANY 1\nDAEMON x /opt/x port=27001\n", [("a", 1)], [("x", 27001)]),
    ("IBM's sample", b"DAEMON ibmratl /usr/local/flexlm/sun4_solaris2/ibmratl port=27001\n", [], [("ibmratl", 27001)]),
    ("keywords", b"VENDOR x OPTIONS=/o/x.opt PORT=27001\n", [], [("x", 27001)]),
    ("positional", b"VENDOR x /opt/x /opt/x.opt 27001\n", [], [("x", 27001)]),
    ("positional after OPTIONS=", b"VENDOR x /opt/x OPTIONS=/o/x.opt 27001\n", [], [("x", 27001)]),
    ("a number where options stand", b"VENDOR x /opt/x 27001\n", [], [("x", None)]),
    ("quoted path", b'VENDOR x "C:\\Program Files\\x.exe" port=27001\n', [], [("x", 27001)]),
    ("quoted port", b'VENDOR x port="27001"\n', [], [("x", 27001)]),
    ("port 0 is no choice", b"VENDOR x PORT=0\n", [], [("x", None)]),
    (
        "two vendors",
        b"VENDOR ibmratl port=27001\nVENDOR rational port=27002\n",
        [],
        [("ibmratl", 27001), ("rational", 27002)],
    ),
    (
        "triad",
        b"SERVER a 1 27000\nSERVER b 2 27000\nSERVER c 3 27000\n",
        [("a", 27000), ("b", 27000), ("c", 27000)],
        [],
    ),
    ("after USE_SERVER", b"SERVER a ANY 1\nUSE_SERVER\nSERVER b ANY 2\nVENDOR x\n", [("a", 1)], [("x", None)]),
    ("a word that only begins so", b"SERVERS x y 1\nVENDORNAME x\n", [], []),
    ("empty", b"", [], []),
]


@pytest.mark.parametrize(("data", "servers", "vendors"), [case[1:] for case in GOOD], ids=[case[0] for case in GOOD])
def test_server_lines(
    data: bytes, servers: list[tuple[str, int | None]], vendors: list[tuple[str, int | None]]
) -> None:
    found = read_license(data, "x.lic")
    assert [(server.host, server.port) for server in found.servers] == servers
    assert [(vendor.name, vendor.port) for vendor in found.vendors] == vendors
    assert found.use_server == (b"USE_SERVER" in data)


# name, file, where, words, the part marked
BAD = [
    ("port 0", b"SERVER a ANY 0\n", "x.lic, line 1", "port 0 does not exist", "0"),
    ("port too big", b"#\n\nSERVER a ANY 70000\n", "x.lic, line 3", "port 70000", "70000"),
    ("vendor's port", b"VENDOR x port=99999\n", "x.lic, line 1", "port 99999", "99999"),
    ("vendor's port no number", b"VENDOR x port=2700l\n", "x.lic, line 1", "is not a number", "l"),
    ("the host after the @ is missing", b"SERVER\n", "x.lic, line 1", "has no host", "SERVER"),
    ("no vendor", b"SERVER a ANY\nDAEMON\n", "x.lic, line 2", "this DAEMON line has no daemon name", "DAEMON"),
    ("vendor's name", b"VENDOR a/b\n", "x.lic, line 1", "is not a valid vendor daemon name", "a/b"),
    ("host", b"SERVER a\x1bb ANY 1\n", "x.lic, line 1", r"\x1b is not allowed in", "\x1b"),
    ("IPv6", b"SERVER 1::2::3 ANY 1\n", "x.lic, line 1", "not an IPv6 address", "1::2::3"),
    ("two servers", b"SERVER a 1 1\n\nSERVER b 2 2\n", "x.lic, line 3", "a second SERVER line", "SERVER b 2 2"),
    ("four servers", b"SERVER a 1 1\n" * 4, "x.lic, line 4", "a fourth SERVER line", "SERVER"),
    ("endless line", b"SERVER " + b"x" * 9000, "x.lic, line 1", "9007 characters", "x" * 4911),
    ("continued line", b"#\nSERVER a \\\nANY 0\n", "x.lic, line 2", "port 0", "0"),
]


@pytest.mark.parametrize(
    ("data", "where", "words", "marked"), [case[1:] for case in BAD], ids=[case[0] for case in BAD]
)
def test_wrong_lines(data: bytes, where: str, words: str, marked: str) -> None:
    with pytest.raises(LicensePathError) as caught:
        read_license(data, "x.lic")
    error = caught.value
    assert error.where == where
    assert words in error.message
    assert str(error).startswith(f"{where}: ")
    assert error.text[error.position : error.position + error.length] == marked


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", "is a PNG picture"),
        (b"PK\x03\x04", "is a ZIP archive"),
        (b"<html>", "is a web page"),
        (b"SERVER a ANY 1\n\0", "is binary"),
        (b"#" * (MAX_FILE + 1), "larger than 32 MB"),
    ],
    ids=["png", "zip", "html", "nul", "big"],
)
def test_what_is_no_license_file(data: bytes, words: str) -> None:
    with pytest.raises(LicensePathError, match=words) as caught:
        read_license(data, "x.lic")
    assert "x.lic" in str(caught.value)


@pytest.mark.slow
def test_a_big_file_is_read_to_its_end() -> None:
    feature = b"INCREMENT f%d x 1.0 1-jan-2030 5 \\\n\tSIGN=0123456789AB\n"
    data = b"".join(feature % number for number in range(50_000)) + b"SERVER a ANY 27000\n"
    assert read_license(data, "x.lic").servers == (Server("a", 27000),)


def test_a_file_on_disk_is_a_target(tmp_path: Path) -> None:
    file = tmp_path / "network.lic"
    file.write_bytes(b"SERVER licsrv ANY 27000\nVENDOR ibmratl port=27001\nUSE_SERVER\n")
    (target,) = parse_path(str(file)).targets
    assert target.kind == "file"
    assert not target.is_triad
    assert target.servers == (Server("licsrv", 27000),)
    assert target.vendors == (VendorLine("ibmratl", 27001),)
    assert target.origin == str(target) == str(file)
    assert parse_path(str(target)).targets == (target,)


def test_three_server_lines_are_a_triad(tmp_path: Path) -> None:
    file = tmp_path / "triad.lic"
    file.write_bytes(b"SERVER a 1 27000\nSERVER b 2 27000\nSERVER c 3 27000\n")
    (target,) = parse_path(str(file)).targets
    assert target.kind == "file"
    assert target.is_triad


def test_a_directory_stands_for_its_lic_files_by_name(tmp_path: Path) -> None:
    (tmp_path / "b.lic").write_bytes(b"SERVER b ANY 2\n")
    (tmp_path / "a.lic").write_bytes(b"SERVER a ANY 1\n")
    (tmp_path / "local.lic").write_bytes(b"FEATURE f x 1.0 1-jan-2030 uncounted\n")
    (tmp_path / "c.dat").write_bytes(b"SERVER c ANY 3\n")
    (tmp_path / "d.lic").mkdir()
    assert [target.servers[0].host for target in parse_path(str(tmp_path)).targets] == ["a", "b"]


def test_a_directory_of_too_many_files_is_refused(tmp_path: Path) -> None:
    for number in range(MAX_FILES + 1):
        (tmp_path / f"{number}.lic").touch()
    with pytest.raises(LicensePathError, match=f"more than {MAX_FILES} license files"):
        parse_path(str(tmp_path))


def test_nothing_to_probe_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "local.lic"
    file.write_bytes(b"FEATURE f x 1.0 1-jan-2030 uncounted\n")
    with pytest.raises(LicensePathError, match="has no SERVER line"):
        parse_path(str(file))
    with pytest.raises(LicensePathError, match=r"no file in .* has a SERVER line|has no SERVER line"):
        parse_path(str(tmp_path))


def test_an_empty_directory(tmp_path: Path) -> None:
    with pytest.raises(LicensePathError, match=r"the directory .* has no"):
        parse_path(str(tmp_path))


def test_a_file_that_cannot_be_read_is_named() -> None:
    def refuse(path: str) -> list[tuple[str, bytes]]:
        raise PermissionError(13, "Permission denied", path)

    with pytest.raises(LicensePathError, match=r"x\.lic cannot be read: Permission denied"):
        parse_path("x.lic", read_file=refuse)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.lic"
    os.mkfifo(pipe)
    with pytest.raises(LicensePathError, match="not a regular file"):
        parse_path(str(pipe))


# file, what is said of it
SERVERLESS = [
    (b"FEATURE f x 1 permanent uncounted SIGN=00\n", "its licenses need no server"),
    (b"INCREMENT f x 1 permanent 0 SIGN=00\n", "its licenses need no server"),
    (b"INCREMENT f x 1 permanent 5 SIGN=00\n", "its licenses are counted and need a server"),
    (b"# nothing\n", "it has no FEATURE line either"),
    (b"VENDOR x port=27001\n", "it has no FEATURE line either"),
    (b"USE_SERVER\nSERVER a ANY 27000\n", "put a SERVER line before USE_SERVER"),
]


@pytest.mark.parametrize(("data", "told"), SERVERLESS)
def test_without_a_server_it_is_told_whether_one_is_missing(data: bytes, told: str) -> None:
    with pytest.raises(LicensePathError, match="has no SERVER line") as caught:
        parse_path("x.lic", read_file=lambda path: [(path, data)])
    assert caught.value.hint.startswith(told)


def test_a_triad_is_three_servers() -> None:
    data = b"SERVER a 1 27000\nSERVER b 2 27000\nSERVER A. 3 27000\n"
    with pytest.raises(LicensePathError, match=r"x\.lic, line 3: this server is in the triad twice"):
        read_license(data, "x.lic")
    assert len(read_license(data.replace(b"3 27000", b"3 27001"), "x.lic").servers) == 3
