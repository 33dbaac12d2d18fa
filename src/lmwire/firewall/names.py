"""Names that the command line takes."""

from __future__ import annotations

import enum

__all__ = ["Language", "Place"]


class Place(enum.StrEnum):
    """Where the rules are applied."""

    SERVER = "server"
    """On the license server's own host: what comes in."""
    ROUTER = "router"
    """On a router or firewall between: what passes through."""


class Language(enum.StrEnum):
    """What `--format` takes."""

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
    JUNIPER_SRX = "juniper-srx"
