"""A license server for tests: the mock, its target, and what clients said to it."""

from __future__ import annotations

import contextlib
import time
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Self

from lmwire.diagnosis import Diagnosis
from lmwire.licensepath.environment import variables_of
from lmwire.probe import Settings, this_machine
from lmwire.report import Format, Look, render
from lmwire.testing.judge import decisive, judge
from lmwire_mockserver.conversation import Conversation, DaemonKind, Speaker
from lmwire_mockserver.errors import OptionError
from lmwire_mockserver.scenario import Where, scenario
from lmwire_mockserver.server import AsyncMockServer
from lmwire_mockserver.threaded import ThreadedMock

__all__ = ["LicenseServer"]

_WAIT: Final = 5.0
_AGAIN: Final = 0.05
_SHOWN: Final = 40
"""Conversations that an error message lists, the latest."""


class LicenseServer:
    """A mock lmgrd with vendor daemons, on free ports of loopback, between entry and exit of a `with` block.

    It runs in a thread of its own: synchronous and asynchronous tests use it alike. It never grants a license.

        with LicenseServer("vendor-filtered", vendor="MLM") as server:
            application(server.environment)
            server.assert_hello(vendor="MLM")

    Args:
        scenario_id: what it plays; `lmwire mock --list` has all.
        vendor: the vendor daemon's name instead of the scenario's. For several: `vendors`.
        vendors: names of all vendor daemons, in order; more than the scenario has are healthy ones.
        bind: address to listen on.
        lmgrd_port: 0 takes one that is free.
        vendor_ports: of the vendor daemons, in order; likewise.
        referral_host: the host that lmgrd refers to, instead of the scenario's.

    Raises:
        UnknownScenario, OptionError: there is no such scenario, or it needs a network (see `license_network`).
        ListenError: on entry; a port cannot be had.
    """

    def __init__(
        self,
        scenario_id: str = "healthy",
        *,
        vendor: str | None = None,
        vendors: Sequence[str] = (),
        bind: str | None = None,
        lmgrd_port: int = 0,
        vendor_ports: Sequence[int] = (),
        referral_host: str | None = None,
    ) -> None:
        if vendor is not None and vendors:
            raise OptionError("vendor", vendor, "give it, or vendors, not both")
        # A text is a sequence, too: of its letters.
        self._vendors = tuple(filter(None, (vendor,))) or ((vendors,) if isinstance(vendors, str) else tuple(vendors))
        self._bind, self._referral_host = bind, referral_host
        self._mock = self._cast(scenario_id, lmgrd_port, vendor_ports)
        self._running: ThreadedMock | None = None
        self._earlier: tuple[Conversation, ...] = ()
        self._daemons: dict[str, None] = {}

    def _cast(self, scenario_id: str, lmgrd_port: int, vendor_ports: Sequence[int]) -> AsyncMockServer:
        played = scenario(scenario_id)
        if played.where is Where.NETWORK:
            raise OptionError("scenario", played.id, "needs firewalls or names of its own: see license_network")
        self.scenario_id = played.id
        return AsyncMockServer(
            played,
            bind=self._bind,
            lmgrd_port=lmgrd_port,
            vendor_ports=vendor_ports,
            vendors=self._vendors,
            referral_host=self._referral_host,
        )

    def __enter__(self) -> Self:
        if self._running is not None:
            raise RuntimeError("the license server is running already")
        self._running = ThreadedMock(self._mock).__enter__()
        self._daemons |= dict.fromkeys(("lmgrd", *self.vendors))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        running, self._running = self._running, None
        if running is not None:
            try:
                running.__exit__(kind, error, trace)
            finally:
                self._earlier += self._mock.conversations  # with those that were cut off just now

    def scenario(self, scenario_id: str) -> Self:
        """Play another scenario from now on, on the same ports as far as it has them; who is connected is cut off."""
        ports, vendor_ports = self.lmgrd_port, tuple(self.vendors.values())
        following = self._cast(scenario_id, ports, vendor_ports)
        with contextlib.ExitStack() as claims:
            for port in self._mock.daemons.ports:
                claims.enter_context(port.claim())
            self.__exit__(None, None, None)
            self._mock = following
            return self.__enter__()

    # What an application needs.

    @property
    def target(self) -> str:
        """The lmgrd as `PORT@HOST`."""
        return self._mock.target

    @property
    def license_path(self) -> str:
        """What belongs into LM_LICENSE_FILE: the target, or the list or triad of the scenario."""
        return self._mock.license_path

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that lead an application here: the vendor daemons' own, and LM_LICENSE_FILE."""
        return {variable.name: self.license_path for vendor in self.vendors for variable in variables_of(vendor)}

    @property
    def lmgrd_port(self) -> int:
        """The port of the first lmgrd."""
        return self._mock.lmgrd_port

    @property
    def vendors(self) -> Mapping[str, int]:
        """Vendor daemon → port."""
        return self._mock.vendors

    @property
    def vendor_port(self) -> int:
        """The port of the first vendor daemon."""
        return next(iter(self.vendors.values()))

    # What clients did.

    @property
    def conversations(self) -> tuple[Conversation, ...]:
        """The conversations that have ended, oldest first, also those of scenarios played before."""
        return self._earlier + (self._running.conversations if self._running is not None else ())

    def wait_for_conversations(self, count: int, timeout: float = _WAIT) -> tuple[Conversation, ...]:
        """Wait until `count` conversations of the present scenario have ended, and return them.

        Raises:
            TimeoutError: `timeout` seconds passed first.
        """
        if self._running is None:
            raise RuntimeError("the license server is not running: enter it with `with` first")
        return self._running.wait_for_conversations(count, timeout)

    @property
    def _said(self) -> tuple[Conversation, ...]:
        """All conversations, those that go on included."""
        return self._earlier + (self._running.all_conversations if self._running is not None else ())

    def assert_hello(self, *, daemon: str | None = None, within: float = _WAIT, **said: str) -> Conversation:
        """Return the first conversation in which a client said hello so; wait for it `within` seconds.

        Args:
            daemon: "lmgrd", or the vendor daemon that must have been asked; None: either.
            within: how long to wait for it.
            said: what the hello must hold: vendor, user, host, display, platform, version ("11.19").

        Raises:
            AssertionError: there was none; the message lists what there was.
            ValueError, TypeError: there is no such daemon, or a hello holds no such thing.
        """
        found = self._within(within, lambda: self._hello(daemon, said))
        if found is None:
            wanted = ", ".join(f"{name}={value!r}" for name, value in said.items()) or "anything"
            to = f" to {daemon}" if daemon else ""
            raise AssertionError(f"no hello with {wanted} was said{to} within {within:g} s.\n{self._log()}")
        return found

    def assert_no_hello(self, *, daemon: str | None = None, **said: str) -> None:
        """Raise AssertionError when a client said hello so; arguments as for `assert_hello`. Doesn't wait."""
        found = self._hello(daemon, said)
        if found is not None:
            raise AssertionError(f"a hello that should not have been said: {_line(found)}\n{self._log()}")

    def assert_untouched(self) -> None:
        """Raise AssertionError when a client has connected, whatever it said. Doesn't wait."""
        if self._said:
            raise AssertionError(f"the license server was connected to.\n{self._log()}")

    def _hello(self, daemon: str | None, said: Mapping[str, str]) -> Conversation | None:
        unknown = set(said) - set(Speaker.__struct_fields__)
        if unknown:
            raise TypeError(f"a hello holds {', '.join(Speaker.__struct_fields__)}; not {', '.join(sorted(unknown))}")
        if daemon is not None and daemon not in self._daemons:
            raise ValueError(f"no daemon here is called {daemon!r}; there are {', '.join(self._daemons)}")
        for conversation in self._said:
            asked = any(request.endswith("hello") for request in conversation.asked)
            place = "lmgrd" if conversation.role is DaemonKind.LMGRD else conversation.daemon
            if asked and daemon in {None, place} and all(getattr(conversation.client, k) == v for k, v in said.items()):
                return conversation
        return None

    def _within(self, seconds: float, look: Callable[[], Conversation | None]) -> Conversation | None:
        deadline = time.monotonic() + seconds
        while True:
            seen = self._mock.total
            found = look()
            left = deadline - time.monotonic()
            if found is not None or left <= 0:
                return found
            # A client may say hello and stay connected: of that, nothing wakes us.
            with contextlib.suppress(TimeoutError):
                self.wait_for_conversations(seen + 1, min(left, _AGAIN))

    # The judge.

    def diagnose(self, **settings: object) -> Diagnosis:
        """Walk to it as a client, and return the diagnosis that an application ends with.

        Blocks; in an async test: `await asyncio.to_thread(license_server.diagnose)`. The walk's own conversations are
        among `conversations` afterwards, like any client's.

        Args:
            settings: fields of `lmwire.probe.Settings` that shall not be as usual, such as `connect_wait=1`.
        """
        usual: dict[str, object] = {"vendors": tuple(self.vendors)[:1], "identity": this_machine()}
        report = judge(self.license_path, Settings(**{**usual, **settings}))  # type: ignore[arg-type] # checked there
        return decisive(report)

    def story(self) -> str:
        """Return what there is to know after a test has failed: the conversations, and the diagnosis."""
        lines = [f"{self.scenario_id} on {self.target}, vendor daemons {dict(self.vendors)}", self._log(), ""]
        report = judge(self.license_path, Settings(vendors=tuple(self.vendors)[:1], identity=this_machine()))
        return "\n".join(lines) + render(report, Format.TEXT, Look(unicode=True))

    def _log(self) -> str:
        heard = self._said
        if not heard:
            return "No client has connected so far."
        left_out = f", the last {_SHOWN}" if len(heard) > _SHOWN else ""
        return "\n".join([f"Conversations ({len(heard)}{left_out}):", *map(_line, heard[-_SHOWN:])])


def _line(conversation: Conversation) -> str:
    asked, answered = (", ".join(each) or "nothing" for each in (conversation.asked, conversation.answered))
    client = conversation.client
    names = (("vendor", client.vendor), ("user", client.user), ("host", client.host))
    named = " ".join(f"{name}={value!r}" for name, value in names if value) or "no name given"
    where = f"{conversation.daemon}:{conversation.port}"
    return f"  {where} was asked {asked} ({named}), answered {answered}; {conversation.ended.value}"
