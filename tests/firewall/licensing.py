"""What the tests of loaded rules have in common: who is who, the policy around, and a diagnosis from inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from lmwire.diagnosis import Report
from lmwire.netns import Network
from tests.cli.running import COMMAND, clean

__all__ = ["DAEMON", "DROPPING", "DROPPING_IPTABLES", "LMGRD_PORT", "OTHER_PORT", "SERVER", "VENDOR_PORT", "Site"]

SERVER: Final = "licsrv"
DAEMON: Final = "ibmratl"
LMGRD_PORT: Final = 27000
VENDOR_PORT: Final = 27001
OTHER_PORT: Final = 27002
"""Of a vendor daemon that no rule speaks of."""

DROPPING: Final = """
table inet filter {
    chain input {
        type filter hook input priority filter; policy drop;
        iifname lo accept
        icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
    }
    chain forward {
        type filter hook forward priority filter; policy drop;
    }
}
"""
"""A host or a router on which nothing passes: no rule for established connections helps ours along."""

_NEIGHBOURS: Final = "".join(f"-A INPUT -p icmpv6 --icmpv6-type {kind} -j ACCEPT\n" for kind in (135, 136))
DROPPING_IPTABLES: Final = {
    4: "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n-A INPUT -i lo -j ACCEPT\nCOMMIT\n",
    6: f"*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n-A INPUT -i lo -j ACCEPT\n{_NEIGHBOURS}COMMIT\n",
}


@dataclass(frozen=True)
class Site:
    """The network of the fixture of that name."""

    network: Network

    def source(self, version: int) -> str:
        """The client's network, which is not the stranger's."""
        end = self.network.links[0].a.address(version)
        assert end is not None
        return str(end.network)

    def server(self, version: int) -> str:
        return self.network.address("server", version)

    def verdict(self, who: str, version: int, *, daemon: str = DAEMON) -> str:
        """Diagnose from `who`, with short waits: what passes does so at once."""
        question = ("diagnose", f"{LMGRD_PORT}@{SERVER}", "--vendor", daemon, f"-{version}", "--timeout", "1")
        done = self.network[who].run([*COMMAND, *question, "--format", "json"], env=clean())
        assert done.returncode in {0, 1}, done.stderr
        report = msgspec.json.decode(done.stdout, type=Report)
        return report.diagnoses[0].verdict.id
