"""What the writers are known to give: one file a case. `python -m tests.firewall.golden` writes them anew."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lmwire.firewall import FirewallPlace, Language, write
from lmwire.firewall.model import RuleSet
from tests.firewall.samples import BOTH, EVERYBODY, INTO, MOVING, NAMED, PLACES, PLAIN, TRIAD

FOLDER: Final = Path(__file__).parent / "golden"

_ALSO: Final[dict[str, tuple[Language, FirewallPlace | None, RuleSet]]] = {
    "ticket.triad.txt": (Language.TICKET, None, TRIAD),
    "ticket.moving.txt": (Language.TICKET, None, MOVING),
    "ticket.everybody.txt": (Language.TICKET, None, EVERYBODY),
    "ticket.named.txt": (Language.TICKET, None, NAMED),
    "nftables.named.txt": (Language.NFTABLES, None, NAMED),
    "nftables.moving.txt": (Language.NFTABLES, None, MOVING),
    "nftables.everybody.txt": (Language.NFTABLES, None, EVERYBODY),
    "netsh.everybody.txt": (Language.NETSH, None, EVERYBODY),
    "powershell.everybody.txt": (Language.POWERSHELL, None, EVERYBODY),
    "cisco-asa.everybody.txt": (Language.CISCO_ASA, None, EVERYBODY),
    "cisco-asa.triad.txt": (Language.CISCO_ASA, None, TRIAD),
    "juniper-srx.everybody.txt": (Language.JUNIPER_SRX, None, EVERYBODY),
    "cisco-ios.everybody.txt": (Language.CISCO_IOS, None, EVERYBODY),
    "cisco-ios.triad.txt": (Language.CISCO_IOS, None, TRIAD),
    "fortigate.everybody.txt": (Language.FORTIGATE, None, EVERYBODY),
    "fortigate.triad.txt": (Language.FORTIGATE, None, TRIAD),
    "palo-alto.everybody.txt": (Language.PALO_ALTO, None, EVERYBODY),
    "palo-alto.triad.txt": (Language.PALO_ALTO, None, TRIAD),
    "check-point.everybody.txt": (Language.CHECK_POINT, None, EVERYBODY),
    "check-point.triad.txt": (Language.CHECK_POINT, None, TRIAD),
    "pfsense.everybody.txt": (Language.PFSENSE, None, EVERYBODY),
    "pfsense.triad.txt": (Language.PFSENSE, None, TRIAD),
    "mikrotik.everybody.txt": (Language.MIKROTIK, None, EVERYBODY),
    "mikrotik.triad.txt": (Language.MIKROTIK, None, TRIAD),
    "ansible.everybody.txt": (Language.ANSIBLE, None, EVERYBODY),
    "ansible.moving.txt": (Language.ANSIBLE, None, MOVING),
    "fortigate.moving.txt": (Language.FORTIGATE, None, MOVING),
    "azure.triad.txt": (Language.AZURE, None, TRIAD),
    "ufw.plain.txt": (Language.UFW, None, PLAIN),
}

CASES: Final[dict[str, tuple[Language, FirewallPlace | None, RuleSet]]] = {
    **{f"{language}.{place}.txt": (language, place, BOTH) for language, place in PLACES},
    **_ALSO,
}
"""File name → language, place and rules."""


def made(name: str) -> str:
    language, place, rules = CASES[name]
    return write(rules, language, at=place, into=INTO.get(language))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for stale in FOLDER.iterdir():
        stale.unlink()
    for each in CASES:
        (FOLDER / each).write_text(made(each), encoding="utf-8")
