"""What may be written as a target, and what it means."""

from __future__ import annotations

import pytest

from lmwire.licensepath import COMMAND_LINE, Ignored, Server, parse_path
from lmwire.licensepath.files import ReadFile
from lmwire.ports import DEFAULT_RANGE

LICENSE = b"SERVER licsrv ANY 27000\nVENDOR ibmratl PORT=27001\n"


def only_files(**files: bytes) -> ReadFile:
    """A disk that holds these files alone; `_lic` in a name stands for .lic."""
    named = {name.replace("_lic", ".lic"): data for name, data in files.items()}

    def read(path: str) -> list[tuple[str, bytes]]:
        if path not in named:
            raise FileNotFoundError(path)
        return [(path, named[path])]

    return read


SERVERS = [
    ("27000@licsrv", [[Server("licsrv", 27000)]]),
    ("@licsrv", [[Server("licsrv", None)]]),
    ("1@a", [[Server("a", 1)]]),
    ("65535@a", [[Server("a", 65535)]]),
    ("0027000@a", [[Server("a", 27000)]]),
    ("27000@lic_srv.corp.example.", [[Server("lic_srv.corp.example.", 27000)]]),
    ("27000@192.0.2.7", [[Server("192.0.2.7", 27000)]]),
    ("27000@[::1]", [[Server("::1", 27000)]]),
    ("@[2001:db8::7]", [[Server("2001:db8::7", None)]]),
    ("27000@[fe80::1%eth0]", [[Server("fe80::1%eth0", 27000)]]),
    ("27000@[::ffff:192.0.2.7]", [[Server("::ffff:192.0.2.7", 27000)]]),
    ("27000@bücher.example", [[Server("bücher.example", 27000)]]),
    ("27000@a,27000@b,27000@c", [[Server("a", 27000), Server("b", 27000), Server("c", 27000)]]),
    ("27000@a, 27001@[::2] ,@c", [[Server("a", 27000), Server("::2", 27001), Server("c", None)]]),
    ("27000@a:27001@b", [[Server("a", 27000)], [Server("b", 27001)]]),
    ("27000@a;27001@b", [[Server("a", 27000)], [Server("b", 27001)]]),
    ("27000@a;@b:@c", [[Server("a", 27000)], [Server("b", None)], [Server("c", None)]]),
    (" 27000@a ; 27001@b ", [[Server("a", 27000)], [Server("b", 27001)]]),
    ("::27000@a:;:27001@b::", [[Server("a", 27000)], [Server("b", 27001)]]),
    ("27000@[::1]:27001@b", [[Server("::1", 27000)], [Server("b", 27001)]]),
    # Without brackets, as FlexNet itself takes them.
    ("27000@::1", [[Server("::1", 27000)]]),
    ("27000@2001:db8:0:0:0:0:0:7", [[Server("2001:db8:0:0:0:0:0:7", 27000)]]),
    ("27000@2001:db8::7:27001@b", [[Server("2001:db8::7", 27000)], [Server("b", 27001)]]),
    ("1@a;@fe80::1%eth0", [[Server("a", 1)], [Server("fe80::1%eth0", None)]]),
    ("1@::1,2@b,3@::3", [[Server("::1", 1), Server("b", 2), Server("::3", 3)]]),
    ("27000@192.0.2.7:27001@192.0.2.8", [[Server("192.0.2.7", 27000)], [Server("192.0.2.8", 27001)]]),
    ("1@a,2@b,3@c:4@d", [[Server("a", 1), Server("b", 2), Server("c", 3)], [Server("d", 4)]]),
    # Host names of hexadecimal letters are not addresses, even with an empty entry between them.
    ("5280@cafe:5280@beef", [[Server("cafe", 5280)], [Server("beef", 5280)]]),
    ("5280@cafe::5280@beef", [[Server("cafe", 5280)], [Server("beef", 5280)]]),
]


@pytest.mark.parametrize(("text", "servers"), SERVERS, ids=[text for text, _ in SERVERS])
def test_servers(text: str, servers: list[list[Server]]) -> None:
    path = parse_path(text)
    assert [list(target.servers) for target in path.targets] == servers
    assert [target.kind for target in path.targets] == ["triad" if len(each) == 3 else "server" for each in servers]
    assert path.source == COMMAND_LINE
    assert path.ignored == ()


@pytest.mark.parametrize("text", [text for text, _ in SERVERS])
def test_a_target_reads_back_as_itself(text: str) -> None:
    for target in parse_path(text).targets:
        assert parse_path(str(target)).targets == (target,)


def test_a_server_without_a_port_walks_the_default_range_in_order() -> None:
    (target,) = parse_path("@licsrv").targets
    assert target.servers[0].ports == tuple(range(27000, 27010)) == tuple(DEFAULT_RANGE)
    assert Server("licsrv", 1055).ports == (1055,)


def test_a_triad_keeps_the_order_given() -> None:
    (target,) = parse_path("27000@c,27000@a,27000@b").targets
    assert target.is_triad
    assert [server.host for server in target.servers] == ["c", "a", "b"]


@pytest.mark.parametrize(
    ("text", "windows", "read"),
    [
        (r"C:\flexlm\license.dat", None, [r"C:\flexlm\license.dat"]),
        (r"c:/flexlm/license.dat", None, [r"c:/flexlm/license.dat"]),
        (r"c:/flexlm/license.dat", True, [r"c:/flexlm/license.dat"]),
        (r"c:/flexlm/license.dat", False, ["c", "/flexlm/license.dat"]),
        (r"C:\a b\x.lic;D:\y.lic", None, [r"C:\a b\x.lic", r"D:\y.lic"]),
        (r"C:\x.lic:D:\y.lic", None, [r"C:\x.lic", r"D:\y.lic"]),
        (r"\\server\share\x.lic", None, [r"\\server\share\x.lic"]),
        ("/a/x.lic:/b/y.lic", None, ["/a/x.lic", "/b/y.lic"]),
        ("ab:/b/y.lic", None, ["ab", "/b/y.lic"]),
    ],
)
def test_colons_of_drives_do_not_separate(text: str, windows: bool | None, read: list[str]) -> None:
    seen: list[str] = []

    def read_file(path: str) -> list[tuple[str, bytes]]:
        seen.append(path)
        return [(path, LICENSE)]

    parse_path(text, windows=windows, read_file=read_file)
    assert seen == read


def test_a_missing_file_in_a_list_is_set_aside_while_another_entry_names_a_server() -> None:
    path = parse_path("/gone.lic:27000@a", read_file=only_files())
    assert [str(target) for target in path.targets] == ["27000@a"]
    assert path.ignored == (Ignored("/gone.lic", "the file /gone.lic does not exist"),)


def test_a_file_is_one_alternative_among_others() -> None:
    path = parse_path("1@a:x.lic", read_file=only_files(x_lic=LICENSE))
    assert [target.kind for target in path.targets] == ["server", "file"]
    assert path.targets[1].servers == (Server("licsrv", 27000),)
