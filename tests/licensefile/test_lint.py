"""Every check of a license file: a file that fails it, and where it is told."""

from __future__ import annotations

import datetime as dt

import pytest

from lmwire.licensefile import CHECKS, LicenseProblem, ProblemSeverity, Resolve, lint_license, parse_license
from lmwire.licensefile.dates import NEVER, parse_expiry
from lmwire.licensefile.summary import summarise

TODAY = dt.date(2026, 11, 24)
SERVER = b"SERVER licsrv.example.com 0123456789ab 27000\n"
VENDOR = b"VENDOR acmelmd port=27001\n"


def lint(data: bytes, resolve: Resolve | None = None) -> tuple[LicenseProblem, ...]:
    return lint_license(parse_license(data), today=TODAY, resolve=resolve)


def feature(expires: str) -> bytes:
    return SERVER + VENDOR + f"FEATURE f acmelmd 1.0 {expires} 1\n".encode()


def servers(*lines: str) -> bytes:
    return "".join(f"SERVER {line}\n" for line in lines).encode() + VENDOR


# file, the only problem: where, id, the line as it should be
ALONE = [
    (servers(""), "1:1", "server-incomplete", ""),
    (servers("a/b 1 27000"), "1:9", "server-host", ""),
    (servers("a.example.com 1 99999"), "1:24", "server-port", ""),
    (servers("a.example.com 1 0"), "1:24", "server-port", ""),
    (servers("a.example.com 1 27000", "b.example.com 2 27000"), "2:1", "server-count", ""),
    (servers(*(f"{name}.example.com 1 27000" for name in "abcd")), "4:1", "server-count", ""),
    (b"# nothing\n", "1:1", "server-missing", ""),
    (b"FEATURE f acmelmd 1.0 permanent 0\nFEATURE g acmelmd 1.0 permanent 3\n", "2:1", "server-missing", ""),
    (b"USE_SERVER\n" + SERVER, "2:1", "server-unread", ""),
    (
        servers("a.example.com 1 27000", "b.example.com 2 27000", "A.example.com. 3 27000"),
        "3:8",
        "server-twice",
        "",
    ),
    (servers("a.example.com 1"), "1:8", "server-port-missing", "SERVER a.example.com 1 27000"),
    (
        servers("a.example.com 1 27000", "b.example.com 2 PRIMARY_IS_MASTER", "c.example.com 3 27000"),
        "2:8",
        "triad-port-missing",
        "SERVER b.example.com 2 27000 PRIMARY_IS_MASTER",
    ),
    (
        servers("a.example.com 1 27000", "b.example.com 2 27000", "c.example.com 3 27005"),
        "3:24",
        "triad-ports-differ",
        "",
    ),
    (servers("this_host ANY 27000"), "1:8", "server-this-host", ""),
    (servers("ANY 0123456789ab 27000"), "1:8", "server-any", ""),
    (servers("localhost ANY 27000"), "1:8", "server-localhost", ""),
    (servers("localhost.localdomain ANY 27000"), "1:8", "server-localhost", ""),
    (servers("licsrv ANY 27000"), "1:8", "server-unqualified", ""),
    (servers("127.0.0.1 ANY 27000"), "1:8", "server-localhost", ""),
    (servers("::1 ANY 27000"), "1:8", "server-localhost", ""),
    (servers("0.0.0.0 ANY 27000"), "1:8", "server-address-loopback", ""),
    (servers("169.254.7.7 ANY 27000"), "1:8", "server-address-link-local", ""),
    (servers("fe80::7%eth0 ANY 27000"), "1:8", "server-address-link-local", ""),
    (servers("10.20.0.5 ANY 27000"), "1:8", "server-address-private", ""),
    (servers("fd00::7 ANY 27000"), "1:8", "server-address-private", ""),
    (SERVER, "1:1", "vendor-missing", ""),
    (SERVER + b"VENDOR\n" + VENDOR, "2:1", "vendor-incomplete", ""),
    (SERVER + b"VENDOR a/b\n" + VENDOR, "2:8", "vendor-name", ""),
    (SERVER + b"VENDOR acmelmd port=2700l\n", "2:25", "vendor-port", ""),
    (SERVER + b"VENDOR acmelmd port=70000\n", "2:21", "vendor-port", ""),
    (SERVER + b"VENDOR acmelmd\n", "2:8", "vendor-unpinned", "VENDOR acmelmd port=27001"),
    (SERVER + b"DAEMON acmelmd PORT=0 # later\n", "2:8", "vendor-unpinned", "DAEMON acmelmd PORT=27001 # later"),
    (
        SERVER + b'VENDOR acmelmd "C:\\a b\\acmelmd.exe"\n',
        "2:8",
        "vendor-unpinned",
        'VENDOR acmelmd "C:\\a b\\acmelmd.exe" port=27001',
    ),
    (SERVER + b"VENDOR acmelmd port=643\n", "2:21", "vendor-port-low", ""),
    (SERVER + b"VENDOR acmelmd port=1711\n", "2:21", "vendor-port-outside-range", ""),
    (SERVER + b"VENDOR acmelmd 27001\n", "2:16", "vendor-positional", "VENDOR acmelmd port=27001"),
    (SERVER + b"VENDOR acmelmd /opt/a 27001\n", "2:23", "vendor-positional", "VENDOR acmelmd /opt/a port=27001"),
    (
        SERVER + b"VENDOR acmelmd /opt/a.opt PORT=27001\n",
        "2:16",
        "vendor-positional",
        "VENDOR acmelmd OPTIONS=/opt/a.opt PORT=27001",
    ),
    (
        SERVER + b"VENDOR acmelmd C:\\Program Files (x86)\\acmelmd.exe port=27001\n",
        "2:33",
        "vendor-path-blank",
        'VENDOR acmelmd "C:\\Program Files (x86)\\acmelmd.exe" port=27001',
    ),
    (
        SERVER + b"VENDOR acmelmd C:\\a b\\acmelmd.EXE OPTIONS=x.opt port=27001\n",
        "2:21",
        "vendor-path-blank",
        'VENDOR acmelmd "C:\\a b\\acmelmd.EXE" OPTIONS=x.opt port=27001',
    ),
    (
        SERVER + b"VENDOR acmelmd C:\\Program Files\\acmelmd port=27001\n",
        "2:27",
        "vendor-path-blank",
        'VENDOR acmelmd "C:\\Program Files\\acmelmd" port=27001',
    ),
    (SERVER + b'VENDOR acmelmd "C:\\a b.exe" x y port=27001\n', "2:31", "vendor-path-blank", ""),
    (SERVER + b"VENDOR acmelmd port=27000\n", "2:21", "port-of-lmgrd", "VENDOR acmelmd port=27001"),
    (SERVER + VENDOR + b"VENDOR other port=27001\n", "3:19", "port-shared", "VENDOR other port=27002"),
    (SERVER + b"VENDOR rational port=27002\n", "2:8", "vendor-obsolete", ""),
    (
        SERVER + VENDOR + b"INCREMNT f acmelmd 1.0 permanent 1\n",
        "3:1",
        "keyword-unknown",
        "INCREMENT f acmelmd 1.0 permanent 1",
    ),
    (SERVER + VENDOR + b"hello world\n", "3:1", "keyword-unknown", ""),
    (SERVER + VENDOR + b"FEATURE f acmelmd 1.0\n", "3:1", "feature-incomplete", ""),
    (feature("tomorrow"), "3:23", "feature-expiry", ""),
    (feature("31-feb-2030"), "3:23", "feature-expiry", ""),
    (feature("31-dec-30"), "3:23", "feature-expired", ""),
    (feature("23-nov-2026"), "3:23", "feature-expired", ""),
    (feature("1-jan-99"), "3:23", "feature-expired", ""),
    (feature("24-nov-2026"), "3:23", "feature-expiring", ""),
    (feature("24-dec-2026"), "3:23", "feature-expiring", ""),
    (SERVER + VENDOR + b"VENDOR acmelmd port=27001 " + b"x" * 5000, "3:4097", "line-too-long", ""),
    (SERVER + b'VENDOR acmelmd "/opt/a port=27001\n', "2:16", "quote-open", ""),
    (SERVER + VENDOR + b'FEATURE x acmelmd 1 permanent 1 SIGN="AA\n', "3:33", "quote-open", ""),
    (SERVER + b"# one\r\n" + VENDOR, "2:6", "line-endings", ""),
    (SERVER.replace(b"\n", b"\r\n") + b"\r\n\n" + VENDOR, "3:1", "line-endings", ""),
    (b"\xef\xbb\xbf" + SERVER + VENDOR, "1:1", "byte-order-mark", ""),
    ((SERVER + VENDOR).decode().encode("utf-16"), "1:1", "encoding", ""),
    (
        SERVER.replace(b"0123456789ab", b"0123456789ab 0123456789ac") + VENDOR,
        "1:27",
        "server-hostids",
        'SERVER licsrv.example.com "0123456789ab 0123456789ac" 27000',
    ),
    (SERVER + b"VENDOR acme.opt port=27001\n", "2:8", "vendor-name-file", ""),
    (b"GROUP lab ann joe\n", "1:1", "not-a-license-file", ""),
    (SERVER + b"VENDOR acmelmd\xa0port=27001\n" + VENDOR, "2:15", "character-odd", "VENDOR acmelmd port=27001"),
    (feature("23-nov-2026") + b"INCREMENT f acmelmd 1.0 permanent 1\n", "3:23", "feature-renewed", ""),
    (
        SERVER
        + VENDOR
        + b"INCREMENT f acmelmd 1.0 permanent 1 ISSUED=1-jan-2020\n"
        + b"INCREMENT f acmelmd 1.0 permanent 2 ISSUED=1-jan-2021 SUPERSEDE\n",
        "3:1",
        "feature-superseded",
        "",
    ),
    (feature("permanent") + feature("permanent").splitlines()[2] + b"\n", "4:1", "feature-duplicate", ""),
    (SERVER + VENDOR + b"INCREMENT f other 1.0 permanent 1\n", "3:1", "feature-vendor-missing", ""),
]


