"""From a target to the hop that blocks the vendor daemon's port: what `lmwire locate` does, for programs, too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, cast

import msgspec

from lmwire.addresses import is_loopback
from lmwire.defaults import CONNECT_WAIT, LOCATE_HOPS, LOCATE_WAIT
from lmwire.diagnosis import diagnose as judge
from lmwire.evidence import Via
from lmwire.hops.connect_probe import KernelConnects, own_address
from lmwire.hops.connect_probe import check as check_connects
from lmwire.hops.errors import LocateError
from lmwire.hops.hop_trace import TraceLimits
from lmwire.hops.locate_paths import Prober, aims_of
from lmwire.hops.locate_paths import locate as find
from lmwire.hops.model import Reply
from lmwire.hops.port_checks import say_hello
from lmwire.hops.result import Aim, Location
from lmwire.lazy import load
from lmwire.licensepath import Server, parse_path
from lmwire.ports import MAX_PORT
from lmwire.probe import Resolver, Settings, probe_path, this_machine
from lmwire.probe.settings import RESOLVE_WAIT
from lmwire.text import printable
from lmwire.workflows.event_loop import run_blocking
from lmwire.workflows.one_server import one_server
from lmwire.workflows.settings import HOPS, SettingError, check_family, check_number, check_wait, vendors_of

if TYPE_CHECKING:
    from lmwire.hops.raw_probe import RawPackets

__all__ = ["locate"]

_ADDRESSES: Final = 4
_TOTAL: Final = 30.0
_LONGEST: Final = 300.0
_ANSWER_WAIT: Final = 4.0
_INSTEAD: Final = "await asyncio.to_thread(lmwire.locate, …), with the same arguments"


class _Request(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for, checked. `port` and `control` are 0 when not given."""

    target: str
    server: Server
    vendors: tuple[str, ...]
    port: int
    control: int
    family: int | None
    limits: TraceLimits
    prober: Callable[[str], Prober]


def locate(
    target: str,
    *,
    vendor: str | Sequence[str] = (),
    port: int | None = None,
    control: int | None = None,
    max_hops: int = LOCATE_HOPS,
    wait: float = LOCATE_WAIT,
    family: int | None = None,
    raw: bool = False,
) -> Location:
    """Find the hop that blocks the vendor daemon's port, with packets of a low time to live (TTL).

    Opens connections to lmgrd's port and to the vendor daemon's, side by side, and closes each at once. Needs no root
    on Linux. Blocks for up to half a minute for each path.

    Args:
        target: the server, as in LM_LICENSE_FILE: `27000@licsrv`.
        vendor: the vendor daemon whose port to look for, or several. None: those that lmgrd names.
        port: the vendor daemon's port, if you know it: lmgrd is not asked.
        control: the port of the same server to compare with, which must be open. None: lmgrd's.
        max_hops: how many routers to go past.
        wait: seconds to wait for each answer; each question is asked up to three times.
        family: 4 or 6 to use only addresses of that IP version.
        raw: send packets with scapy: needs root and the extra `capture`.

    Raises:
        LmwireError: the target is written wrong or names several servers, a setting cannot be used, this system cannot
            locate (LocateError), or an event loop runs in this thread.
    """
    check_wait("wait", wait)
    check_number("max_hops", max_hops, HOPS)
    check_family(family)
    vendors = vendors_of(vendor)
    for name, given in (("port", port), ("control", control)):
        if given is not None:
            check_number(name, given, range(1, MAX_PORT + 1))
    server = one_server(target)
    if port and not (server.port or control):
        raise SettingError(
            "port",
            "with a port, lmgrd's port must be in the target",
            "as in 27000@licsrv; or name a port to compare with",
        )
    request = _Request(
        target=target,
        server=server,
        vendors=vendors,
        port=port or 0,
        control=control or 0,
        family=family,
        limits=TraceLimits(max_hops=max_hops, wait=wait, total=min(_TOTAL * max(1.0, wait), _LONGEST)),
        prober=_prober(raw=raw, wait=wait),
    )
    location = run_blocking("locate", _INSTEAD, lambda: _look(request))
    if not location.paths and not location.reason:
        raise LocateError("; ".join(location.notes) or "lmwire found no path to test")
    return location


