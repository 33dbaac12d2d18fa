"""Windows Defender Firewall on the license server: PowerShell, and netsh for older systems."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lmwire.firewall.comments import about
from lmwire.firewall.flows import AllowedFlow
from lmwire.firewall.languages import FirewallPlace
from lmwire.firewall.quoting import bare, cmd, powershell
from lmwire.firewall.writers.writer import RuleWriter, WriterInput, commented, opening_lines

__all__ = ["NETSH", "POWERSHELL"]

_COMMENT: Final = 200
_ADMIN: Final = "Run as administrator on the license server itself. Windows allows replies automatically."
_BOTH: Final = "A rule that blocks overrides these rules: check the rules of lmgrd.exe and of the vendor daemon."


def _powershell(given: WriterInput) -> Iterator[str]:
    undo = "Undo, also before you run it again: Remove-NetFirewallRule -Group " + _group(given)
    yield from commented("#", opening_lines(given, _ADMIN, _BOTH, undo))
    yield "$ErrorActionPreference = 'Stop'"
    for flow in _flows(given):
        yield f"# {bare(about(flow.rule, _COMMENT), _COMMENT)}"
        yield (
            f"New-NetFirewallRule -Name '{flow.name}' -DisplayName {powershell(_title(flow), _COMMENT)}"
            f" -Group {_group(given)} -Description {powershell(about(flow.rule, _COMMENT), _COMMENT)}"
            f" -Direction Inbound -Action Allow -Protocol TCP -LocalPort {flow.port}"
            f" -RemoteAddress {_remote(flow, quote=chr(39))}"
        )


def _netsh(given: WriterInput) -> Iterator[str]:
    yield "@echo off"
    undo = (
        'Undo, also before you run it again: netsh advfirewall firewall delete rule name="NAME", with each name below'
    )
    yield from commented("rem", opening_lines(given, _ADMIN, _BOTH, undo))
    for flow in _flows(given):
        yield (
            f"netsh advfirewall firewall add rule name={cmd(_title(flow), _COMMENT)} dir=in action=allow protocol=TCP"
            f" localport={flow.port} remoteip={_remote(flow, quote='')} || exit /b 1"
        )


def _flows(given: WriterInput) -> Iterator[AllowedFlow]:
    """Yield the flows; only one for a port that is open to any address, because "any" means both IP versions."""
    seen: set[int] = set()
    for flow in given.flows:
        if not (flow.anybody and flow.port in seen):
            yield flow
        seen.add(flow.port)


def _group(given: WriterInput) -> str:
    return f"'lmwire {given.name}'"


def _title(flow: AllowedFlow) -> str:
    return f"{flow.name} {about(flow.rule, _COMMENT - len(flow.name) - 1)}"


def _remote(flow: AllowedFlow, quote: str) -> str:
    texts = ("Any",) if flow.anybody else tuple(str(source) for source in flow.sources)
    return ",".join(f"{quote}{text}{quote}" for text in texts)


POWERSHELL: Final = RuleWriter(write=_powershell, places=(FirewallPlace.SERVER,))
NETSH: Final = RuleWriter(write=_netsh, places=(FirewallPlace.SERVER,))
