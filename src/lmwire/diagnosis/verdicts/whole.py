"""The verdicts that do not blame a step: healthy and inconclusive."""

from __future__ import annotations

from typing import Final

from lmwire.diagnosis.model import Severity
from lmwire.diagnosis.verdicts.ids import Variant, VerdictId
from lmwire.diagnosis.verdicts.spec import BlamedStep, VerdictSpec, Wording

__all__ = ["SPECS"]

_OWN_PORTS: Final = "Give each vendor daemon a port of its own in the server's license file: {pin_27001}."

SPECS: Final = (
    VerdictSpec(
        id=VerdictId.HEALTHY,
        severity=Severity.OK,
        blames=BlamedStep.NONE,
        meaning="the referral was followed and the vendor daemon answered the hello",
        headline="The license server can be reached: lmgrd refers to {rhost}:{rport}, and {vendor} answers there.",
        cause=(
            "Nothing on the network is wrong. If an application still gets no license, the server itself refuses it "
            "for another reason. Look up the application's error code: `lmwire explain CODE`."
        ),
        variants={
            Variant.DIRECT: Wording(
                meaning="the license path names a vendor daemon's port, and the vendor daemon answers the hello",
                headline="A vendor daemon answers on {endpoint} itself: applications are served without lmgrd.",
                cause=(
                    "The license path names the vendor daemon's port or a gateway (`lmwire gateway`), not lmgrd's "
                    "port. A vendor daemon's port works until the daemon moves to another; a gateway follows it."
                ),
                remedies=(
                    (
                        "Unless it is a gateway, write lmgrd's port in the license path: lmgrd tells applications "
                        "where the vendor daemon is, even after it moves."
                    ),
                ),
            ),
            Variant.OTHER_DAEMON: Wording(
                meaning="the referral leads to another vendor daemon than the one asked for",
                headline="{peer_name} answers on {endpoint}, but the client asked for {vendor}.",
                cause=(
                    "lmgrd refers clients of {vendor} to the port of another vendor daemon. The two have swapped or "
                    "share ports, or a NAT or port forward leads to the wrong one. An application connects all the "
                    "same, because it does not check that name. Then the daemon refuses its request and logs "
                    '"Illegal connection request".'
                ),
                remedies=(
                    "Read the server's debug log: on which ports did {peer_name} and {vendor} start?",
                    _OWN_PORTS,
                    (
                        "Check the port forward, if the server is behind NAT or in a container: port {rport} outside "
                        "must lead to port {rport} inside."
                    ),
                ),
            ),
            Variant.DIRECT_OTHER_DAEMON: Wording(
                meaning="the license path names the port of another vendor daemon than the one asked for",
                headline="{peer_name} answers on {endpoint}, but the client asked for {vendor}.",
                cause=(
                    "The license path names the port of another vendor daemon in place of lmgrd's. An application "
                    "connects all the same, because it does not check that name. Then the daemon refuses its request "
                    'and logs "Illegal connection request".'
                ),
                remedies=(
                    (
                        "Write lmgrd's port in the license path: lmgrd refers each application to the right vendor "
                        "daemon."
                    ),
                ),
            ),
        },
        led_to_by={"-5,414": 1},
        likeliness=300,
    ),
    VerdictSpec(
        id=VerdictId.INCONCLUSIVE,
        severity=Severity.CRITICAL,
        blames=BlamedStep.NONE,
        meaning="the evidence does not show what is wrong; the reason is given",
        headline="No verdict: {reason}.",
        cause="The test results do not show what is wrong, and lmwire does not guess.",
        remedies=("{inconclusive_remedy}",),
        variants={
            Variant.STOPPED: Wording(
                meaning="the walk ended at the referral, as asked",
                headline="lmgrd answers and refers to {rhost}:{rport}; lmwire did not try the vendor daemon, as asked.",
                cause=(
                    "The way to lmgrd is open. lmwire does not know whether the vendor daemon answers; that step "
                    "fails most often."
                ),
                remedies=("{inconclusive_remedy}",),
            ),
        },
        no_code_because="lmwire cannot tell what is wrong, so it cannot tell what the application shows.",
        likeliness=310,
    ),
)
