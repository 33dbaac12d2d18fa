"""Logs in the words of lmgrd's own manual and of public support notes: what must be said about each, and what must not.

`made_up` has logs written from those sources; `reported` has the shapes that people have posted. Each expectation was
written before lmwire read the log.
"""

# ruff: noqa: S108 # the paths are words of a report
from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
import pytest

from lmwire.report.log import as_text
from lmwire.report.look import Look
from lmwire.serverlog import LogSummary, State, read_log

_HERE: Final = Path(__file__).parent
_WIDE: Final = Look(width=10_000)
_FINE: Final = "no problem found"


class Case(msgspec.Struct, frozen=True):
    """What a log must come to.

    Attributes:
        critical: whether clients can get no license.
        daemons: the vendor daemons, and the state of each.
        says: what the report must contain.
        never: what it must not contain.
    """

    critical: bool
    daemons: dict[str, State]
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


UP, DOWN, STOPPED, GONE, OPEN = State.UP, State.EXITED, State.SHUT_DOWN, State.GIVEN_UP, State.UNKNOWN

CASES: Final = {
    "made_up/usr-tmp-cannot-open": Case(True, {}, ("/usr/tmp", "1777", "Permission denied"), ("is in use", _FINE)),
    "made_up/port-still-trying": Case(True, {}, ("could not open its port",), ("Port 0", _FINE)),
    "made_up/wrong-hostid": Case(True, {}, ("eda7: Wrong hostid, exiting", "host id"), (_FINE,)),
    "made_up/server-name-windows": Case(
        True, {}, ("OLDSERVER", "WS-CAD-12", "SERVER line", r"C:\FLEXlm\tool.lic"), (_FINE, r"C:\\FLEXlm")
    ),
    "made_up/lost-lmgrd-comm": Case(True, {"flexsvr": DOWN}, ("lost its connection to lmgrd",), ("triad", _FINE)),
    "made_up/lost-lmgrd-recovered": Case(False, {"MLM": UP}, ("exited once",), ("triad", "is down")),
    "made_up/lmgrd-segfault": Case(True, {"ugslmd": UP}, ("lmgrd exited", "signal 11"), (_FINE,)),
    "made_up/lmdown": Case(False, {"snpslmd": STOPPED}, ("shut down",), ("crash", _FINE)),
    "made_up/lmdown-restarted": Case(False, {"snpslmd": UP}, (), ("was shut down", "exited")),
    "made_up/lock-file-real": Case(
        True,
        {"snpslmd": DOWN},
        ("second copy of snpslmd", "Stop it", "lock file", "/var/tmp", "/usr/tmp"),
        (_FINE, "lmwire does not know"),
    ),
    "made_up/lock-file-errno": Case(True, {"mgcld": DOWN}, ("lock file", "/var/tmp/lockmgcld"), (_FINE,)),
    "made_up/another-server-windows": Case(True, {"sigasi": DOWN}, ("already running",), (_FINE,)),
    "made_up/not-enabled-yet": Case(
        True,
        {"covlicd": DOWN},
        ("prevent.platform", "12-may-2008", "not yet"),
        (_FINE, "hostid or name does not match", "lmwire does not know"),
    ),
    "made_up/bad-key-but-up": Case(
        False,
        {"intelpto": UP},
        ("Invalid license key", "FEATURE l_cpp intelpto 5.01 permanent uncounted"),
        ("4AE8033BCA13", _FINE),
    ),
    "made_up/no-license-file": Case(True, {}, ("Cannot find license file", "license.dat"), ("does not know",)),
    "made_up/no-server-lines-untimed": Case(
        True, {}, ("No SERVER lines in license file", r"C:\FlexLM\sigasi\license.dat"), (r"C:\\FlexLM",)
    ),
    "made_up/loop-license-reference": Case(
        True, {"snpslmd": GONE}, ("Error opening the license file, 27080@vv", "-c"), (_FINE, "library is missing")
    ),
    "made_up/crash-loop-glibc": Case(
        True, {"ABAQUSLM": DOWN}, ("crash loop", "3 times", "free(): invalid pointer"), ("shut down", _FINE)
    ),
    "made_up/conflicting-ports-untimed": Case(
        True, {}, ("conflicting port numbers", "27000 and 27010", "SERVER line"), (_FINE, "does not know")
    ),
    "made_up/order-mismatch-triad": Case(True, {}, ("SERVER line order mismatch", "same order"), (_FINE,)),
    "made_up/process-numbers": Case(False, {"demo": UP}, ("1 checked out",), ("demo[24341]", "24300")),
    "made_up/verbose-denials": Case(
        False, {"demo": UP}, ("-4,342", "joe@host2", "2 denied", "f9"), ("not understood",)
    ),
    "made_up/old-denials": Case(False, {"sampled": UP}, ("1 denied", "jane@ws2", "f1 (1)"), ("to jane", '"2"')),
    "made_up/expired-and-disabled": Case(
        False,
        {"MLM": UP},
        ("Statistics_Toolbox", "Signal_Toolbox", "expired", "25 licenses", "MATLAB"),
        ("0A1B", "not understood", _FINE),
    ),
    "made_up/hostid-on-server-line": Case(
        True, {"ansyslmd": DOWN}, ("Invalid hostid on SERVER line", "lmhostid"), (_FINE,)
    ),
    "made_up/daemon-cannot-reach-lmgrd": Case(
        True, {"MLM": DOWN}, ("can't talk to lmgrd", "-15,570:115"), ("triad", _FINE)
    ),
    "made_up/unknown-words": Case(
        False,
        {"adskflex": UP},
        ("lmwire does not know", "line 3", "The frobnicator Failed to load its trust store, code 77", "2 times"),
        (_FINE, "merely new, code"),
    ),
    "made_up/unknown-exiting": Case(True, {"toold": DOWN}, ("The dongle is gone, exiting",), (_FINE,)),
    "made_up/vendor-port-2080": Case(False, {"adskflex": UP}, (_FINE, "2080"), ("not pinned",)),
    "made_up/resolve-localhost": Case(
        True, {"flexsvr": DOWN}, ("hosts file", "localhost", "own name"), (_FINE, "does not know")
    ),
    "made_up/healthy-syslog": Case(False, {"ibmratl": UP}, (_FINE,), ("not understood",)),
    "made_up/grep-n": Case(True, {"ibmratl": DOWN}, ("status 2",), (_FINE, "lmgrd.log:")),
    "reported/usrtmp": Case(True, {}, ("/usr/tmp", "1777"), ("in use", "does not say why", "gives no reason")),
    "reported/servername": Case(True, {}, ("Lunar", "computer", "SERVER line"), (_FINE,)),
    "reported/heartbeat": Case(True, {"INTEL": DOWN}, ("lost its connection to lmgrd",), ("triad", _FINE)),
    "reported/lostlmgrd-win": Case(True, {"flexsvr": DOWN}, ("lost its connection to lmgrd",), ("triad", _FINE)),
    "reported/crashloop": Case(True, {"covlicd": DOWN}, ("crash loop", "3 times"), ("shut down", _FINE)),
    "reported/status36": Case(
        True,
        {"MLM": DOWN},
        ("Invalid license key", "INCREMENT MATLAB MLM 30 01-jan-2030 1"),
        ("XXXX", "hostid or name does not match"),
    ),
    "reported/lockfile": Case(True, {"snpslmd": DOWN}, ("second copy of snpslmd", "lock file"), (_FINE,)),
    "reported/conflict": Case(True, {}, ("conflicting port numbers", "-1 and 27010"), (_FINE,)),
    "reported/frame2026": Case(False, {"demo": UP}, (_FINE,), ("demo[24341]",)),
    "reported/verbose": Case(False, {"demo": UP}, ("-4,342", "jane@host1", "1 denied"), ("not understood",)),
    "reported/mmdd": Case(True, {"sampled": UP}, ("SERVER line order mismatch",), (_FINE,)),
    "reported/case": Case(True, {"flexsvr": DOWN}, ("localhost", "hosts file"), ("Flexsvr", _FINE)),
    "reported/expired": Case(
        False, {"ansyslmd": UP}, ("acpreppost", "10 licenses", "MSCONE"), ("not understood", "1ABC")
    ),
    "reported/vendorport": Case(False, {"adskflex": UP}, (_FINE, "2080"), ()),
    "reported/backslash": Case(False, {}, (r"C:\flex\new.lic",), (r"C:\\",)),
    "reported/olddenied": Case(False, {"demo": UP}, ("1 denied", "u@h", "f1 (1)"), ("f1 to",)),
}
"""The file's path without its ending → what it must come to."""


