"""Load the user's rules into a machine of the network, and report the place of a refused rule."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from lmwire.netns import Namespace, NetworkUnavailable
from lmwire.netns.tools import find
from lmwire.ruletest.errors import PlanError
from lmwire.ruletest.nft_files import NftFile, read_nft_files
from lmwire.ruletest.plan import Dnat, PlanServer, Router
from lmwire.ruletest.plan_check import ENDPOINT
from lmwire.text import printable

__all__ = ["load_rules", "restorer"]

_LINES: Final = 6
"""Lines of a tool's error message to keep; nft repeats itself for every line after the first error."""
_NO_SET: Final = re.compile(r"\bSet \S+ doesn't exist")
_NO_INTERFACE: Final = re.compile(r"\bInterface does not exist")


def load_rules(where: str, machine: Router | PlanServer, node: Namespace, folder: Path) -> tuple[str, ...]:
    """Load all rules of `machine` into `node`; `where` is the machine's place in the plan. Return remarks on the files.

    Raises:
        PlanError: a tool refuses the rules, or a file cannot be read.
        NetworkUnavailable: the tool is not installed.
    """
    notes: list[str] = []
    for name in machine.files("nftables"):
        files = read_nft_files(f"{where}.nftables", name, folder)
        notes += files.notes
        _load_nft(f"{where}.nftables", node, files.main, folder / name)
    if machine.ruleset:
        _run(f"{where}.ruleset", node, ["nft", "-f", "-"], machine.ruleset)
    for name in machine.files("ipset"):
        _run(f"{where}.ipset", node, ["ipset", "restore"], _read(f"{where}.ipset", folder / name), folder / name)
    for field in ("iptables", "ip6tables"):
        for number, name in enumerate(machine.files(field)):
            command = [restorer(field), *(["--noflush"] if number else [])]
            _run(f"{where}.{field}", node, command, _read(f"{where}.{field}", folder / name), folder / name)
    if isinstance(machine, Router) and machine.dnat:
        _run(f"{where}.dnat", node, ["nft", "-f", "-"], _translations(machine.dnat))
    return tuple(notes)


def _load_nft(where: str, node: Namespace, main: NftFile, file: Path) -> None:
    """Load a file with its includes. nft reads copies, in which every include names the copy beside it."""
    with tempfile.TemporaryDirectory(prefix="lmwire-") as folder:
        names: dict[str, str] = {}
        copy = _copy(main, Path(folder), names)
        _run(where, node, ["nft", "-f", str(copy)], None, file, names=names)


def _copy(file: NftFile, folder: Path, names: dict[str, str]) -> Path:
    """Write a file and its includes into `folder`; add the path of each copy → the file's name. Lines stay the same."""
    text, at = "", 0
    for offset, included in sorted(file.included.items()):
        copies = "; ".join(f'include "{_copy(each, folder, names)}"' for each in included)
        text += file.text[at:offset] + copies
        at = offset
    copy = folder / f"{len(names)}.nft"
    names[str(copy)] = file.name
    copy.write_text(text + file.text[at:], encoding="utf-8", errors="surrogateescape")
    return copy


def restorer(field: str) -> str:
    """Return iptables-nft, whose decisions can be traced, else the usual iptables."""
    try:
        find(f"{field}-nft-restore")
    except NetworkUnavailable:
        return f"{field}-restore"
    return f"{field}-nft-restore"


def _read(where: str, file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="surrogateescape")
    except (OSError, ValueError) as error:
        raise PlanError.unreadable(printable(str(file), 200), error, where) from error


def _run(
    where: str,
    node: Namespace,
    command: list[str],
    given: str | None,
    file: Path | None = None,
    *,
    names: Mapping[str, str] = MappingProxyType({}),
) -> None:
    done = node.run(command, input=given)
    if done.returncode == 0:
        return
    stderr = done.stderr
    for copy, name in names.items():
        stderr = stderr.replace(copy, name)
    said = [printable(line.rstrip()) for line in stderr.splitlines() if line.strip()]
    said = [line.replace("/dev/stdin", "line") for line in said[:_LINES]]
    if _NO_SET.search(done.stderr):
        said.append('name the file that `ipset save` writes: ipset = "sets.ipset"')
    if _NO_INTERFACE.search(done.stderr):
        said.append('name the interface in the plan: interfaces = [{ name = "eth1" }], with a zone or without')
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
