"""Windows Defender Firewall on the license server: PowerShell, and netsh for what is older or has no PowerShell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lmwire.firewall.comments import about
from lmwire.firewall.flows import Flow
from lmwire.firewall.names import Place
from lmwire.firewall.quoting import bare, cmd, powershell
from lmwire.firewall.writers.order import Order, Writer, commented, opening_lines

__all__ = ["NETSH", "POWERSHELL"]

_COMMENT: Final = 200
_ADMIN: Final = "For the license server's own host, run as administrator. Replies to clients pass by themselves."
_BOTH: Final = "A rule that blocks wins over these: look for those of lmgrd.exe and of the vendor daemon."


def _powershell(order: Order) -> Iterator[str]:
    undo = "Take back, also before it is run again: Remove-NetFirewallRule -Group lmwire"
    yield from commented("#", opening_lines(order, _ADMIN, _BOTH, undo))
    yield "$ErrorActionPreference = 'Stop'"
    for flow in _flows(order):
        yield f"# {bare(about(flow.rule, _COMMENT), _COMMENT)}"
        yield (
            f"New-NetFirewallRule -Name '{flow.name}' -DisplayName {powershell(_title(flow), _COMMENT)} -Group 'lmwire'"
            f" -Description {powershell(about(flow.rule, _COMMENT), _COMMENT)} -Direction Inbound -Action Allow"
            f" -Protocol TCP -LocalPort {flow.port} -RemoteAddress {_remote(flow, quote=chr(39))}"
        )


def _netsh(order: Order) -> Iterator[str]:
    yield "@echo off"
    undo = (
        'Take back, also before it is run again: netsh advfirewall firewall delete rule name="NAME", with each name '
        "below"
    )
    yield from commented("rem", opening_lines(order, _ADMIN, _BOTH, undo))
    for flow in _flows(order):
        yield (
            f"netsh advfirewall firewall add rule name={cmd(_title(flow), _COMMENT)} dir=in action=allow protocol=TCP"
            f" localport={flow.port} remoteip={_remote(flow, quote='')} || exit /b 1"
        )


def _flows(order: Order) -> Iterator[Flow]:
    """Yield the flows; of a port that is open to anybody only one, since Windows has one word for both IP versions."""
    seen: set[int] = set()
    for flow in order.flows:
        if not (flow.anybody and flow.port in seen):
            yield flow
        seen.add(flow.port)


def _title(flow: Flow) -> str:
    return f"{flow.name} {about(flow.rule, _COMMENT - len(flow.name) - 1)}"


def _remote(flow: Flow, quote: str) -> str:
    texts = ("Any",) if flow.anybody else tuple(str(source) for source in flow.sources)
    return ",".join(f"{quote}{text}{quote}" for text in texts)


POWERSHELL: Final = Writer(write=_powershell, places=(Place.SERVER,))
NETSH: Final = Writer(write=_netsh, places=(Place.SERVER,))