@pytest.mark.parametrize(
    ("data", "where", "id_", "corrected"), ALONE, ids=[f"{row[2]}-{number}" for number, row in enumerate(ALONE)]
)
def test_each_check_finds_its_fault_and_nothing_else(data: bytes, where: str, id_: str, corrected: str) -> None:
    (problem,) = lint(data)
    assert (f"{problem.line}:{problem.column}", problem.id, problem.corrected) == (where, id_, corrected)
    assert problem.text
    assert problem.fix or problem.severity is ProblemSeverity.NOTE or problem.id in {"vendor-name", "server-host"}


@pytest.mark.parametrize(
    ("line", "corrected"),
    [
        (b"VENDOR acmelmd a.opt\n", "VENDOR acmelmd OPTIONS=a.opt port=27001"),
        (b"VENDOR acmelmd a.opt 27003\n", "VENDOR acmelmd OPTIONS=a.opt port=27003"),
        (b"VENDOR acmelmd a.opt 70000\n", "VENDOR acmelmd OPTIONS=a.opt port=27001"),
        (b"VENDOR acmelmd port=0 a.opt\n", "VENDOR acmelmd port=27001 OPTIONS=a.opt"),
    ],
)
def test_the_line_to_be_copied_mends_all_that_is_wrong_with_it(line: bytes, corrected: str) -> None:
    first, second = lint(SERVER + line)
    assert first.corrected == second.corrected == corrected
    assert lint(SERVER + corrected.encode() + b"\n") == ()


