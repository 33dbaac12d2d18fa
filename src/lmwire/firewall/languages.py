"""The values of --format and --at."""

from __future__ import annotations

import enum

__all__ = ["FirewallPlace", "Language"]


class FirewallPlace(enum.StrEnum):
    """The firewall's place in the network."""

    SERVER = "server"
    """On the license server itself: incoming packets."""
    ROUTER = "router"
    """On a router or firewall between client and server: forwarded packets."""


class Language(enum.StrEnum):
    """The values of `--format`."""

    TICKET = "ticket"
    NFTABLES = "nftables"
    IPTABLES = "iptables"
    FIREWALLD = "firewalld"
    UFW = "ufw"
    POWERSHELL = "powershell"
    NETSH = "netsh"
    AWS_CLI = "aws-cli"
    TERRAFORM = "terraform"
    AZURE = "azure"
    GCP = "gcp"
    NETWORKPOLICY = "networkpolicy"
    CISCO_ASA = "cisco-asa"
    CISCO_IOS = "cisco-ios"
    JUNIPER_SRX = "juniper-srx"
    FORTIGATE = "fortigate"
    PALO_ALTO = "palo-alto"
    CHECK_POINT = "check-point"
    PFSENSE = "pfsense"
    MIKROTIK = "mikrotik"
    ANSIBLE = "ansible"
