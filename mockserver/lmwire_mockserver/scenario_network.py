"""A scenario between two machines: names, firewall rules and fixed ports included. Needs root on Linux.

with ScenarioNetwork(scenario("data-blackhole-vendor")) as network:
network.client.run(["lmwire", "diagnose", network.license_path])
"""

from __future__ import annotations

import contextlib
import types
from typing import Final, Self

from lmwire.netns import Namespace, Network
from lmwire.netns.dns import DnsServer
from lmwire.netns.zone import DnsZone, Special
from lmwire_mockserver.addresses import CLIENT_ADDRESSES, NETWORK, SERVER_ADDRESSES, NameAnswer
from lmwire_mockserver.connection import Limits
from lmwire_mockserver.scenario import Scenario
from lmwire_mockserver.server import AsyncMockServer
from lmwire_mockserver.threaded import ThreadedMock

__all__ = ["ScenarioNetwork"]

_PREFIXES: Final = ("24", "64")
_SPECIAL: Final = {NameAnswer.SERVFAIL: Special.SERVFAIL, NameAnswer.SILENT: Special.SILENCE}


class ScenarioNetwork:
    """Two namespaces on one link, the scenario's servers in the second, all its rules in place.

    Args:
        scenario: any scenario; those for loopback work here as well.
        vendors: names that replace the scenario's vendor daemons, in order.
        limits: see `AsyncMockServer`.

    Raises:
        NetworkUnavailable: on entry, where the system makes no network namespaces.
    """

    def __init__(self, scenario: Scenario, *, vendors: tuple[str, ...] = (), limits: Limits | None = None) -> None:
        self.scenario = scenario
        self.server_mock = AsyncMockServer(scenario, host=NETWORK, vendors=vendors, limits=limits)
        self._stack = contextlib.ExitStack()
        self._nodes: tuple[Namespace, Namespace] | None = None
        self._mock: ThreadedMock | None = None

    @property
    def client(self) -> Namespace:
        """The machine of the application."""
        return self._entered[0]

    @property
    def server(self) -> Namespace:
        """The machine of lmgrd, of the vendor daemons and of the name server."""
        return self._entered[1]

    @property
    def mock(self) -> ThreadedMock:
        """The servers."""
        if self._mock is None:
            raise RuntimeError("enter the network with `with` first")
        return self._mock

    @property
    def license_path(self) -> str:
        """The value of LM_LICENSE_FILE of an application on the client."""
        return self.server_mock.license_path

    @property
    def _entered(self) -> tuple[Namespace, Namespace]:
        if self._nodes is None:
            raise RuntimeError("enter the network with `with` first")
        return self._nodes

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            network = stack.enter_context(Network())
            self._nodes = client, server = network.host("client"), network.host("server")
            net4, net6 = (
                (f"{one}/{prefix}", f"{other}/{prefix}")
                for one, other, prefix in zip(CLIENT_ADDRESSES, SERVER_ADDRESSES, _PREFIXES, strict=True)
            )
            network.link(client, server, net4=net4, net6=net6)
            stack.enter_context(DnsServer(server, _zone(self.scenario)))
            client.nameservers(SERVER_ADDRESSES[0])
            self._mock = stack.enter_context(ThreadedMock(self.server_mock, inside=server))
            self._set_rules(client, server)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def _set_rules(self, client: Namespace, server: Namespace) -> None:
        rules, fill = self.scenario.network, self.server_mock.daemons.fill
        for node, hook, lines in ((server, "input", rules.server_rules), (client, "output", rules.client_rules)):
            if lines:
                node.nft(_ruleset(hook, tuple(map(fill, lines))))
        client.ip(*(f"rule add {fill(line)}" for line in rules.client_policy))


def _zone(scenario: Scenario) -> DnsZone:
    known = {name: answer for name, answer in scenario.names.items() if answer is not NameAnswer.NXDOMAIN}
    return DnsZone.of({name: _SPECIAL[each] if isinstance(each, NameAnswer) else each for name, each in known.items()})


def _ruleset(hook: str, lines: tuple[str, ...]) -> str:
    body = "".join(f"    {line}\n" for line in lines)
    return f"table inet scenario {{\n  chain {hook} {{\n    type filter hook {hook} priority filter;\n{body}  }}\n}}\n"
