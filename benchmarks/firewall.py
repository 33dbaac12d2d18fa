"""`lmwire firewall test`: how soon the whole matrix of a large plan is there."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.figure import Figure, Process, lmwire, run

__all__ = ["blocked", "matrix"]

_ZONES = 10
_SERVERS = 5
_KINDS = (
    ("healthy", "tcp dport {{ 27000, 27001 }} accept"),
    ("vendor-filtered", "tcp dport 27000 accept"),
    ("vendor-rejected", "tcp dport 27001 reject with icmp type admin-prohibited"),
    ("lmgrd-filtered", "drop"),
)
"""What a zone meets at a server, by turns, and the rule that makes it so."""

_BLOCKED = (
    "table inet firewall {",
    "  chain forward {",
    "    type filter hook forward priority 0; policy drop;",
    "  }\n}",
)


def _kind(zone: int, server: int) -> tuple[str, str]:
    return _KINDS[(zone + server) % len(_KINDS)]


def _plan(expect: Callable[[int, int], str]) -> Iterator[str]:
    yield 'name = "matrix"'
    for zone in range(_ZONES):
        yield f'[[zones]]\nname = "zone{zone}"\nsubnets = ["10.{zone}.0.0/24"]'
    yield '[[zones]]\nname = "servers"\nsubnets = ["10.99.0.0/24"]'
    yield '[[routers]]\nname = "fw"\nnftables = "fw.nft"'
    interfaces = [(f"eth{zone}", f"zone{zone}", f"10.{zone}.0.1/24") for zone in range(_ZONES)]
    listed = (
        f'{{ name = "{name}", zone = "{zone}", addresses = ["{address}"] }}'
        for name, zone, address in (*interfaces, ("servers", "servers", "10.99.0.1/24"))
    )
    yield f"interfaces = [{', '.join(listed)}]"
    for server in range(_SERVERS):
        yield f'[[servers]]\nname = "lic{server}"\nzone = "servers"\naddresses = ["10.99.0.{10 + server}"]'
        yield "vendors = { ibmratl = 27001 }"
    yield "[expect]"
    for zone in range(_ZONES):
        row = ", ".join(f'lic{server} = "{expect(zone, server)}"' for server in range(_SERVERS))
        yield f"zone{zone} = {{ {row} }}"


def _rules() -> Iterator[str]:
    yield "table inet firewall {\n  chain forward {\n    type filter hook forward priority filter; policy drop;"
    yield "    ct state established,related accept"
    for zone in range(_ZONES):
        for server in range(_SERVERS):
            kind, rule = _kind(zone, server)
            match = f"    iifname eth{zone} ip daddr 10.99.0.{10 + server}"
            yield f"{match} {rule.format()}"
            if kind == "vendor-rejected":
                yield f"{match} tcp dport 27000 accept"
    yield "  }\n}"


def _test(plan: Iterable[str], rules: Iterable[str]) -> tuple[Process, list[dict[str, Any]]]:
    """Run the test of a plan; return the process, and its cells."""
    with tempfile.TemporaryDirectory(prefix="lmwire-benchmark-") as folder:
        file = Path(folder) / "plan.toml"
        file.write_text("\n".join(plan), encoding="utf-8")
        (Path(folder) / "fw.nft").write_text("\n".join(rules) + "\n", encoding="utf-8")
        result = run(lmwire("firewall", "test", str(file), "--format", "json"))
    return result, json.loads(result.output)["cells"]


def matrix() -> Figure:
    """Test a plan of ten zones and five servers, the ports of half the cells filtered; interpreter start and all."""
    result, cells = _test(_plan(lambda zone, server: _kind(zone, server)[0]), _rules())
    good = sum(cell["agrees"] for cell in cells)
    return Figure(
        name=f"a firewall test of {_ZONES} zones and {_SERVERS} servers, whole process",
        measured=f"{result.seconds:.1f} s, {good} of {len(cells)} cells as expected",
        goal="within 10 s",
        met=result.seconds <= 10  # noqa: PLR2004 # the promise
        and good == len(cells) == _ZONES * _SERVERS,
    )


def blocked() -> Figure:
    """Test the same plan where the firewall drops everything and every cell should be healthy: all rules are named."""
    result, cells = _test(_plan(lambda _zone, _server: "healthy"), _BLOCKED)
    named = sum(any(one["source"] == "fw.nft:3" for one in cell["decisions"]) for cell in cells)
    return Figure(
        name=f"a firewall test of {_ZONES} zones and {_SERVERS} servers, everything blocked, whole process",
        measured=f"{result.seconds:.1f} s, the rule named for {named} of {len(cells)} cells",
        goal="within 5 s",
        met=result.seconds <= 5  # noqa: PLR2004 # the promise
        and named == len(cells) == _ZONES * _SERVERS,
    )
