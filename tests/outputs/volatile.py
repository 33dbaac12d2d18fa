"""What differs from one recording to the next although lmwire is the same. Recordings are raw; both sides of a
comparison go through these rules. Each rule names the groups where it holds, and nothing else is changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

__all__ = ["RULES", "Rule", "settle"]

_LIVE: Final = frozenset({"scenarios", "networks", "demo", "usage", "license-paths"})
_NETWORKS: Final = frozenset({"networks"})
_COPIES: Final = frozenset({"anonymized"})
_PLAYED: Final = frozenset({"scenarios", "networks"})


@dataclass(frozen=True)
class Rule:
    """One kind of volatile text.

    Attributes:
        why: what it is.
        groups: the groups of outputs where it is met.
        pattern: how it looks.
        settled: what stands for it in a comparison.
    """

    why: str
    groups: frozenset[str]
    pattern: re.Pattern[str]
    settled: str


RULES: Final = (
    Rule(
        "how long a connect, an answer or all of it took, in JSON",
        _LIVE,
        re.compile(r'("(?:seconds|connect_seconds|at)": ?)\d+(?:\.\d+)?(?:e-\d+)?'),
        r"\1T",
    ),
    Rule("when it was measured", _LIVE, re.compile(r'("measured": |Measured at )"?2[\d:TZ -]+(?:UTC|"|$)'), r"\1T"),
    Rule("the same in JUnit", _LIVE, re.compile(r'( time=)"\d+\.\d+"'), r'\1"T"'),
    Rule("a wait for an answer that is told rounded", _LIVE, re.compile(r"\bwithin\s+\d+(?:\.\d)? s\b"), "within T"),
    Rule("the same in text, with the blanks before it", _LIVE, re.compile(r" *\b\d+\.\d (?:ms|s)\b"), " T"),
    Rule("the same in text, whole milliseconds", _LIVE, re.compile(r" *\b\d+ ms\b"), " T"),
    Rule(
        "the same in JSON",
        _LIVE,
        re.compile(r'("code": null,\s+"after_seconds": )\d+(?:\.\d+)?'),
        r"\1T",
    ),
    Rule("when a live capture saw it", _NETWORKS, re.compile(r'("(?:first|last)": )\d+\.\d+'), r"\1T"),
    Rule("the same in text", _NETWORKS, re.compile(r"^\d\d:\d\d:\d\d(?= )", re.MULTILINE), "HH:MM:SS"),
    Rule("the port that a packet came from", _NETWORKS, re.compile(r":\d{5}(?=,? to [0-9\[])"), ":PORT0"),
    Rule(
        "whether the mock or its patience ended a conversation of which nothing arrived",
        _LIVE,
        re.compile(r'"ended": ?"(?:the mock stopped|idle for too long)"'),
        '"ended":"T"',
    ),
    Rule(
        "how much of an answer had been sent when the client gave up",
        _LIVE,
        re.compile(r'("answered": ?\["error -60"\].*"bytes_out": ?)\d+'),
        r"\1N",
    ),
    Rule("when the mock was spoken to", _LIVE, re.compile(r'"time": ?"[^"]+"'), '"time":"T"'),
    Rule("which port a client spoke from", _LIVE, re.compile(r'"peer_port": ?\d+'), '"peer_port":0'),
    Rule("the number of a process, which a hello holds", _LIVE, re.compile(r'"pid": ?"\d+"'), '"pid":"0"'),
    Rule("when packets were seen", _PLAYED, re.compile(r"20\d\d-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?"), "DATE TIME"),
    Rule("the folder of a lab", _NETWORKS, re.compile(r"lmwire-lab-\w{8}"), "lmwire-lab-XXXXXXXX"),
    Rule("bytes of a referral to a port that the kernel chose", frozenset({"demo"}), re.compile(r'"start": ".*"'), ""),
    Rule(
        "what is told of a copy with random stand-ins for names: the text of the capture itself is compared elsewhere",
        _COPIES,
        re.compile(r"(?<=--- standard output\n).*(?=\n--- standard error)", re.DOTALL),
        "",
    ),
    Rule(
        "the hash of such a copy, or of a fresh recording",
        _COPIES | _NETWORKS,
        re.compile(r"(--- file \w+\.pcapng\n\d+ bytes), [0-9a-f]{64}"),
        r"\1",
    ),
)
_CHOSEN_PORT: Final = re.compile(r"(?<!\d)40\d\d\d(?!\d)")
_WORKS: Final = re.compile(
    r"(none\s*(?:\x1b\[0m)?) +(?:\| )?works (?:at once|after \d+ s)((?:  .*)?(?:\n {20,}.*)*)", re.MULTILINE
)
_PARAGRAPH: Final = re.compile(r"(?:^  (?:\x1b\[[\d;]*m)?[^\s\x1b\"{}\[\]].*\n)+", re.MULTILINE)
_COLOURED_BREAK: Final = re.compile(r"\x1b\[0m\n +\x1b\[[\d;]*m")
_MOCK_LINE: Final = re.compile(r'(?:^\{"time".*\n)+', re.MULTILINE)
_GIVEN_UP: Final = re.compile(r'"vendor": ?"lmwire"')


def settle(group: str, text: str) -> str:
    """Return `text`, an output of `group`, without what is volatile."""
    for rule in RULES:
        if group in rule.groups:
            text = rule.pattern.sub(rule.settled, text)
    if group not in _LIVE:
        return text
    text = _WORKS.sub(_in_one_line, text)
    text = _PARAGRAPH.sub(_unwrapped, text)
    text = _MOCK_LINE.sub(_in_order, text)
    return _CHOSEN_PORT.sub(_numbered(), text)


def _in_one_line(row: re.Match[str]) -> str:
    """Join the row of an application that works: its columns are as wide as the time that a healthy walk took."""
    return " ".join(f"{row[1]} works in T {row[2]}".split())


def _unwrapped(paragraph: re.Match[str]) -> str:
    """Join a paragraph that tells a wait: whether 4 s or 4.1 s, decides where its lines end."""
    if "within T" not in paragraph[0]:
        return paragraph[0]
    return " ".join(_COLOURED_BREAK.sub(" ", paragraph[0]).split()) + "\n"


def _in_order(lines: re.Match[str]) -> str:
    """Sort what the mock says of conversations, each kind once: they end in any order, and some are given up.

    A hello that names lmwire itself is sent beside the one for lmgrd's list, and given up when the list comes first.
    """
    return "".join(sorted({line for line in lines[0].splitlines(keepends=True) if not _GIVEN_UP.search(line)}))


def _numbered() -> Callable[[re.Match[str]], str]:
    """Return what replaces the ports that the kernel chose: PORT1, PORT2, … in order of appearance, as wide as they."""
    seen: dict[str, str] = {}

    def replace(port: re.Match[str]) -> str:
        return seen.setdefault(port[0], f"PORT{len(seen) + 1}"[:5])

    return replace
