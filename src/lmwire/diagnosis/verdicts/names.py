"""The verdict on the name in the license path."""

from __future__ import annotations

from typing import Final

from lmwire.diagnosis.model import Severity
from lmwire.diagnosis.verdicts.ids import Variant, VerdictId
from lmwire.diagnosis.verdicts.remedies import HOSTS_FILE, MEND_DNS, NO_FAMILY
from lmwire.diagnosis.verdicts.spec import QUICK, BlamedStep, OlderCode, ShownCode, VerdictSpec, Wording
from lmwire.evidence import NameFault

__all__ = ["SPECS"]

_PATH_ADDRESS: Final = "To prove it, put the server's address in place of {server} in the license path."

SPECS: Final = (
    VerdictSpec(
        id=VerdictId.NAME_UNRESOLVABLE,
        severity=Severity.CRITICAL,
        blames=BlamedStep.NAME,
        meaning="the server's name does not resolve on this machine",
        headline="The name {server} does not resolve on this machine: {name_fault}.",
        cause=(
            "The application can't even find the server. Either the name in the license path is misspelt, or this "
            "machine asks a DNS that does not know it (VPN not connected, a missing search domain, a container)."
        ),
        remedies=(
            "Check the spelling of {server} in the license path.",
            "Use the server's full name (with its domain), or its address, in the license path.",
            f"Make {{server}} resolve here: DNS, VPN, or a line in {HOSTS_FILE}.",
        ),
        variants={
            NameFault.NO_ANSWER.value: Wording(
                meaning="the name servers did not answer for the server's name",
                headline="The name {server} could not be looked up on this machine: the name servers did not answer.",
                cause=(
                    "Whether there is such a name remains open: this machine's DNS servers are down, are not to be "
                    "reached from here, or failed. The license server itself may be fine."
                ),
                remedies=(MEND_DNS, "Allow UDP and TCP 53 from this machine to its DNS servers.", _PATH_ADDRESS),
            ),
            NameFault.OTHER_FAMILY.value: Wording(
                meaning="the server's name has no address of the family asked for",
                headline="{server} has addresses, but none of the family asked for (-4, -6 or --source).",
                cause=(
                    "That is due to how lmwire was run: an application takes addresses of both families, and was not "
                    "judged here."
                ),
                remedies=(NO_FAMILY,),
            ),
            NameFault.INVALID.value: Wording(
                meaning="the server's name is none that can be looked up",
                headline="{server} is no name that can be looked up.",
                cause="The license path holds something else than a host name or an address where the server belongs.",
                remedies=("Correct the license path: `27000@server`, with a name or an address behind the @.",),
            ),
            Variant.THIS_HOST: Wording(
                meaning="the license file says this_host in place of the server's name",
                headline="The license file names no server: its SERVER line says {server}.",
                cause=(
                    "`this_host` stands for whatever machine reads the file. That is right on the server alone: a "
                    "client with this copy of the file looks for lmgrd on itself."
                ),
                remedies=(
                    "Put the server's real name on the SERVER line of the clients' copy, in place of {server}.",
                    "Or point the clients at the server itself: `27000@server` in the environment, no license file.",
                ),
            ),
        },
        shows={
            "": ShownCode("-96,7", QUICK),
            Variant.THIS_HOST: ShownCode("-95,378", QUICK, newer_only=True),
        },
        shows_by_documents=(OlderCode("older", "-14,7", "the server's host name can't be found"),),
        led_to_by={"-14": 1, "-95": 2, "-96": 4},
        likeliness=70,
    ),
)
