"""The verdict on the name in the license path."""

from __future__ import annotations

from typing import Final

from lmwire.diagnosis.model import Severity
from lmwire.diagnosis.verdicts.ids import Variant, VerdictId
from lmwire.diagnosis.verdicts.remedies import HOSTS_FILE, MEND_DNS, NO_FAMILY
from lmwire.diagnosis.verdicts.spec import BlamedStep, OlderCode, VerdictSpec, Wording
from lmwire.evidence import NameFault

__all__ = ["SPECS"]

_PATH_ADDRESS: Final = "Write the server's address in place of {server} in the license path, to test this first."

SPECS: Final = (
    VerdictSpec(
        id=VerdictId.NAME_UNRESOLVABLE,
        severity=Severity.CRITICAL,
        blames=BlamedStep.NAME,
        meaning="the server's name does not resolve on this machine",
        headline="The name {server} does not resolve on {here}: {name_fault}.",
        cause=(
            "The application cannot even find the server. Either the license path misspells the name, or {here} asks "
            "a DNS server that does not know it (VPN not connected, a missing search domain, a container)."
        ),
        remedies=(
            "Check the spelling of {server} in the license path.",
            "Write the server's full name (with its domain), or its address, in the license path.",
            (
                f"Make {{server}} resolve on {{here}}: correct its DNS settings, connect the VPN, or add a line for it "
                f"to {HOSTS_FILE}."
            ),
        ),
        variants={
            NameFault.NO_ANSWER.value: Wording(
                meaning="the name servers did not answer for the server's name",
                headline="{Here} cannot look up the name {server}: the name servers did not answer.",
                cause=(
                    "The name may well exist. The DNS servers of {here} are down, do not answer it, or "
                    "failed. The license server itself may be fine."
                ),
                remedies=(
                    MEND_DNS,
                    "Allow UDP and TCP 53 from {here} to its DNS servers.",
                    _PATH_ADDRESS,
                ),
            ),
            NameFault.OTHER_FAMILY.value: Wording(
                meaning="the server's name has no address of the family asked for",
                headline="{server} has addresses, but none of the family asked for (-4, -6 or --source).",
                cause=(
                    "An option of lmwire excludes them. An application takes addresses of both families, so this "
                    "says nothing about it."
                ),
                remedies=(NO_FAMILY,),
            ),
            NameFault.INVALID.value: Wording(
                meaning="the server's name is not one that can be looked up",
                headline="{server} is not a name that can be looked up.",
                cause="The license path holds something else where the server's name or address belongs.",
                remedies=("Correct the license path: write `27000@server`, with a name or an address after the @.",),
            ),
            Variant.THIS_HOST: Wording(
                meaning="the license file says this_host in place of the server's name",
                headline="The license file names no server: its SERVER line says {server}.",
                cause=(
                    "`this_host` stands for the machine that reads the file. That is right on the server alone: a "
                    "client with this copy of the file looks for lmgrd on itself."
                ),
                remedies=(
                    "Put the server's real name on the SERVER line of the clients' copy, in place of {server}.",
                    "Set LM_LICENSE_FILE to `27000@server` on the clients instead, and give them no license file.",
                ),
            ),
        },
        shows_by_documents=(OlderCode("older", "-14,7", "the server's host name cannot be found"),),
        led_to_by={"-14": 1, "-95": 2, "-96": 4},
        likeliness=70,
    ),
)
