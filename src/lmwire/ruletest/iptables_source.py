"""Find the lines of iptables rules in the user's files, as iptables-restore reads them one after the other. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

__all__ = ["IptablesChain", "IptablesLine", "parse_iptables"]

_LINE: Final = re.compile(
    r"(?:\[[0-9]+:[0-9]+\]\s+)?(?P<verb>-A|--append|-I|--insert|-D|--delete|-R|--replace|-F|--flush|-P|--policy)"
    r"(?:\s+(?P<chain>\S+))?(?P<rest>.*)"
)
_COUNTS: Final = re.compile(r"^\[[0-9]+:[0-9]+\]\s+")


@dataclass(frozen=True, slots=True)
class IptablesLine:
    """A line of a file."""

    file: str
    line: int
    text: str

    @property
    def place(self) -> str:
        """File and line."""
        return f"{self.file}:{self.line}"


@dataclass(slots=True)
class IptablesChain:
    """A chain: the line of its policy, if any, and its rules in order."""

    policy: IptablesLine | None = None
    rules: list[IptablesLine] = field(default_factory=list)


def parse_iptables(files: Sequence[tuple[str, str]]) -> dict[tuple[str, str], IptablesChain]:
    """Return (table, chain) → the chain.

    Args:
        files: name and text; the first replaces each of its tables, the others add to them, as with `--noflush`.
    """
    chains: dict[tuple[str, str], IptablesChain] = {}
    for number, (name, text) in enumerate(files):
        table = ""
        for count, raw in enumerate(text.splitlines(), 1):
            line = raw.strip()
            if line.startswith("*"):
                table = line[1:].strip()
                if number == 0:
                    chains = {key: chain for key, chain in chains.items() if key[0] != table}
            else:
                _take(chains, table, IptablesLine(name, count, _COUNTS.sub("", line)))
    return chains


def _take(chains: dict[tuple[str, str], IptablesChain], table: str, line: IptablesLine) -> None:
    if line.text.startswith(":"):
        name, policy, *_ = (*line.text[1:].split(), "", "")
        if policy == "-":  # a chain of the user's: what it had is gone
            chains[table, name] = IptablesChain(policy=line)
        else:
            chains.setdefault((table, name), IptablesChain()).policy = line
        return
    found = _LINE.fullmatch(line.text)
    if found is None:
        return
    verb = found["verb"][:2] if not found["verb"].startswith("--") else f"-{found['verb'][2].upper()}"
    if verb == "-F" and not found["chain"]:
        for (of, _), chain in chains.items():
            if of == table:
                chain.rules.clear()
        return
    _change(chains.setdefault((table, found["chain"] or ""), IptablesChain()), verb, found["rest"].strip(), line)


def _change(chain: IptablesChain, verb: str, rest: str, line: IptablesLine) -> None:
    first = rest.split(maxsplit=1)[:1]
    number = int(first[0]) if first and first[0].isdecimal() else 0
    if verb == "-A":
        chain.rules.append(line)
    elif verb == "-I":
        chain.rules.insert(max(0, number - 1), line)
    elif verb == "-P":
        chain.policy = line
    elif verb == "-F":
        chain.rules.clear()
    elif verb == "-R" and 0 < number <= len(chain.rules):
        chain.rules[number - 1] = line
    elif verb == "-D":
        at = number - 1 if number else next((n for n, rule in enumerate(chain.rules) if _rest(rule) == rest), -1)
        if 0 <= at < len(chain.rules):
            del chain.rules[at]


def _rest(line: IptablesLine) -> str:
    found = _LINE.fullmatch(line.text)
    return re.sub(r"^[0-9]+\s+", "", found["rest"].strip()) if found else ""
