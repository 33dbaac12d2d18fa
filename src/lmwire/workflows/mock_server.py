"""A mock license server, healthy or with a chosen failure, for programs with and without an event loop."""

from __future__ import annotations

import asyncio
import types
from collections.abc import Mapping, Sequence
from typing import Self

from lmwire.errors import LmwireError
from lmwire.licensepath.environment import variables_of
from lmwire.ports import MAX_PORT
from lmwire.workflows.foreground_mock import check_different_ports
from lmwire.workflows.settings import check_number, names_of
from lmwire_mockserver import server
from lmwire_mockserver.conversation import Conversation
from lmwire_mockserver.daemons import renamed
from lmwire_mockserver.errors import OptionError
from lmwire_mockserver.scenario import Where, scenario
from lmwire_mockserver.threaded import ThreadedMock

__all__ = ["MockServer"]


class MockServer:
    """A mock lmgrd with vendor daemons, between entry and exit of a `with` or an `async with` block.

        with lmwire.MockServer("vendor-filtered") as mock:
            report = lmwire.diagnose(mock.license_path)

    It runs in a thread of its own, on free ports of loopback, and never grants a license. Use each object once.

    Args:
        scenario_id: the failure that it plays; `lmwire mock --list` shows all.
        vendors: names of the vendor daemons instead of the scenario's, in order; more names are more healthy ones.
        bind: the address to listen on; None: loopback.
        lmgrd_port: 0 takes any that is free.
        vendor_ports: of the vendor daemons, in order; 0 as above.
        referral_host: the host that lmgrd refers to, instead of the scenario's.

    Raises:
        LmwireError: there is no such scenario (UnknownScenario), only a network of its own can play it, or there is no
            such port.
            On entry: a port cannot be had (ListenError), or the mock was entered before.
    """

    def __init__(
        self,
        scenario_id: str = "healthy",
        *,
        vendors: str | Sequence[str] = (),
        bind: str | None = None,
        lmgrd_port: int = 0,
        vendor_ports: Sequence[int] = (),
        referral_host: str | None = None,
    ) -> None:
        played = scenario(scenario_id)
        if played.where is Where.NETWORK:
            raise OptionError("scenario", played.id, "needs firewalls or names of its own: see lmwire firewall test")
        for name, port in (("lmgrd_port", lmgrd_port), *(("vendor_ports", port) for port in vendor_ports)):
            check_number(name, port, range(MAX_PORT + 1))
        names = names_of(vendors)
        daemons = (daemon.name for daemon in renamed(played.vendors, names))
        check_different_ports(lmgrd_port, zip(daemons, vendor_ports, strict=False))
        self.scenario_id = played.id
        self._mock = server.AsyncMockServer(
            played,
            bind=bind,
            lmgrd_port=lmgrd_port,
            vendor_ports=vendor_ports,
            vendors=names,
            referral_host=referral_host,
        )
        self._threaded = ThreadedMock(self._mock)
        self._entered = self._running = False

    def __enter__(self) -> Self:
        if self._entered:
            raise LmwireError("this mock was entered before", "make another MockServer")
        self._entered = True
        self._threaded.__enter__()
        self._running = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        self._running = False
        self._threaded.__exit__(kind, error, trace)

    async def __aenter__(self) -> Self:
        entering = asyncio.ensure_future(asyncio.to_thread(self.__enter__))
        try:
            return await asyncio.shield(entering)
        except asyncio.CancelledError:  # the thread goes on: nobody else would stop what it starts
            entering.add_done_callback(self._stop_unwanted)
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.__exit__, kind, error, trace)

    def _stop_unwanted(self, entered: asyncio.Future[Self]) -> None:
        if not entered.cancelled() and entered.exception() is None:
            self.__exit__(None, None, None)

    @property
    def target(self) -> str:
        """The lmgrd as `PORT@HOST`."""
        return self._entered_mock.target

    @property
    def license_path(self) -> str:
        """The value for LM_LICENSE_FILE: the target, or the list or triad of the scenario."""
        return self._entered_mock.license_path

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that lead an application here: the vendor daemons' own, and LM_LICENSE_FILE."""
        return {variable.name: self.license_path for vendor in self.vendors for variable in variables_of(vendor)}

    @property
    def lmgrd_port(self) -> int:
        """The port of the first lmgrd."""
        return self._entered_mock.lmgrd_port

    @property
    def vendors(self) -> Mapping[str, int]:
        """Vendor daemon → port."""
        return self._entered_mock.vendors

    @property
    def conversations(self) -> tuple[Conversation, ...]:
        """What clients said and were answered, oldest first: the conversations that have ended."""
        return self._threaded.conversations if self._running else self._mock.conversations

    def wait_for_conversations(self, count: int, timeout: float = 5.0) -> tuple[Conversation, ...]:
        """Wait until `count` conversations have ended, and return them. Blocks.

        Raises:
            TimeoutError: `timeout` seconds passed first.
        """
        if not self._running:
            raise LmwireError("the mock is not running", "enter it with `with` first")
        return self._threaded.wait_for_conversations(count, timeout)

    @property
    def _entered_mock(self) -> server.AsyncMockServer:
        if not self._entered:
            raise LmwireError("the mock has no ports yet", "enter it with `with` first")
        return self._mock
