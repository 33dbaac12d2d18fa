"""Run `lmwire mock`: a JSON line when every listener is ready, then one for each conversation, until a signal.

Nothing here reads a command line or ends the process: errors are `MockError`s, whose text is for the user.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from lmwire.descriptors import allow_many
from lmwire.line_writer import LineWriter
from lmwire.wire import LocalProtocolError, Referral
from lmwire_mockserver.connection import Limits
from lmwire_mockserver.conversation import Conversation
from lmwire_mockserver.daemons import renamed
from lmwire_mockserver.errors import OptionError
from lmwire_mockserver.faults import Delay
from lmwire_mockserver.memory import Tide, give_back
from lmwire_mockserver.scenario import Scenario, scenario
from lmwire_mockserver.server import AsyncMockServer

__all__ = ["MockOptions", "parse_vendor", "run_mock", "serve"]

_PORTS: Final = range(1 << 16)
_NAME_LENGTH: Final = 32
_LONGEST_DELAY: Final = 3600.0
_CONNECTIONS: Final = 1 << 14
_LOOK: Final = 1.0
_NO_FILES: Final = frozenset({errno.EMFILE, errno.ENFILE})
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)

Write = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class MockOptions:
    """The options of `lmwire mock`.

    Attributes:
        scenario: its id.
        bind: the address to listen on; None is loopback. 0.0.0.0 and :: take all.
        lmgrd_port: 0 takes any that is free.
        vendor_port: of the first vendor daemon that has no port of its own.
        vendors: NAME or NAME=PORT each; they replace the scenario's, in order, and may be more.
        referral_host: the host of lmgrd's referral. None leaves it to the scenario, usually the address listened on,
            or this machine's name where that is all of them.
        delay: seconds that every answer waits.
    """

    scenario: str = "healthy"
    bind: str | None = None
    lmgrd_port: int = 0
    vendor_port: int = 0
    vendors: tuple[str, ...] = ()
    referral_host: str | None = None
    delay: float = 0.0


def parse_vendor(text: str) -> tuple[str, int | None]:
    """Return name and port of NAME or NAME=PORT.

    Raises:
        OptionError: it is neither.
    """
    name, equals, digits = text.partition("=")
    if not 0 < len(name) <= _NAME_LENGTH or not name.isascii() or not name.isprintable() or " " in name:
        raise OptionError("--vendor", text, f"a vendor daemon's name is 1 to {_NAME_LENGTH} visible ASCII characters")
    if not equals:
        return name, None
    if not (digits.isascii() and digits.isdecimal() and int(digits) in _PORTS):
        raise OptionError("--vendor", text, "the port after the = must be 0 to 65535")
    return name, int(digits)


def run_mock(options: MockOptions, on_ready: Write = lambda _line: None) -> None:
    """Serve until SIGINT or SIGTERM, then return. The lines go to standard output; nothing waits for their reader.

    Raises this process's limit of open files.

    Args:
        options: the options.
        on_ready: called with the first line, once the listeners are ready.

    Raises:
        MockError: an unknown scenario, a port that is taken, an option that makes no sense.
    """
    allow_many()
    lines = LineWriter.to_stdout()
    try:
        with contextlib.suppress(KeyboardInterrupt):  # where the loop cannot take signals itself
            asyncio.run(_serve_lines(options, lines, on_ready))
    finally:
        lines.close()


async def _serve_lines(options: MockOptions, lines: LineWriter, on_ready: Write) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_FewFiles())
    ready = False

    def end() -> None:
        loop.call_soon_threadsafe(stop.set)

    def write(line: str) -> None:
        nonlocal ready
        lines(line)
        if not ready:
            ready = True
            on_ready(line)

    lines.on_broken = end
    await serve(options, write, stop, limits=Limits(connections=_CONNECTIONS, remembered=0))


class _FewFiles:
    """Says once that files ran out, where asyncio would write a traceback for each connection; passes on the rest."""

    def __init__(self) -> None:
        self._said = False

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not (isinstance(error, OSError) and error.errno in _NO_FILES):
            loop.default_exception_handler(context)
        elif not self._said and sys.stderr is not None:
            self._said = True
            sys.stderr.write(f"lmwire mock: cannot accept connections for now: {error.strerror}\n")


async def serve(
    options: MockOptions, write: Write, stop: asyncio.Event | None = None, *, limits: Limits | None = None
) -> None:
    """Serve in a running loop, each line to `write`, until `stop` is set or one of the signals comes.

    Also ends when `write` raises OSError: the reader closed the pipe.
    """
    stop = stop or asyncio.Event()

    def log(conversation: Conversation) -> None:
        with _until_broken(stop):
            write(conversation.line())

    mock = _mock(options, log, limits)
    loop = asyncio.get_running_loop()
    try:
        for number in _SIGNALS:
            with contextlib.suppress(NotImplementedError, RuntimeError):  # Windows; not the main thread
                loop.add_signal_handler(number, stop.set)
        async with mock:
            with _until_broken(stop):
                write(_ready(mock, scenario(options.scenario)))
            await _until(stop, mock)
    finally:
        for number in _SIGNALS:
            with contextlib.suppress(NotImplementedError, RuntimeError):
                loop.remove_signal_handler(number)


async def _until(stop: asyncio.Event, mock: AsyncMockServer) -> None:
    """Wait for `stop`, and give memory back after each flood of connections."""
    tide = Tide()
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _LOOK)
        if tide.over(mock.connected):
            give_back()


def _check(options: MockOptions) -> None:
    if options.bind is not None:
        try:
            ipaddress.ip_address(options.bind)
        except ValueError:
            raise OptionError("--bind", options.bind, "not an IPv4 or IPv6 address") from None
    for option, number in (("--lmgrd-port", options.lmgrd_port), ("--vendor-port", options.vendor_port)):
        if number not in _PORTS:
            raise OptionError(option, str(number), "a port is 0 to 65535")
    try:
        Referral(host=options.referral_host or "", port=0)
    except LocalProtocolError as error:
        raise OptionError("--referral-host", options.referral_host or "", str(error)) from error
    if not 0 <= options.delay <= _LONGEST_DELAY:
        raise OptionError("--delay", str(options.delay), f"0 to {_LONGEST_DELAY:.0f} seconds")


def _mock(options: MockOptions, log: Callable[[Conversation], None], limits: Limits | None) -> AsyncMockServer:
    _check(options)
    wanted = [parse_vendor(text) for text in options.vendors]
    names = [name for name, _ in wanted]
    played = scenario(options.scenario)
    daemons = renamed(played.vendors, names)
    if len({vendor.name for vendor in daemons}) != len(daemons):
        raise OptionError("--vendor", ",".join(names), "two vendor daemons have the same name")
    ports = [port for _, port in wanted] + [None] * (len(daemons) - len(wanted))
    if None in ports:
        ports[ports.index(None)] = options.vendor_port
    slow = (Delay(seconds=options.delay),) if options.delay else ()
    return AsyncMockServer(
        msgspec.structs.replace(
            played,
            lmgrds=tuple(msgspec.structs.replace(each, faults=slow + each.faults) for each in played.lmgrds),
            vendors=tuple(msgspec.structs.replace(each, faults=slow + each.faults) for each in daemons),
        ),
        bind=options.bind,
        lmgrd_port=options.lmgrd_port,
        vendor_ports=[port or 0 for port in ports],
        referral_host=options.referral_host,
        limits=limits,
        on_conversation=log,
    )


def _ready(mock: AsyncMockServer, played: Scenario) -> str:
    line: dict[str, object] = {
        "ready": True,
        "scenario": played.id,
        "lmgrd_port": mock.lmgrd_port,
        "vendor_port": next(iter(mock.vendors.values())),
        "vendors": dict(mock.vendors),
        "target": mock.target,
        "license_path": mock.license_path,
    }
    if played.network.server_rules:
        # The scenario needs these firewall rules; a caller with the rights loads them.
        line["server_rules"] = [mock.daemons.fill(rule) for rule in played.network.server_rules]
    return msgspec.json.encode(line).decode()


@contextlib.contextmanager
def _until_broken(stop: asyncio.Event) -> Iterator[None]:
    try:
        yield
    except OSError:
        stop.set()