# answer, problem
ANSWERS = [
    (("8.8.8.8",), None),
    (("10.0.0.7", "8.8.8.8"), None),
    ((), "server-unresolvable"),
    (None, "server-unresolved"),
    (("127.0.1.1",), "server-resolves-loopback"),
    (("10.0.0.7", "127.0.0.1"), "server-resolves-loopback"),
    (("10.0.0.7",), "server-resolves-private"),
]


@pytest.mark.parametrize(("answer", "id_"), ANSWERS)
def test_names_are_looked_up_when_asked(answer: tuple[str, ...] | None, id_: str | None) -> None:
    asked: list[str] = []

    def resolve(host: str) -> tuple[str, ...] | None:
        asked.append(host)
        return answer

    found = lint(SERVER + VENDOR, resolve)
    assert asked == ["licsrv.example.com"]
    assert [(problem.id, problem.line, problem.column) for problem in found] == ([(id_, 1, 8)] if id_ else [])


@pytest.mark.parametrize("host", ["this_host", "ANY", "localhost", "192.0.2.7", "2001:db8::7"])
def test_what_is_no_name_is_never_looked_up(host: str) -> None:
    def resolve(host: str) -> tuple[str, ...] | None:
        raise AssertionError(host)

    lint(servers(f"{host} ANY 27000"), resolve)


def test_a_thousand_servers_are_three_questions() -> None:
    asked: list[str] = []
    lint(servers(*(f"s{number}.example.com 1 27000" for number in range(1000))), lambda host: asked.append(host) or ())
    assert asked == ["s0.example.com", "s1.example.com", "s2.example.com"]


def test_every_check_is_proved_here() -> None:
    here = {row[2] for row in ALONE} | {id_ for _, id_ in ANSWERS}
    assert here | {"more"} == set(CHECKS) | {None}


@pytest.mark.parametrize(
    "data",
    [
        SERVER + VENDOR,
        SERVER + VENDOR + b'FEATURE x acmelmd 1 permanent 1 SIGN="A # \\\n B" # 5" wide\n',
        SERVER + b"VENDOR acmelmd C:\\lm\\acmelmd options\\acmelmd.opt port=27001\n",
        SERVER + b"VENDOR acmelmd C:\\lm\\acmelmd.exe etc\\acmelmd port=27001\n",
        SERVER + VENDOR + b"FEATURE f acmelmd 1.0 permanent 1 SIGN=00AA\nPACKAGE p acmelmd COMPONENTS=f\n",
        SERVER + b"USE_SERVER\n",
        b"FEATURE f acmelmd 1.0 1-jan-0 uncounted HOSTID=ANY SIGN=00AA\n",
        servers("licsrv.example.com COMPOSITE=00AA 27000 PRIMARY_IS_MASTER"),
        servers("8.8.8.8 ANY 27000"),
        SERVER + b"VENDOR acmelmd /opt/acmelmd /opt/acme.opt 27001\nVENDOR acmelmd port=27001\n",
        SERVER + b"VENDOR acmelmd /opt/acmelmd.exe OPTIONS=/opt/a.opt 27001\n",
        b"USE_SERVER\nVENDOR acmelmd port=27001\n"
        + feature("permanent").replace(b" 1\n", b" uncounted\n")[len(SERVER + VENDOR) :],
    ],
)
def test_a_good_file_has_no_problem(data: bytes) -> None:
    assert lint(data) == ()


