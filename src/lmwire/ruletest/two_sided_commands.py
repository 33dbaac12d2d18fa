"""Print the commands that test a real network before its license server is installed."""

from __future__ import annotations

import ipaddress
import shlex
from collections.abc import Iterator

from lmwire.ruletest.plan import ClientTarget, Plan, PlanServer

__all__ = ["commands"]


def commands(plan: Plan, file: str) -> str:
    """Return the commands of the two-sided mode as shell lines; `file` is the plan's path."""
    return "".join(f"{line}\n" for line in _lines(plan, file))


def _lines(plan: Plan, file: str) -> Iterator[str]:
    asked = {aim.server for aims in plan.aims().values() for aim in aims}
    yield "# On the machine of each future license server: run a mock until Ctrl-C. It never grants a license."
    for server in plan.servers:
        if server.name in asked:
            yield f"# on {server.name}"
            yield shlex.join(_mock(server))
    yield ""
    yield "# At the same time, on a client in each zone:"
    for zone, aims in plan.aims().items():
        yield f"# in {zone}"
        yield f"{shlex.join(_diagnose(aims))} > {shlex.quote(f'{zone}.json')}"
    yield ""
    yield "# Then copy the files into one directory, on the machine with the plan:"
    yield shlex.join(("lmwire", "firewall", "test", file, "--results", "."))


def _mock(server: PlanServer) -> Iterator[str]:
    yield from ("lmwire", "mock", "--bind", _bind(server), "--lmgrd-port", str(server.lmgrd))
    for name, port in server.vendors.items():
        yield from ("--vendor", f"{name}={port}")
    yield from ("--referral-host", server.referral_host)


def _bind(server: PlanServer) -> str:
    if len(server.addresses) == 1:
        return server.addresses[0]
    versions = {ipaddress.ip_address(address).version for address in server.addresses}
    return "::" if 6 in versions else "0.0.0.0"  # noqa: PLR2004, S104 # IPv6 takes both; what --bind calls all addresses


def _diagnose(aims: list[ClientTarget]) -> Iterator[str]:
    yield from ("lmwire", "diagnose")
    yield from (aim.target for aim in aims)
    if len({aim.vendors for aim in aims}) == 1:  # otherwise lmwire asks each lmgrd for its vendor daemons
        for name in aims[0].vendors:
            yield from ("--vendor", name)
    yield from ("--format", "json")