def _prober(*, raw: bool, wait: float) -> Callable[[str], Prober]:
    settings = Settings(connect_wait=wait, answer_wait=_ANSWER_WAIT * max(1.0, wait), identity=this_machine())

    async def talk(address: str, port: int, vendor: str) -> Reply:
        return await say_hello(address, port, vendor, settings)

    if raw:  # scapy, only on request
        cast("Callable[[], None]", load("lmwire.hops.raw_probe:check"))()
        packets = cast("type[RawPackets]", load("lmwire.hops.raw_probe:RawPackets"))
        return lambda address: Prober(packets(address, local := own_address(address)), local, talk)
    check_connects()
    return lambda address: Prober(KernelConnects(address, local := own_address(address)), local, talk)


async def _look(request: _Request) -> Location:
    """Find the paths to look at, and look."""
    aims, reason, referred = await (_one_port(request) if request.port else _referred(request))
    if not aims:
        return Location.of(request.target, (), reason=reason)
    paths, notes = await find(aims, request.limits, request.prober)
    traced = {path.aim.address for path in paths}
    if referred and not traced & referred.addresses:  # what clients use is not on the path to lmgrd's own address
        return Location.of(request.target, paths, notes, reason=referred.reason)
    return Location.of(request.target, paths, notes)


class _Referred(msgspec.Struct, frozen=True):
    """The addresses to which lmgrd refers, none of them its own, and what to say if none of them can be traced."""

    addresses: frozenset[str]
    reason: str


async def _one_port(request: _Request) -> tuple[Sequence[Aim], str, _Referred | None]:
    """Take the port as given, at each address of the server's name."""
    host, port = request.server.host, request.port
    found = await Resolver(family=request.family, wait=RESOLVE_WAIT).look_up(host, Via.TARGET)
    other = request.control or request.server.port
    control = other if other != port else None
    vendor = next(iter(request.vendors), "")
    aims = [Aim(address=one, port=port, control=control, vendor=vendor) for one in found.addresses[:_ADDRESSES]]
    reason = f"lmwire found no address to test for {printable(host, 100)}. For the reason, run `lmwire diagnose`."
    return aims, reason, None


async def _referred(request: _Request) -> tuple[Sequence[Aim], str, _Referred | None]:
    """Ask lmgrd for the port, as an application does; what becomes of it there, the trace finds out."""
    patience = min(1.0, request.limits.wait / LOCATE_WAIT)  # of who is in a hurry; who has time waits as usual
    settings = Settings(
        vendors=request.vendors,
        family=request.family,
        connect_wait=CONNECT_WAIT * patience,
        follow=False,
        identity=this_machine(),
    )
    ((_, by_vendor),) = await probe_path(parse_path(request.target), settings)
    evidences = [evidence for servers in by_vendor for evidence in servers]
    resolver = Resolver(family=request.family, wait=RESOLVE_WAIT)
    aims: dict[Aim, None] = {}
    elsewhere: set[str] = set()
    for evidence in evidences:
        host = evidence.referral.host if evidence.referral else ""
        named = (await resolver.look_up(host, Via.REFERRAL)).addresses[:_ADDRESSES]
        aims |= dict.fromkeys(aims_of(evidence, named, request.control or None))
        if evidence.referral and named and evidence.referral.lmgrd_address not in named:
            elsewhere |= {*named}
    headline = judge(evidences[0]).verdict.headline
    unknown = f"lmwire does not know the vendor daemon's port. {headline}"
    reason = f"{unknown} If you know the port, run `lmwire locate … --port PORT`."
    listed = ", ".join(sorted(elsewhere))
    own = ", which is the client's own machine," if elsewhere and all(map(is_loopback, elsewhere)) else ","
    where = (
        f"lmgrd refers clients to {listed}{own} and not to the address where it was found. "
        "lmwire cannot trace a path there. For the consequences, run `lmwire diagnose`."
    )
    return tuple(aims), reason, _Referred(frozenset(elsewhere), where) if elsewhere else None
