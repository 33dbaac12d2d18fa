"""Why the kernel of a machine dropped packets without a rule: routes, reverse path filtering, unknown neighbours."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from lmwire.netns import Namespace
from lmwire.ruletest.trace import TracedPacket
from lmwire.text import printable

__all__ = ["unanswered", "why_lost"]


def unanswered(machines: Mapping[str, Namespace]) -> Iterator[str]:
    """Yield a remark for each address that a machine asked for on a link, and that no machine has."""
    for name, node in machines.items():
        try:
            entries = json.loads(node.run(["ip", "-j", "neighbour", "show", "nud", "failed"]).stdout or "[]")
        except ValueError:
            continue
        for entry in entries:
            address, interface = entry.get("dst", ""), entry.get("dev", "")
            how = "neighbour discovery" if ":" in address else "ARP"
            yield f"{name} finds no machine with the address {address}: none answers {how} at {interface}"


def why_lost(node: Namespace, packet: TracedPacket) -> str:
    """Return why the kernel of `node` dropped a packet before its rules for forwarded and incoming packets."""
    if not _route(node, packet.destination):
        return f"it has no route to {packet.destination}"
    if not _forwards(node, packet):
        family = "ipv6.conf.all.forwarding" if packet.version == 6 else "ipv4.ip_forward"  # noqa: PLR2004 - the version
        return f"it does not forward packets (net.{family} is 0)"
    back = _route(node, packet.source)
    strictness = _rp_filter(node, packet.iif) if packet.version == 4 else 0  # noqa: PLR2004 - IPv6 has no rp_filter
    if strictness == 1 and back != packet.iif:
        route = f"its route back to {packet.source} uses {back}" if back else f"it has no route back to {packet.source}"
        return f"rp_filter is strict: the packets arrive at {packet.iif}, but {route}"
    if strictness and not back:
        return f"rp_filter is loose, and it has no route back to {packet.source}"
    # After rp_filter, for which the kernel refuses to tell the route, too.
    if said := _refused(node, packet):
        return f"a routing rule (ip rule) or route refuses packets to {packet.destination} port {packet.dport}: {said}"
    return "of a missing route, perhaps to the address that a NAT put in, or reverse path filtering (rp_filter)"


def _route(node: Namespace, address: str) -> str:
    """Return the interface of the route to `address`; empty without a route."""
    done = node.run(["ip", "-j", "route", "get", address])
    try:
        return str(json.loads(done.stdout)[0].get("dev", ""))
    except (ValueError, LookupError):
        return ""


def _rp_filter(node: Namespace, interface: str) -> int:
    """Return the kernel's value for an interface: the larger one of "all" and its own."""
    done = node.run(["cat", *(f"/proc/sys/net/ipv4/conf/{name}/rp_filter" for name in ("all", interface))])
    return max((int(line) for line in done.stdout.split() if line.isdecimal()), default=0)


def _forwards(node: Namespace, packet: TracedPacket) -> bool:
    """Whether a machine forwards packets that arrive where this one did, or has its address."""
    family = "ipv6" if packet.version == 6 else "ipv4"  # noqa: PLR2004 - the version
    setting = node.run(["cat", f"/proc/sys/net/{family}/conf/{packet.iif}/forwarding"]).stdout.strip()
    local = "local" in node.run(["ip", "route", "get", packet.destination]).stdout.split()[:1]
    return setting != "0" or local


def _refused(node: Namespace, packet: TracedPacket) -> str:
    """Return why the kernel finds no route for this very packet, with its ports; empty when it finds one."""
    ports = ["ipproto", "tcp", "sport", str(packet.sport), "dport", str(packet.dport)] if packet.is_tcp else []
    asked = ["ip", "route", "get", packet.destination, "from", packet.source, "iif", packet.iif, *ports]
    done = node.run(asked)
    return "" if done.returncode == 0 else printable(done.stderr.strip().removeprefix("RTNETLINK answers: "), 100)
