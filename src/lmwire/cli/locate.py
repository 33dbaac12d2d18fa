"""`lmwire locate`: which hop eats the vendor daemon's port."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import click

from lmwire.cli import options
from lmwire.cli.manual import Argument, Command, epilog
from lmwire.cli.terminal import emit, fail, look
from lmwire.defaults import CONNECT_WAIT, LOCATE_HOPS, LOCATE_WAIT
from lmwire.ports import MAX_PORT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from lmwire.licensepath import Server
    from lmwire.locate.hop_trace import TraceLimits
    from lmwire.locate.locate_paths import Prober
    from lmwire.locate.result import Aim, Location

__all__ = ["locate"]

_ADDRESSES: Final = 4
_TOTAL: Final = 30.0
_LONGEST: Final = 300.0


class LocationFormat(enum.StrEnum):
    """What `--format` takes."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """What was asked for. `port` and `control` are 0 when not given."""

    target: str
    server: Server
    vendors: tuple[str, ...]
    port: int
    control: int
    family: int | None
    limits: TraceLimits
    prober: Callable[[str], Prober]


def _port(context: click.Context, option: click.Parameter, text: str) -> int:
    return options.number(range(1, MAX_PORT + 1))(context, option, text) if text else 0


@click.command(
    cls=Command,
    short_help="Find the hop that blocks the vendor daemon's port.",
    epilog=epilog(
        "lmwire locate 27000@licsrv --vendor ibmratl",
        "lmwire locate 27000@licsrv --port 27001",
        "lmwire locate 27000@licsrv --format markdown",
    ),
)
@click.argument("target", cls=Argument, metavar="TARGET", meaning="The server as in LM_LICENSE_FILE: 27000@licsrv.")
@click.option(
    "--vendor",
    "-v",
    metavar="NAME",
    multiple=True,
    callback=options.vendors,
    help="Vendor daemon whose port to look for. None: those that lmgrd names.",
)
@click.option("--port", metavar="PORT", default="", callback=_port, help="Look for this port, and don't ask lmgrd.")
@click.option(
    "--control",
    metavar="PORT",
    default="",
    callback=_port,
    help="Compare with this port of the same server, which must be open. Usually lmgrd's.",
)
@click.option(
    "--max-hops",
    metavar="N",
    default=str(LOCATE_HOPS),
    show_default=True,
    callback=options.number(range(1, 65)),
    help="How far to go.",
)
@click.option(
    "--timeout",
    metavar="SECONDS",
    default=f"{LOCATE_WAIT:g}",
    show_default=True,
    callback=options.seconds,
    help="How long to wait for each answer; each question is asked up to three times.",
)
@click.option("--ipv4", "-4", is_flag=True, help="Use IPv4 only.")
@click.option("--ipv6", "-6", is_flag=True, help="Use IPv6 only.")
@click.option("--raw", is_flag=True, help="Send packets of our own with scapy: needs root and the extra `capture`.")
@options.form_option(LocationFormat, "--format", "-f")
@options.output_option
def locate(
    *,
    target: str,
    vendor: tuple[str, ...],
    port: int,
    control: int,
    max_hops: int,
    timeout: float,
    ipv4: bool,
    ipv6: bool,
    raw: bool,
    form: LocationFormat,
    output: Path | None,
) -> None:
    """Find the hop that blocks the vendor daemon's port, by packets that live for a few hops only.

    Opens connections to lmgrd's port and to the vendor daemon's, side by side, and closes each at once; no root is
    needed on Linux. Exit status: 0 when nothing blocks, 1 when something does or that remains open, 2 for wrong usage.
    """
    if ipv4 and ipv6:
        raise click.BadParameter("-4 and -6 exclude each other")
    server = _server(target)
    if port and not (server.port or control):
        raise click.BadParameter("with --port, name lmgrd's port in the target: 27000@licsrv; or another by --control")
    import asyncio  # noqa: PLC0415 # after the errors that need no network

    from lmwire.cli.progress import Bar  # noqa: PLC0415
    from lmwire.locate.errors import LocateError  # noqa: PLC0415
    from lmwire.locate.hop_trace import TraceLimits  # noqa: PLC0415
    from lmwire.probe import ProbeError  # noqa: PLC0415

    try:
        request = _Request(
            target=target,
            server=server,
            vendors=vendor,
            port=port,
            control=control,
            family=4 if ipv4 else 6 if ipv6 else None,
            limits=TraceLimits(max_hops=max_hops, wait=timeout, total=min(_TOTAL * max(1.0, timeout), _LONGEST)),
            prober=_prober(raw=raw),
        )
        with Bar("Looking at the way"):
            location = asyncio.run(_look(request))
    except (LocateError, ProbeError) as error:
        fail(str(error))
    if not location.paths and not location.reason:
        fail(*(location.notes or ("there is no way to look at",)))
    emit(_shown(location, form, output, _again(request)), output)
    raise click.exceptions.Exit(1 if location.blocked else 0)


def _shown(location: Location, form: LocationFormat, output: Path | None, command: Sequence[str]) -> str:
    from lmwire.report import location as renderer  # noqa: PLC0415

    if form is LocationFormat.JSON:
        return renderer.as_json(location)
    if form is LocationFormat.MARKDOWN:
        return renderer.as_markdown(location, command)
    return renderer.as_text(location, look(output))


def _again(request: _Request) -> list[str]:
    """Return the command without what only changes its manner."""
    words = ["lmwire", "locate", request.target]
    words += [word for name in request.vendors for word in ("--vendor", name)]
    words += ["--port", str(request.port)] if request.port else []
    words += ["--control", str(request.control)] if request.control else []
    return words + ([f"-{request.family}"] if request.family else [])


def _server(target: str) -> Server:
    from lmwire.cli.diagnose import explain_bad_path  # noqa: PLC0415
    from lmwire.licensepath import LicensePathError, parse_path  # noqa: PLC0415

    try:
        path = parse_path(target)
    except LicensePathError as error:
        explain_bad_path(error)
    servers = [server for one in path.targets for server in one.servers]
    if len(servers) != 1:
        raise click.BadParameter(
            f"this names {len(servers)} servers, and locate looks at the way to one: give the one that fails, as in "
            "27000@licsrv"
        )
    return servers[0]


def _prober(*, raw: bool) -> Callable[[str], Prober]:
    from lmwire.locate import connect_probe  # noqa: PLC0415
    from lmwire.locate.locate_paths import Prober  # noqa: PLC0415

    if raw:
        from lmwire.locate.raw_probe import RawPackets, check  # noqa: PLC0415 # scapy, which only --raw pays for

        check()
        return lambda address: Prober(RawPackets(address, local := connect_probe.own_address(address)), local)
    connect_probe.check()
    return lambda address: Prober(
        connect_probe.KernelConnects(address, local := connect_probe.own_address(address)), local
    )


async def _look(request: _Request) -> Location:
    """Find the paths to look at, and look."""
    from lmwire.locate.locate_paths import locate as find  # noqa: PLC0415
    from lmwire.locate.result import Location  # noqa: PLC0415

    aims, reason = await (_one_port(request) if request.port else _referred(request))
    if not aims:
        return Location.of(request.target, (), reason=reason)
    return Location.of(request.target, *await find(aims, request.limits, request.prober))


async def _one_port(request: _Request) -> tuple[Sequence[Aim], str]:
    """Take the port as given, at each address of the server's name."""
    from lmwire.evidence import Via  # noqa: PLC0415
    from lmwire.locate.result import Aim  # noqa: PLC0415
    from lmwire.probe import Resolver  # noqa: PLC0415
    from lmwire.probe.settings import RESOLVE_WAIT  # noqa: PLC0415
    from lmwire.text import printable  # noqa: PLC0415

    host, port = request.server.host, request.port
    found = await Resolver(family=request.family, wait=RESOLVE_WAIT).look_up(host, Via.TARGET)
    beside = request.control or request.server.port
    control = beside if beside != port else None
    aims = [Aim(address=address, port=port, control=control) for address in found.addresses[:_ADDRESSES]]
    return aims, f"{printable(host, 100)} has no address to look at from here: `lmwire diagnose` tells why."


async def _referred(request: _Request) -> tuple[Sequence[Aim], str]:
    """Ask lmgrd for the port, as an application does; what becomes of it there, the trace finds out."""
    from lmwire import diagnosis  # noqa: PLC0415
    from lmwire.evidence import Via  # noqa: PLC0415
    from lmwire.licensepath import parse_path  # noqa: PLC0415
    from lmwire.locate.locate_paths import aims_of  # noqa: PLC0415
    from lmwire.probe import Resolver, Settings, probe_path, this_machine  # noqa: PLC0415
    from lmwire.probe.settings import RESOLVE_WAIT  # noqa: PLC0415

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
    for evidence in evidences:
        host = evidence.referral.host if evidence.referral else ""
        named = (await resolver.look_up(host, Via.REFERRAL)).addresses[:_ADDRESSES]
        aims |= dict.fromkeys(aims_of(evidence, named, request.control or None))
    told = diagnosis.diagnose(evidences[0]).verdict.headline
    reason = f"There is no port of a vendor daemon to look for. {told} If you know the port: `--port PORT`."
    return tuple(aims), reason