def test_problems_come_in_the_order_of_the_file_with_ports_that_are_free() -> None:
    found = lint(b"VENDOR one\nVENDOR two PORT=27002\nVENDOR three\nSERVER a.example.com 1 27001\nFEATURE f\n")
    assert [(problem.line, problem.id, problem.corrected) for problem in found] == [
        (1, "vendor-unpinned", "VENDOR one PORT=27003"),
        (3, "vendor-unpinned", "VENDOR three PORT=27004"),
        (5, "feature-incomplete", ""),
    ]


def test_a_port_that_the_vendor_names_is_advised_while_it_is_free() -> None:
    found = lint(SERVER + b"VENDOR LMCOMSOL\nVENDOR adskflex\nVENDOR LMCOMSOL\nVENDOR ibmratl\nVENDOR a\n")
    assert [problem.corrected.rpartition("=")[2] for problem in found] == ["1719", "2080", "27001", "27002", "27003"]
    taken = lint(SERVER + b"VENDOR ibmratl\nVENDOR x port=27001\nVENDOR y\n")
    assert [problem.corrected for problem in taken] == ["VENDOR ibmratl port=27002", "VENDOR y port=27003"]


def test_thousands_of_expired_features_are_told_a_hundred_times() -> None:
    data = SERVER + VENDOR + b"".join(b"INCREMENT f%d acmelmd 1.0 1-jan-2020 1\n" % number for number in range(5000))
    found = lint(data)
    assert [problem.id for problem in found] == ["feature-expired"] * 100 + ["more"]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("permanent", NEVER),
        ("PERMANENT", NEVER),
        ("0", NEVER),
        ("1-jan-0", NEVER),
        ("01-JAN-0000", NEVER),
        ("1-jan-00", NEVER),
        ("31-dec-2026", dt.date(2026, 12, 31)),
        ("1-Feb-99", dt.date(1999, 2, 1)),
        ("1-feb-69", dt.date(1969, 2, 1)),
        ("1-feb-30", dt.date(1930, 2, 1)),
        ("29-feb-2028", dt.date(2028, 2, 29)),
        ("29-feb-2027", None),
        ("1-foo-2027", None),
        ("2027-01-01", None),
        ("1-jan-20270", None),
        ("", None),
    ],
)
def test_expiry_dates(text: str, day: dt.date | None) -> None:
    assert parse_expiry(text) == day


def test_what_feature_lines_come_to() -> None:
    document = parse_license(
        b"INCREMENT a v 1.0 permanent 5\nINCREMENT a v 1.0 1-jan-0 7\nINCREMENT a v 2.0 permanent 1\n"
        b"FEATURE b v 1.0 permanent 3\nFEATURE b v 2.0 permanent 9\nINCREMENT c v 1.0 never uncounted\n"
        b"INCREMENT d w 1.0 1-jan-2030 0\nUPGRADE a v 1.0 3.0 permanent 1\nPACKAGE p v COMPONENTS=a\n"
    )
    sums = [(each.vendor, each.name, each.version, each.count, each.lines, each.until) for each in summarise(document)]
    assert sums == [
        ("v", "a", "1.0", 12, 2, NEVER),
        ("v", "a", "2.0", 1, 1, NEVER),
        ("v", "b", "1.0", 3, 1, NEVER),
        ("v", "c", "1.0", None, 1, None),
        ("w", "d", "1.0", None, 1, dt.date(2030, 1, 1)),
    ]


def test_an_expired_version_is_covered_only_by_its_own_version_or_a_higher_one() -> None:
    def found(version: str) -> set[str]:
        text = (
            "SERVER licsrv.example.com 00aabbccddee 27000\nVENDOR ibmratl port=27001\n"
            f"INCREMENT w ibmratl 2.0 1-jan-2020 1 SIGN=1\nINCREMENT w ibmratl {version} permanent 1 SIGN=1\n"
        )
        return {problem.id for problem in lint_license(parse_license(text.encode()), today=TODAY)}

    assert "feature-expired" in found("1.0")
    assert "feature-renewed" not in found("1.0")
    assert "feature-renewed" in found("2.0")
    assert "feature-renewed" in found("10.0")
