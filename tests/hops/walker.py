"""`python -m tests.hops.walker HOW WAIT CONTROL ADDRESS,ADDRESS PORT…`: walk to each port, print the traces as JSON.

A program, because a user is a process's: the tests run it as nobody, without any capability, unless packets are "raw".
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import Final

import msgspec

from lmwire.hops.connect_probe import ConnectProbe, KernelConnects, own_address
from lmwire.hops.hop_trace import TraceLimits, trace
from lmwire.hops.model import Trace
from lmwire.netns import Network
from tests.hops.rules import LMGRD

__all__ = ["NOBODY", "walk", "walk_as_nobody"]

NOBODY: Final = (
    *("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"),
)
_AT_A_TIME: Final = 32


def walk_as_nobody(network: Network, ports: Sequence[int], wait: float) -> dict[tuple[int, int], Trace]:
    """Return the traces by IP version and port, walked from `client` to `server` by an unprivileged process."""
    return walk(network, ports, wait, "connects")


def walk(network: Network, ports: Sequence[int], wait: float, how: str) -> dict[tuple[int, int], Trace]:
    """Do as `walk_as_nobody`; `how` is "connects", or "raw" as root."""
    addresses = ",".join(network.address("server", version) for version in (4, 6))
    words = [how, str(wait), str(LMGRD), addresses, *map(str, ports)]
    user = () if how == "raw" else NOBODY
    done = network["client"].run([*user, sys.executable, "-m", "tests.hops.walker", *words], timeout=120)
    assert done.returncode == 0, done.stderr
    traces = msgspec.json.decode(done.stdout, type=list[Trace])
    return {(6 if ":" in one.address else 4, one.port): one for one in traces}


def _probe(how: str, address: str, local: str) -> ConnectProbe:
    if how == "raw":
        from lmwire.hops.raw_probe import RawPackets  # noqa: PLC0415 # scapy, which only this pays for

        return RawPackets(address, local)
    return KernelConnects(address, local)


async def _all(how: str, wait: float, control: int, addresses: Sequence[str], ports: Sequence[int]) -> list[Trace]:
    places = asyncio.Semaphore(_AT_A_TIME)

    async def one(address: str, port: int) -> Trace:
        async with places:
            local = own_address(address)
            probe = _probe(how, address, local)
            return await trace(probe, address, port, control, local=local, limits=TraceLimits(wait=wait))

    return list(await asyncio.gather(*(one(address, port) for port in ports for address in addresses)))


def _main(how: str, wait: str, control: str, addresses: str, *ports: str) -> None:
    traces = asyncio.run(_all(how, float(wait), int(control), addresses.split(","), [int(port) for port in ports]))
    sys.stdout.write(msgspec.json.encode(traces).decode())


if __name__ == "__main__":
    _main(*sys.argv[1:])
