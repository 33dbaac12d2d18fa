"""Any text is a license path or a LicensePathError, nothing else."""

from __future__ import annotations

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from lmwire.licensefile.servers import read_license
from lmwire.licensepath import LicensePathError, Server, from_environment, parse_path
from lmwire.text import printable

# Letters of the language, so that random texts come near to being right.
PIECES = st.sampled_from(
    [
        "27000",
        "0",
        "99999",
        "@",
        "@",
        ":",
        ";",
        ",",
        "[",
        "]",
        "::1",
        "fe80::1",
        "%eth0",
        "licsrv",
        "a",
        "-",
        ".",
        " ",
        "C:\\",
        "/",
        "\\",
        "x.lic",
        "://",
        "\x1b",
        "\u202e",
        "ü",
        "日本",
        '"',
        "\0",
        "\ud800",
    ]
)
NEAR_PATHS = st.lists(PIECES, max_size=12).map("".join)
FILE_PIECES = st.sampled_from(
    [
        b"SERVER",
        b"VENDOR",
        b"DAEMON",
        b"USE_SERVER",
        b" ",
        b" ",
        b"\n",
        b"\\\n",
        b'"',
        b"#",
        b"=",
        b"port=",
        b"27000",
        b"ANY",
        b"licsrv",
        b"::1",
        b"\xff",
        b"\r",
        b"x",
    ]
)
NAMES = st.from_regex(r"[a-z][a-z0-9_-]{0,20}(\.[a-z][a-z0-9_-]{0,20}){0,3}", fullmatch=True)
HOSTS = NAMES | st.ip_addresses(v=4).map(str) | st.ip_addresses(v=6).map(str)
SERVERS = st.builds(Server, HOSTS, st.none() | st.integers(1, 65535))


def no_files(path: str) -> list[tuple[str, bytes]]:
    raise FileNotFoundError(2, "No such file or directory", path)


def check_error(error: LicensePathError) -> None:
    shown = f"{error}{error.pointer()}".replace("\n", "")
    assert 0 <= error.position <= max(error.position, len(error.text))
    # Nothing raw: escaping once more changes backslashes alone.
    assert printable(shown).replace("\\\\", "\\") == shown
    assert error.pointer().count("\n") == (1 if error.text else 0)


@given(st.text() | NEAR_PATHS, st.sampled_from([None, True, False]))
def test_any_text(text: str, windows: bool | None) -> None:
    try:
        path = parse_path(text, windows=windows, read_file=no_files)
    except LicensePathError as error:
        check_error(error)
    else:
        assert path.targets
        for target in path.targets:
            assert parse_path(str(target), read_file=no_files).targets == (target,)


@given(NEAR_PATHS)
def test_any_text_with_the_files_of_this_machine(text: str) -> None:
    with contextlib.suppress(LicensePathError):
        parse_path(text)


@given(st.binary() | st.lists(FILE_PIECES, max_size=30).map(b"".join))
def test_any_file(data: bytes) -> None:
    try:
        found = read_license(data, "x.lic")
    except LicensePathError as error:
        check_error(error)
    else:
        assert len(found.servers) in {0, 1, 3}


@given(
    st.dictionaries(st.sampled_from(["LM_LICENSE_FILE", "MLM_LICENSE_FILE", "CDS_LIC_FILE", "X"]), NEAR_PATHS),
    st.none() | st.text(max_size=10),
)
def test_any_environment(environ: dict[str, str], vendor: str | None) -> None:
    try:
        path = from_environment(environ, vendor=vendor, read_file=no_files)
    except LicensePathError as error:
        check_error(error)
    else:
        assert path.source.variable in environ


@given(st.lists(SERVERS, min_size=1, max_size=4), st.sampled_from([":", ";"]))
def test_lists_round_trip(servers: list[Server], separator: str) -> None:
    path = parse_path(separator.join(map(str, servers)))
    assert [target.servers for target in path.targets] == [(server,) for server in servers]


@given(st.lists(SERVERS, min_size=3, max_size=3, unique_by=lambda server: server.folded))
def test_triads_round_trip(servers: list[Server]) -> None:
    (target,) = parse_path(",".join(map(str, servers))).targets
    assert target.servers == tuple(servers)
