"""The verdicts that blame no step: all is well, and nobody can tell."""

from __future__ import annotations

from typing import Final

from lmwire.diagnosis.model import Severity
from lmwire.diagnosis.verdicts.ids import Variant, VerdictId
from lmwire.diagnosis.verdicts.spec import QUICK, BlamedStep, ShownCode, VerdictSpec, Wording

__all__ = ["SPECS"]

_OWN_PORTS: Final = "Give each vendor daemon a port of its own in the server's license file: {pin_27001}."

SPECS: Final = (
    VerdictSpec(
        id=VerdictId.HEALTHY,
        severity=Severity.OK,
        blames=BlamedStep.NONE,
        meaning="the referral was followed and the vendor daemon answered the hello",
        headline="The way to a license is open: lmgrd refers to {rhost}:{rport}, and {vendor} answers there.",
        cause=(
            "Nothing on the network is wrong. An application that still gets no license is refused for other reasons: "
            "its error code tells (`lmwire explain CODE`)."
        ),
        variants={
            Variant.DIRECT: Wording(
                meaning="the license path names a vendor daemon's port, and the vendor daemon answers the hello",
                headline="A vendor daemon answers on {endpoint} itself: applications are served without lmgrd.",
                cause=(
                    "The license path names the vendor daemon's port, not lmgrd's. That works as long as the vendor "
                    "daemon keeps this port."
                ),
                remedies=("Name lmgrd's port in the license path, so that a move of the vendor daemon does no harm.",),
            ),
            Variant.OTHER_DAEMON: Wording(
                meaning="the referral leads to another vendor daemon than the one asked for",
                headline="{peer_name} answers on {endpoint}, where {vendor} was asked for.",
                cause=(
                    "The port to which lmgrd refers for {vendor} is another vendor daemon's: the two have swapped or "
                    "share ports, or a NAT or port forward leads to the wrong one. An application connects all the "
                    "same, for it does not look at that name; the daemon refuses what it then asks for and logs "
                    '"Illegal connection request".'
                ),
                remedies=(
                    "Read the server's debug log: on which ports did {peer_name} and {vendor} start?",
                    _OWN_PORTS,
                    "Behind NAT or in a container, check that {rport} outside leads to {rport} inside.",
                ),
            ),
            Variant.DIRECT_OTHER_DAEMON: Wording(
                meaning="the license path names the port of another vendor daemon than the one asked for",
                headline="{peer_name} answers on {endpoint}, where {vendor} was asked for.",
                cause=(
                    "The license path names a vendor daemon's port in place of lmgrd's, and it is the port of "
                    "another one than {vendor}. An application connects all the same, for it does not look at that "
                    'name; the daemon refuses what it then asks for and logs "Illegal connection request".'
                ),
                remedies=("Name lmgrd's port in the license path: it refers to each vendor daemon's own.",),
            ),
        },
        shows={"": ShownCode(None, QUICK)},
        led_to_by={"-5,414": 1},
        likeliness=300,
    ),
    VerdictSpec(
        id=VerdictId.INCONCLUSIVE,
        severity=Severity.CRITICAL,
        blames=BlamedStep.NONE,
        meaning="the evidence does not tell; the reason is given",
        headline="No verdict: {reason}.",
        cause="What was seen does not tell what is wrong, and a guess would be worse than none.",
        remedies=("{inconclusive_remedy}",),
        variants={
            Variant.STOPPED: Wording(
                meaning="the walk ended at the referral, as asked",
                headline=(
                    "The way is open as far as lmgrd, which refers to {rhost}:{rport}; the vendor daemon was not "
                    "tried, as asked."
                ),
                cause=(
                    "lmgrd answers. Whether the vendor daemon can be reached is not known: that is the step that "
                    "usually breaks."
                ),
                remedies=("{inconclusive_remedy}",),
            ),
        },
        no_code_because="Nobody knows what is wrong, so nobody knows what the application shows.",
        likeliness=310,
    ),
)
