"""The writers of all languages: one module each, in one table."""

from __future__ import annotations

from typing import Final

from lmwire.firewall.languages import Language
from lmwire.firewall.writers.ansible import ANSIBLE
from lmwire.firewall.writers.aws import AWS_CLI, TERRAFORM
from lmwire.firewall.writers.azure import AZURE
from lmwire.firewall.writers.checkpoint import CHECK_POINT
from lmwire.firewall.writers.cisco import CISCO_ASA
from lmwire.firewall.writers.cisco_ios import CISCO_IOS
from lmwire.firewall.writers.firewalld import FIREWALLD
from lmwire.firewall.writers.fortigate import FORTIGATE
from lmwire.firewall.writers.gcp import GCP
from lmwire.firewall.writers.iptables import IPTABLES
from lmwire.firewall.writers.juniper import JUNIPER_SRX
from lmwire.firewall.writers.kubernetes import NETWORKPOLICY
from lmwire.firewall.writers.mikrotik import MIKROTIK
from lmwire.firewall.writers.nftables import NFTABLES
from lmwire.firewall.writers.paloalto import PALO_ALTO
from lmwire.firewall.writers.pfsense import PFSENSE
from lmwire.firewall.writers.ticket import TICKET
from lmwire.firewall.writers.ufw import UFW
from lmwire.firewall.writers.windows import NETSH, POWERSHELL
from lmwire.firewall.writers.writer import RuleWriter, WriterInput

__all__ = ["WRITERS", "RuleWriter", "WriterInput"]


WRITERS: Final[dict[Language, RuleWriter]] = {
    Language.TICKET: TICKET,
    Language.NFTABLES: NFTABLES,
    Language.IPTABLES: IPTABLES,
    Language.FIREWALLD: FIREWALLD,
    Language.UFW: UFW,
    Language.POWERSHELL: POWERSHELL,
    Language.NETSH: NETSH,
    Language.AWS_CLI: AWS_CLI,
    Language.TERRAFORM: TERRAFORM,
    Language.AZURE: AZURE,
    Language.GCP: GCP,
    Language.NETWORKPOLICY: NETWORKPOLICY,
    Language.CISCO_ASA: CISCO_ASA,
    Language.CISCO_IOS: CISCO_IOS,
    Language.JUNIPER_SRX: JUNIPER_SRX,
    Language.FORTIGATE: FORTIGATE,
    Language.PALO_ALTO: PALO_ALTO,
    Language.CHECK_POINT: CHECK_POINT,
    Language.PFSENSE: PFSENSE,
    Language.MIKROTIK: MIKROTIK,
    Language.ANSIBLE: ANSIBLE,
}
"""Language → its writer."""
