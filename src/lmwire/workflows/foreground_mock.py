"""Playing a scenario in the foreground, until a signal: what `lmwire mock` does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from lmwire.errors import LmwireError, argument
from lmwire.text import printable
from lmwire.workflows.settings import SettingError
from lmwire_mockserver.command import MockOptions, parse_vendor, run_mock
from lmwire_mockserver.daemons import renamed
from lmwire_mockserver.scenario import Scenario, Where, scenario

__all__ = ["NeedsNetworkError", "check_different_ports", "play_mock"]

Tell = Callable[[str], None]


class NeedsNetworkError(LmwireError):
    """A scenario whose failure is in the network: its servers alone are healthy.

    Attributes:
        scenario: its id.
    """

    def __init__(self, played: Scenario) -> None:
        super().__init__(
            f"{played.id} is a failure of the network, which the mock alone cannot play ({played.title})",
            f"{argument('servers_only', True)} plays its servers, which work",
        )
        self.scenario = played.id


def play_mock(
    scenario_id: str,
    *,
    bind: str | None = None,
    lmgrd_port: int = 0,
    vendor_port: int = 0,
    vendors: Sequence[str] = (),
    referral_host: str | None = None,
    delay: float = 0.0,
    servers_only: bool = False,
    on_ready: Tell,
    on_missing: Tell,
) -> None:
    """Serve until SIGINT or SIGTERM, then return. Its lines go to standard output. Never grants a license.

    Args:
        scenario_id: the failure to play; `lmwire mock --list` shows all.
        bind: the address to listen on; None: loopback.
        lmgrd_port: 0 takes any that is free.
        vendor_port: of the first vendor daemon that has no port of its own.
        vendors: NAME or NAME=PORT each, instead of the scenario's.
        referral_host: the host that lmgrd refers to, instead of the scenario's.
        delay: seconds that every answer waits.
        servers_only: whether to play the servers of a scenario that needs a network, without its failure.
        on_ready: called with the first line, of JSON, when every listener is ready.
        on_missing: called then with what a scenario's network must add, in words.

    Raises:
        NeedsNetworkError: the servers alone do not show the failure, and `servers_only` was not set.
        UnknownScenario: there is no such scenario.
        LmwireError: a port cannot be had, or a setting makes no sense.
    """
    played = scenario(scenario_id)
    if played.where is Where.NETWORK and not servers_only:
        raise NeedsNetworkError(played)
    check_different_ports(lmgrd_port, _vendor_ports(played, vendors, vendor_port))
    asked = MockOptions(
        scenario=played.id,
        bind=bind,
        lmgrd_port=lmgrd_port,
        vendor_port=vendor_port,
        vendors=tuple(vendors),
        referral_host=referral_host,
        delay=delay,
    )
    run_mock(asked, _Ready(played, on_ready, on_missing))


def check_different_ports(lmgrd_port: int, vendor_ports: Iterable[tuple[str, int]]) -> None:
    """Raise SettingError when two daemons of one mock want the same port; 0 is any that is free."""
    taken: dict[int, str] = {}
    for name, port in (("lmgrd", lmgrd_port), *((f"vendor daemon {name}", each) for name, each in vendor_ports)):
        if port and port in taken:
            raise SettingError(
                "vendor_port",
                f"{taken[port]} and {name} want the same port {port}",
                f"give {name} another port, or 0 for any that is free",
            )
        taken[port] = name


def _vendor_ports(played: Scenario, vendors: Sequence[str], vendor_port: int) -> Iterator[tuple[str, int]]:
    """Yield each vendor daemon with the port that was asked for it; `vendor_port` is of the first without its own."""
    asked = [parse_vendor(text) for text in vendors]
    own = (port for _, port in asked)
    for daemon in renamed(played.vendors, [name for name, _ in asked]):
        if (port := next(own, None)) is None:
            port, vendor_port = vendor_port, 0
        yield printable(daemon.name, 40), port


class _Ready:
    """Hands on the first line, and what the network must add."""

    def __init__(self, played: Scenario, on_ready: Tell, on_missing: Tell) -> None:
        self._played = played
        self._on_ready = on_ready
        self._on_missing = on_missing

    def __call__(self, line: str) -> None:
        self._on_ready(line)
        for sentence in _missing(self._played, json.loads(line)):
            self._on_missing(sentence)


def _missing(played: Scenario, ready: dict[str, Any]) -> Iterator[str]:
    """Yield what a scenario needs besides its servers: a firewall, names or fixed ports; mostly nothing."""
    if played.where is not Where.NETWORK:
        return
    rules = (*played.network.server_rules, *played.network.client_rules, *played.network.client_policy)
    needed = [*(f"the rule `{rule.format_map(ready)}`" for rule in rules), "the names and ports of its file"]
    yield f"{played.id} is a failure of the network ({played.title}); the servers alone do not show it"
    yield f"it needs {'; '.join(needed)}: see docs/scenarios.md"
