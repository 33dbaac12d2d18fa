"""Single words that people ask about: verdicts, symbols of codes, names of files and of servers."""

from __future__ import annotations

import pytest

from lmwire.diagnosis import SPECS
from lmwire.errorcodes.codes import Code
from lmwire.explanations.lookup import explain


@pytest.mark.parametrize("verdict", SPECS)
def test_every_verdict_is_explained(verdict: str) -> None:
    found = explain(f" {verdict.upper().replace('-', '_')}\n")
    assert found.known
    assert found.verdict is not None
    assert (found.verdict.id, found.verdict.meaning) == (verdict, SPECS[verdict].meaning)
    # Of these, nobody knows beforehand what the application shows: it depends on the code, or on nothing at all.
    open_ended = {"inconclusive"}
    assert bool(found.verdict.application_shows) is (verdict not in open_ended)


@pytest.mark.parametrize(("word", "major"), [("LM_CANTCONNECT", -15), ("cantconnect", -15), ("LM_BADFILE", -2)])
def test_the_symbol_of_a_code_stands_for_it(word: str, major: int) -> None:
    (hit,) = explain(word).hits
    assert hit.code == Code(major)


# text, advice, command
NO_ERROR = [
    ("server.lic", "By its name, this is a license file", "lmwire license lint server.lic"),
    (
        r"C:\flexlm\license.dat",
        "By its name, this is a license file",
        r"lmwire license lint 'C:\flexlm\license.dat'",
    ),
    ("/var/log/lmgrd.log", "By its name, this is a debug log", "lmwire log /var/log/lmgrd.log"),
    ("out.PCAPNG", "By its name, this is a capture", "lmwire capture analyze out.PCAPNG"),
    ("a;reboot.lic", "By its name, this is a license file", "lmwire license lint 'a;reboot.lic'"),
    ("27000@licsrv", "This text names no error, but a license server", "lmwire diagnose 27000@licsrv"),
]


@pytest.mark.parametrize(("text", "advice", "command"), NO_ERROR)
def test_a_file_or_a_server_leads_to_the_command_that_reads_it(text: str, advice: str, command: str) -> None:
    found = explain(text)
    assert found.known
    assert found.advice.startswith(advice)
    assert found.command == command


@pytest.mark.parametrize(
    "text", ["LM_", "LM_NOSUCHTHING", "the file x.lic", "x.docx", "\x1b[31m.lic", "-999", "''.lic"]
)
def test_what_is_not_known_says_so(text: str) -> None:
    assert not explain(text).known
