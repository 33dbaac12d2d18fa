"""Any bytes are a license file that comes back unchanged, or the documented error; nothing else."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lmwire.licensefile import CHECKS, LicenseDocument, PinError, lint_license, parse_license, pin_ports
from lmwire.licensefile.lexer import Gap
from lmwire.licensefile.summary import summarise
from lmwire.licensepath import LicensePathError

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.lic"))
TODAY = dt.date(2026, 11, 24)

BLANKS = st.sampled_from([b" ", b"\t", b"  ", b" \\\n ", b" \\\r\n\t"])
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r", b"\n\n", b" \n", b" # comment\n", b""])
WORDS = st.sampled_from(
    [
        *(b"licsrv", b"licsrv.example.com", b"this_host", b"ANY", b"localhost", b"127.0.0.1", b"10.0.0.7", b"fe80::1"),
        *(b"0123456789ab", b"COMPOSITE=00AA", b"27000", b"27001", b"0", b"99999", b"port=27001", b"PORT=", b"PORT=x"),
        *(b"ibmratl", b"rational", b"acmelmd", b"/opt/x", b"x.opt", b"OPTIONS=x", b'"C:\\a b\\c.exe"', b'port="27002"'),
        *(
            b"1.0",
            b"permanent",
            b"1-jan-0",
            b"31-dec-2026",
            b"1-jan-30",
            b"1-jan-2020",
            b"uncounted",
            b"5",
            b"SIGN=00AA",
        ),
        *(b'VENDOR_STRING="a b"', b"#", b'"', b"\xe9\xff", b"\xa0", b"\x1b[2J", b"="),
    ]
)
KEYWORDS = st.sampled_from(
    [
        *(b"SERVER", b"server", b"VENDOR", b"VENDOR", b"DAEMON", b"USE_SERVER", b"FEATURE", b"INCREMENT", b"UPGRADE"),
        *(b"PACKAGE", b"VENDER", b"#", b"", b'"SERVER"', b"FEATURESET"),
    ]
)


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    words = [draw(KEYWORDS), *draw(st.lists(WORDS, max_size=9))]
    return b"".join(part for word in words for part in (word, draw(BLANKS))) + draw(ENDS)


FILES = st.lists(lines(), max_size=12).map(b"".join)


@st.composite
def mutations(draw: st.DrawFn) -> bytes:
    """A file of the corpus with bytes changed, cut out and put in."""
    data = bytearray(draw(st.sampled_from(CORPUS)).read_bytes())
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, len(data)))
        kind = draw(st.sampled_from(["change", "cut", "insert"]))
        if kind == "change" and place < len(data):
            data[place] = draw(st.integers(0, 255))
        elif kind == "cut":
            del data[place : place + draw(st.integers(1, 40))]
        else:
            data[place:place] = draw(st.sampled_from([b"\\\n", b'"', b"\n", b"\r", b" ", b"#", b"=", b"\xff"]))
    return bytes(data)


def read(data: bytes) -> LicenseDocument | None:
    try:
        return parse_license(data, "x.lic")
    except LicensePathError:
        return None


@given(st.binary(max_size=300) | FILES | mutations())
@example(b"\xff\xfe\x00\xd8")
@example(b"\xfe\xff\xdc\x00")
def test_what_is_read_is_written_back_as_it_was(data: bytes) -> None:
    document = read(data)
    if document is None:
        return
    assert bytes(document) == data
    line = 1
    for part in document.parts:
        assert part.line == line
        assert part.raw
        line += part.raw.count("\n") + part.raw.count("\r") - part.raw.count("\r\n")
        if not isinstance(part, Gap):
            text = part.text
            assert all(text[word.start : word.stop].replace('"', "") == word.text for word in part.words())
            assert not {"\r", "\n"} & set(text)
    for each in document.features:
        each.attributes()
    summarise(document)


@given(FILES | mutations(), st.sampled_from([None, (), ("127.0.0.1",), ("10.0.0.7",), ("192.0.2.7", "x"), "unknown"]))
def test_every_problem_has_a_place_and_is_safe_to_show(data: bytes, answer: tuple[str, ...] | str | None) -> None:
    document = read(data)
    if document is None:
        return
    resolve = None if answer is None else lambda _: None if isinstance(answer, str) else answer
    physical = document_lines(document)
    for problem in lint_license(document, today=TODAY, resolve=resolve):
        assert problem.id in CHECKS
        assert 1 <= problem.line <= len(physical)
        assert 1 <= problem.column <= len(physical[problem.line - 1]) + 1
        assert f"{problem.text}{problem.fix}{problem.corrected}".isprintable()


def document_lines(document: LicenseDocument) -> list[str]:
    whole = "".join(part.raw for part in document.parts)
    return whole.replace("\r\n", "\n").replace("\r", "\n").split("\n")


@given(FILES | mutations(), st.sampled_from(["ibmratl", "acmelmd", "nobody"]), st.integers(-1, 70000))
def test_pinning_changes_the_lines_named_and_nothing_else(data: bytes, daemon: str, port: int) -> None:
    document = read(data)
    if document is None:
        return
    try:
        pinned = pin_ports(document, {daemon: port})
    except PinError:
        return
    named = {line.statement.line for line in document.daemons if line.name == daemon}
    assert {change.line for change in pinned.changes} == named
    text = bytes(document).removeprefix(document.mark).decode(document.encoding, "surrogatepass")
    starts = [0, *(match.end() for match in re.finditer("\r\n|\r|\n", text))]
    for change in reversed(pinned.changes):
        start = starts[change.line - 1]
        assert text.startswith(change.before, start)
        assert str(port) in change.after
        assert len(change.after) <= len(change.before) + len(f" port={port}")
        text = text[:start] + change.after + text[start + len(change.before) :]
    assert bytes(pinned.document) == document.mark + text.encode(document.encoding, "surrogatepass")
    assert {line.port for line in pinned.document.daemons if line.name == daemon} == {port}
    others = [line.port for line in document.daemons if line.name != daemon]
    assert [line.port for line in pinned.document.daemons if line.name != daemon] == others
    assert len(pinned.document.features) == len(document.features)
    again = pin_ports(pinned.document, {daemon: port})
    assert bytes(again.document) == bytes(pinned.document)


@pytest.mark.parametrize("path", CORPUS, ids=[path.stem for path in CORPUS])
def test_a_file_cut_anywhere_is_read(path: Path) -> None:
    data = path.read_bytes()
    for stop in range(len(data)):
        document = read(data[:stop])
        assert document is None or bytes(document) == data[:stop]
