"""What `record` and `watch` share: options, when to stop, a line of progress, and who may listen."""

from __future__ import annotations

import contextlib
import math
import os
import shlex
import signal
import sys
import time
from collections.abc import Callable, Iterator
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

import click

from lmwire import workflows
from lmwire.cli.terminal import fail, note
from lmwire.text import printable

if TYPE_CHECKING:
    from rich.live import Live

    from lmwire.capture.live.source import LivePacket, PacketSource

__all__ = [
    "LiveLine",
    "StopRequest",
    "batches",
    "duration_option",
    "interface_option",
    "opened",
    "tell_losses",
    "tell_silence",
]

_TICK: Final = 0.2
"""Seconds after which a source is left for a look at the clock."""

_REST: Final = 0.2
"""Seconds that what came before the stop may still take to arrive here."""

_WEEK: Final = 7 * 24 * 3600
_FILTER: Final = "tcp or icmp or icmp6 or arp or udp port 53"


def _duration(_context: click.Context, _option: click.Parameter, text: str | None) -> float | None:
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= _WEEK:
        raise click.BadParameter(f"must be above 0 and at most {_WEEK} seconds, a week, not {printable(text, 40)}")
    return value


def interface_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option for where to listen."""
    option = click.option(
        "--interface",
        "-i",
        metavar="NAME",
        default="any",
        show_default=True,
        help="The interface to listen on; any: all of them, loopback included.",
    )
    return option(command)


def duration_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option for how long."""
    option = click.option(
        "--for", "duration", metavar="SECONDS", callback=_duration, help="Stop after so many seconds."
    )
    return option(command)


class StopRequest:
    """Knows when to stop: on Ctrl-C, on SIGTERM, after some seconds. From entry to exit, neither signal ends us."""

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._deadline = math.inf
        self._asked = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True

    def begin(self) -> None:
        """Count the seconds from now on."""
        if self._seconds is not None:
            self._deadline = time.monotonic() + self._seconds

    @property
    def now(self) -> bool:
        """Whether it is time."""
        return self._asked or time.monotonic() >= self._deadline


def opened(interface: str) -> PacketSource:
    """Begin to listen. Where this user may not, say what to do, and end with status 2."""
    try:
        return workflows.listen(interface)
    except workflows.NotPermittedError as error:
        again = shlex.join(["lmwire", *sys.argv[1:]])
        fail(
            str(error),
            f"As root:    sudo {printable(again, 300)}",
            "For good:   sudo setcap cap_net_raw+ep on the Python interpreter (every program in Python may then)",
            f"Or, where tcpdump may: tcpdump -i {printable(shlex.quote(interface), 60)} -w out.pcap '{_FILTER}'",
            "            then: lmwire capture analyze out.pcap",
        )


def batches(source: PacketSource, stop: StopRequest) -> Iterator[list[LivePacket]]:
    """Yield packets as they come, an empty list now and then, until it is time to stop and all are handed out."""
    said = ""
    stop.begin()
    while not stop.now:
        yield source.batch(_TICK)
        if source.trouble != said:
            said = source.trouble
            note(f"the interface: {said}")
    rest = time.monotonic() + _REST
    while (left := rest - time.monotonic()) > 0:
        yield source.batch(left)


def tell_silence(interface: str) -> None:
    """Say that nothing at all was seen."""
    if interface == "any":
        note("no packet seen on any interface")
    else:
        note(f"no packet seen on {printable(interface, 40)}; to listen on all interfaces: -i any")


def tell_losses(source: PacketSource) -> None:
    """Say how many packets were lost, where some were."""
    dropped = source.dropped
    if dropped:
        note(f"the system dropped {dropped} packets that lmwire did not take in time: the result may have gaps")


class LiveLine:
    """A progress line on standard error, on a terminal only. Other output hides it."""

    def __init__(self) -> None:
        self._live: Live | None = None
        self._next = 0.0

    def __enter__(self) -> Self:
        if sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
            from rich.console import Console  # noqa: PLC0415 # on a terminal only
            from rich.live import Live  # noqa: PLC0415

            # Standard output is none of its business: it may be a file.
            self._live = Live(
                console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False
            )
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def __call__(self, words: Callable[[], str]) -> None:
        """Show what `words` returns, a few times a second."""
        if self._live is not None and time.monotonic() >= self._next:
            from rich.text import Text  # noqa: PLC0415 # as above

            self._next = time.monotonic() + 0.25
            self._live.update(Text(words()))

    @contextlib.contextmanager
    def hidden(self) -> Iterator[None]:
        """Make room for lines on the same terminal."""
        if self._live is None:
            yield
            return
        self._live.stop()
        try:
            yield
        finally:
            self._live.start()
