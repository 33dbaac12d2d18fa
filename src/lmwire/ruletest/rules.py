"""Load the user's rules into a machine of the network, and report the place of a refused rule."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from lmwire.netns import Namespace, NetworkUnavailable
from lmwire.netns.tools import find
from lmwire.ruletest.errors import PlanError
from lmwire.ruletest.plan import Dnat, PlanServer, Router
from lmwire.ruletest.plan_check import ENDPOINT
from lmwire.text import printable

__all__ = ["load_rules"]

_LINES: Final = 6
"""Lines of a tool's error message to keep; nft repeats itself for every line after the first error."""
_NO_SET: Final = re.compile(r"\bSet \S+ doesn't exist")


def load_rules(where: str, machine: Router | PlanServer, node: Namespace, folder: Path) -> None:
    """Load all rules of `machine` into `node`; `where` is the machine's place in the plan.

    Raises:
        PlanError: a tool refuses the rules, or a file cannot be read.
        NetworkUnavailable: the tool is not installed.
    """
    if machine.nftables:
        # Its message names file and line, and it finds includes next to the file.
        file = (folder / machine.nftables).resolve()
        _run(f"{where}.nftables", node, ["nft", "-I", str(file.parent), "-f", str(file)], None, file)
    if machine.ruleset:
        _run(f"{where}.ruleset", node, ["nft", "-f", "-"], machine.ruleset)
    for field, file_name in (("iptables", machine.iptables), ("ip6tables", machine.ip6tables)):
        if file_name:
            file = folder / file_name
            _run(f"{where}.{field}", node, [_restorer(field)], _read(f"{where}.{field}", file), file)
    if isinstance(machine, Router) and machine.dnat:
        _run(f"{where}.dnat", node, ["nft", "-f", "-"], _translations(machine.dnat))


def _restorer(field: str) -> str:
    """Return iptables-nft, whose decisions can be traced, else the usual iptables."""
    try:
        find(f"{field}-nft-restore")
    except NetworkUnavailable:
        return f"{field}-restore"
    return f"{field}-nft-restore"


def _read(where: str, file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        raise PlanError(printable(str(file), 200), [f"{where} cannot be read: {error.strerror}"]) from error


def _run(where: str, node: Namespace, command: list[str], given: str | None, file: Path | None = None) -> None:
    done = node.run(command, input=given)
    if done.returncode == 0:
        return
    said = [printable(line.rstrip()) for line in done.stderr.splitlines() if line.strip()]
    said = [line.replace("/dev/stdin", "line") for line in said[:_LINES]]
    if _NO_SET.search(done.stderr):
        said.append("lmwire does not load ipset sets: for a test, write their addresses into a copy of these rules")
    raise PlanError(
        "the plan" if file is None else printable(str(file), 200),
        [f"{where}: {command[0]} refuses these rules", *said],
    )


def _translations(entries: tuple[Dnat, ...]) -> str:
    lines = "".join(f"    {_translation(entry)}\n" for entry in entries)
    return (
        "table inet plan_dnat {\n  chain prerouting {\n    type nat hook prerouting priority dstnat\n"
        f"{lines}  }}\n}}\n"
    )


def _translation(entry: Dnat) -> str:
    outside, inside = ENDPOINT.fullmatch(entry.outside), ENDPOINT.fullmatch(entry.inside)
    if outside is None or inside is None:  # the plan was checked
        raise ValueError(entry)
    family = "ip6" if outside["six"] else "ip"
    return (
        f"{family} daddr {outside['six'] or outside['four']} tcp dport {outside['port']}"
        f" dnat {family} to {entry.inside}"
    )