def summary_of(name: str) -> LogSummary:
    return read_log([_HERE / f"{name}.log"])


def shown(summary: LogSummary) -> str:
    return " ".join(as_text(summary, _WIDE).split())


@pytest.mark.parametrize("name", CASES)
def test_each_log_is_told_rightly(name: str) -> None:
    case, summary = CASES[name], summary_of(name)
    text = shown(summary).partition(".log ")[2]
    assert {daemon.name: daemon.state for daemon in summary.daemons} == case.daemons, text
    assert summary.critical is case.critical, text
    assert [words for words in case.says if words not in text] == [], text
    assert [words for words in case.never if words in text] == [], text


def test_every_log_has_a_case() -> None:
    logs = {f"{log.parent.name}/{log.stem}" for log in _HERE.glob("*/*.log")}
    assert logs == set(CASES)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-8"])
@pytest.mark.parametrize("name", ["made_up/lock-file-real", "made_up/conflicting-ports-untimed"])
def test_encodings_and_line_ends_change_nothing(name: str, encoding: str, tmp_path: Path) -> None:
    text = (_HERE / f"{name}.log").read_text("utf-8")
    copy = tmp_path / "copy.log"
    copy.write_bytes(("\ufeff" + text.replace("\n", "\r\n")).encode(encoding))
    changed = msgspec.structs.replace(read_log([copy]), files=("",))
    assert shown(changed) == shown(msgspec.structs.replace(summary_of(name), files=("",)))
