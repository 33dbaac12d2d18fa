"""License files as a whole: every byte kept, every line read, every fault with its place."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from lmwire.licensefile import parse_license
from lmwire.licensefile.lexer import MAX_STATEMENTS
from lmwire.licensefile.parse import MAX_ALIKE
from lmwire.licensepath import LicensePathError

CORPUS = Path(__file__).parent / "corpus"

# file, its servers, its vendor daemons, its feature lines (by the first letter of their kind), problems
FILES = [
    ("addresses", "27000@2001:db8::7", "acmelmd=27001", "", ""),
    ("client", "27000@licsrv.example.com", "", "", ""),
    ("comments", "27000@licsrv.example.com", "acmelmd=- second=27002", "", "5:26:vendor-port"),
    ("continuations", "27000@licsrv.example.com", "acmelmd=27001", "I:base", ""),
    ("daemon-path", "27000@licsrv.example.com", "ibmratl=27001", "", ""),
    ("empty", "", "", "", ""),
    ("ends-in-continuation", "27000@licsrv.example.com", "acmelmd=-", "", ""),
    (
        "four-ports",
        "1702@licsrv.example.com",
        "actlmgrd=- mgcld=- snpslmd=-",
        "I:ACTEL_SUMMIT I:actelmsimvlog I:synplifypro_actel",
        "",
    ),
    ("hostids", "27000@lic1.example.com 27000@lic2.example.com 27000@lic3.example.com", "acmelmd=27001", "", ""),
    ("keyword-case", "27000@licsrv.example.com", "one=27001 two=27002", "F:f", ""),
    ("latin-1", "27000@licsrv.example.com", "acmelmd=27001", "F:straße", ""),
    ("mixed-endings", "27000@licsrv.example.com", "acmelmd=27001", "F:f", ""),
    ("no-final-newline", "27000@licsrv.example.com", "acmelmd=-", "", ""),
    ("no-server", "", "", "F:viewer F:local", ""),
    ("old-key", "1700@licsrv.example.com", "olddaemon=-", "F:old F:older F:plain", ""),
    ("old-mac", "27000@licsrv.example.com", "acmelmd=27001", "", ""),
    ("package", "27000@licsrv.example.com", "adskflex=2080", "P:00000ACAD_T_F I:00000ACAD_T_F P:bare P:keyed", ""),
    ("positional", "27000@licsrv.example.com", "one=27001 two=27002 three=27003 four=27004 five=- six=-", "", ""),
    ("prose", "27000@licsrv.example.com", "acmelmd=27001", "F:f", "1:1:keyword-unknown 3:1:keyword-unknown"),
    ("quoted-path", "27000@licsrv.example.com", "acmelmd=1711", "I:Acme_Base", ""),
    ("rational-perm", "27000@licsrv.example.com", "ibmratl=27001", "I:ddts I:ddts", ""),
    ("rational-two-daemons", "27000@licsrv.example.com", "ibmratl=27001 rational=27002", "I:robot I:oldrobot", ""),
    ("tabs-and-blanks", "27000@licsrv.example.com", "acmelmd=27001", "", ""),
    ("this-host", "27000@this_host", "ARCGIS=27004", "F:ACT", ""),
    ("transport-prefix", "27000@licsrv.example.com", "acmelmd=- other=-", "", ""),
    ("triad", "27000@lic1.example.com 27000@lic2.example.com 27000@lic3.example.com", "acmelmd=27001", "F:base", ""),
    ("upgrade", "27000@licsrv.example.com", "acmelmd=27001", "I:base U:base", ""),
    ("use-server-first", "1718@licsrv.example.com", "LMCOMSOL=1719", "F:SERIAL", ""),
    ("utf-16", "27000@licsrv.example.com", "acmelmd=27001", "F:日本", ""),
    ("utf-8-mark", "27000@licsrv.example.com", "acmelmd=27001", "", ""),
    ("utf-8", "27000@licsrv.example.com", "acmelmd=27001", "F:Ã\xa0", ""),
    (
        "wrong",
        "-@licsrv.example.com 27000@fine.example.com",
        "acmelmd=- second=27002 fine=27003",
        "",
        (
            "1:1:server-incomplete 2:9:server-host 3:40:server-port 4:1:vendor-incomplete 5:8:vendor-name "
            "6:25:vendor-port 7:15:quote-open "
            "8:1:feature-incomplete 9:1:feature-incomplete 10:1:feature-incomplete 11:1:keyword-unknown"
        ),
    ),
]


@pytest.mark.parametrize(("name", "servers", "daemons", "features", "problems"), FILES, ids=[row[0] for row in FILES])
def test_the_corpus_is_read_and_kept(name: str, servers: str, daemons: str, features: str, problems: str) -> None:
    data = (CORPUS / f"{name}.lic").read_bytes()
    document = parse_license(data, name)
    assert bytes(document) == data
    assert " ".join(f"{line.port or '-'}@{line.host}" for line in document.servers) == servers
    assert " ".join(f"{line.name}={line.port or '-'}" for line in document.daemons) == daemons
    assert " ".join(f"{line.kind[0]}:{line.name}" for line in document.features) == features
    assert " ".join(f"{each.line}:{each.column}:{each.id}" for each in document.problems) == problems


def test_every_file_of_the_corpus_is_in_the_table() -> None:
    assert sorted(path.stem for path in CORPUS.glob("*.lic")) == sorted(row[0] for row in FILES)


def test_a_server_line() -> None:
    first, second, _ = parse_license((CORPUS / "triad.lic").read_bytes()).servers
    assert (first.hostid, first.master, first.heartbeat) == ("0123456789a1", True, "30")
    assert (second.hostid, second.master, second.heartbeat) == ("0123456789a2", False, "")
    hostids = [line.hostid for line in parse_license((CORPUS / "hostids.lic").read_bytes()).servers]
    assert hostids == ["COMPOSITE=00AA11BB22CC", "INTERNET=192.0.2.7", "FLEXID=9-0000aaaa 0123456789ab"]


def test_a_vendor_line() -> None:
    lines = parse_license((CORPUS / "positional.lic").read_bytes()).daemons
    assert [(line.path, line.options) for line in lines] == [
        ("/opt/one", "/opt/one.opt"),
        ("/opt/two", "/opt/two.opt"),
        ("/opt/three", "/opt/three.opt"),
        ("", "/opt/four.opt"),
        ("/opt/five", ""),
        ("", ""),
    ]
    (quoted,) = parse_license((CORPUS / "quoted-path.lic").read_bytes()).daemons
    assert quoted.path == r"C:\Program Files\Acme Tools\etc\acmelmd.exe"
    assert quoted.options == r"C:\Program Files\Acme Tools\etc\acme.opt"
    assert quoted.keyword == "DAEMON"


def test_a_feature_line_with_its_attributes() -> None:
    (line,) = parse_license((CORPUS / "continuations.lic").read_bytes()).features
    assert (line.vendor, line.version, line.expires, line.count) == ("acmelmd", "1.0", "31-dec-2030", "5")
    assert [(each.name, each.value) for each in line.attributes()] == [
        ("VENDOR_STRING", "a value  \tthat goes on"),
        ("SIGN", "00AA 11BB  \t22CC 33DD"),
    ]
    assert line.statement.place(line.attributes()[0].at.start) == (9, 2)


def test_old_files_have_a_key_in_a_column_of_its_own() -> None:
    old, older, plain = parse_license((CORPUS / "old-key.lic").read_bytes()).features
    assert (old.key, [each.name for each in old.attributes()]) == ("00AA11BB22CC33DD44EE", ["a vendor string"])
    assert (older.key, [each.name for each in older.attributes()]) == ("00AA 11BB 22CC", [""])
    assert (plain.key, [each.value for each in plain.attributes()]) == ("00AA11BB22CC", ["17003456"])
    (signed,) = parse_license(b"FEATURE f v 1.0 permanent 1 SIGN=00AA").features
    assert signed.key == ""


def test_packages_and_upgrades() -> None:
    package, _, bare, keyed = parse_license((CORPUS / "package.lic").read_bytes()).features
    assert (package.version, package.expires, package.count) == ("1.000", "", "")
    assert [each.name for each in package.attributes()][:3] == ["COMPONENTS", "OPTIONS", "SUPERSEDE"]
    assert (bare.version, bare.attributes()[0].value) == ("", "f g")
    assert (keyed.version, keyed.key) == ("1.0", "00AA11BB22CC")
    _, upgrade = parse_license((CORPUS / "upgrade.lic").read_bytes()).features
    assert (upgrade.from_version, upgrade.version, upgrade.expires, upgrade.count) == ("1.0", "2.0", "31-dec-2030", "3")


@pytest.mark.parametrize("blank", ["\xa0", "\x85", "\x1c"])
def test_only_blanks_of_ascii_separate_words(blank: str) -> None:
    (line,) = parse_license(f"FEATURE a{blank}b v 1.0 permanent 1".encode("latin-1")).features
    assert line.name == f"a{blank}b"


def test_places_are_those_of_the_file() -> None:
    document = parse_license(b"\r\n# x\r\n SERVER \\\r\n  a.b ANY \\\r\n\tport=x\r\n")
    (problem,) = document.problems
    assert (problem.line, problem.column) == (5, 7)
    assert problem.source[problem.position : problem.position + problem.length] == "x"


@pytest.mark.slow
@pytest.mark.parametrize("data", [b"\xff\xfea", b"\xff\xfe\0\0", b"\0", b"PK\x03\x04", b"a\n" * (MAX_STATEMENTS + 1)])
def test_what_is_no_license_file_is_refused(data: bytes) -> None:
    with pytest.raises(LicensePathError, match=r"^x\.lic "):
        parse_license(data, "x.lic")


def test_of_many_faults_of_one_kind_the_first_are_told() -> None:
    document = parse_license(b"NONSENSE\n" * 1000 + b"SERVER\n")
    ids = [problem.id for problem in document.problems]
    assert ids == ["keyword-unknown"] * MAX_ALIKE + ["more", "server-incomplete"]
    assert document.problems[-1].line == 1001


_FEATURE = b'INCREMENT f x 1.0 1-jan-2030 5 \\\n\tVENDOR_STRING="abc def" SIGN="00AA 11BB 22CC 33DD"\n'

# What tempts a reader to walk back or to copy its line again and again; how many megabytes of it.
BULK = [
    (_FEATURE, 10),
    *((unit, 3) for unit in (b"\n", b"\r", b"#\n", b" ", b"\\", b"\\ ", b'"', b'"\\\n', b"\\\n", b"  \\  \n ", b"x")),
    *((unit, 3) for unit in (b"VENDOR x \\\n", b'FEATURE "', b"SERVER a ANY " + b"1" * 500_000, b'SERVER a "b\\\n')),
]


@pytest.mark.slow
@pytest.mark.parametrize(("unit", "megabytes"), BULK, ids=[repr(unit[:12]) for unit, _ in BULK])
def test_megabytes_are_read_within_seconds(unit: bytes, megabytes: int) -> None:
    data = unit * ((megabytes << 20) // len(unit))
    begun = time.process_time()
    assert bytes(parse_license(data)) == data
    assert time.process_time() - begun < 20  # some 1 s; a reader that is quadratic takes hours
