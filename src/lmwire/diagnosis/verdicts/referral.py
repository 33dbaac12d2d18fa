"""The verdicts on the referral: the host and port that lmgrd names."""

from __future__ import annotations

from typing import Final

from lmwire.diagnosis.model import Severity
from lmwire.diagnosis.verdicts.ids import Variant, VerdictId
from lmwire.diagnosis.verdicts.remedies import DAEMON_PORT, MEND_DNS, NO_FAMILY, RNAME, SERVER_LINE
from lmwire.diagnosis.verdicts.spec import BlamedStep, VerdictSpec, Wording
from lmwire.evidence import NameFault

__all__ = ["SPECS"]

_FALLBACK: Final = "Clients then try lmgrd's own address, {own}, with port {rport}: {fallback}"
_ADDRESS_LINE: Final = (
    "Replace the address on the SERVER line of the server's license file by a name, and restart the license "
    "service. On each client, that name must resolve to the address at which the client reaches the server."
)

SPECS: Final = (
    VerdictSpec(
        id=VerdictId.REFERRAL_INVALID,
        severity=Severity.CRITICAL,
        blames=BlamedStep.REFERRAL,
        meaning="the referral has port 0, a port above 65535 or no host, or points back at lmgrd",
        headline="lmgrd refers the application to {rhost}:{rport}, but {rport} is not a valid TCP port.",
        cause="The vendor daemon did not tell lmgrd a usable port, or something on the way rewrites the referral.",
        remedies=(
            DAEMON_PORT,
            "Pin the vendor daemon's port in the server's license file: {pin_27001}.",
        ),
        variants={
            Variant.NAMELESS: Wording(
                meaning="the referral names no host",
                headline="lmgrd refers the application to port {rport}, but names no host.",
                cause=(
                    f"The server does not know its own name, or something on the way rewrites the referral. {_FALLBACK}"
                ),
                remedies=("{fallback_remedy}", SERVER_LINE),
            ),
            Variant.CIRCLE: Wording(
                meaning="the referral points back at lmgrd",
                headline=(
                    "lmgrd refers the application to {rhost}:{rport}, which is lmgrd itself: the application "
                    "asks lmgrd again and again."
                ),
                cause="The vendor daemon got lmgrd's own port, or a NAT forwards both ports to lmgrd.",
                remedies=(
                    DAEMON_PORT,
                    "Pin the vendor daemon to a port of its own: {pin_27001}, and forward that port too.",
                ),
            ),
        },
        likeliness=230,
        already_says=("referral-port-cut",),
    ),
    VerdictSpec(
        id=VerdictId.REFERRAL_UNRESOLVABLE,
        severity=Severity.CRITICAL,
        blames=BlamedStep.REFERRAL,
        meaning="the host name in lmgrd's referral does not resolve on this machine",
        headline="lmgrd refers the application to {rhost}:{rport}, and {rhost} does not resolve on {here}.",
        cause=f"The server calls itself {{rhost}}, a name that {{here}} does not know. {_FALLBACK}",
        remedies=(RNAME, "{fallback_remedy}", SERVER_LINE),
        variants={
            NameFault.NO_ANSWER.value: Wording(
                meaning="the name servers did not answer for the host name in lmgrd's referral",
                headline=(
                    "lmgrd refers the application to {rhost}:{rport}, and the name servers did not answer for {rhost}."
                ),
                cause=(
                    "The name may well exist. The DNS servers of {here} are down, do not answer it, or "
                    f"failed. {_FALLBACK}"
                ),
                remedies=(
                    MEND_DNS,
                    "Allow UDP and TCP 53 from {here} to its DNS servers.",
                    RNAME,
                    "{fallback_remedy}",
                ),
            ),
            NameFault.OTHER_FAMILY.value: Wording(
                meaning="the host in lmgrd's referral has no address of the family asked for",
                headline=(
                    "lmgrd refers the application to {rhost}:{rport}, which has no address of the family asked for "
                    "(-4, -6 or --source)."
                ),
                cause=(
                    "An option of lmwire excludes its addresses. An application takes addresses of both families, so "
                    "this says nothing about it."
                ),
                remedies=(NO_FAMILY,),
            ),
            NameFault.INVALID.value: Wording(
                meaning="the host in lmgrd's referral is not a name that can be looked up",
                headline=(
                    "lmgrd refers the application to {rhost}:{rport}, and {rhost} is not a name that can be looked up."
                ),
                cause=(
                    "The SERVER line of the server's license file holds something else than a host name, or "
                    f"something on the way rewrites the referral. {_FALLBACK}"
                ),
                remedies=(SERVER_LINE, "{fallback_remedy}"),
            ),
        },
        led_to_by={"-96": 5},
        said_by={"appscan-validate": 4},
        likeliness=80,
        already_says=("referral-name-differs",),
    ),
    VerdictSpec(
        id=VerdictId.REFERRAL_ELSEWHERE,
        severity=Severity.CRITICAL,
        blames=BlamedStep.REFERRAL,
        meaning=("the host name in lmgrd's referral resolves to another address, where no vendor daemon answers"),
        headline=(
            "lmgrd refers the application to {rhost}:{rport}, which resolves to {named}, not to {own}; {named_fate}."
        ),
        cause=(
            "The name leads {here} away from the address at which lmgrd answers: through a NAT, or because DNS "
            f"gives the server's inside address. {_FALLBACK}"
        ),
        remedies=(RNAME, "{fallback_remedy}", SERVER_LINE),
        variants={
            Variant.ADDRESS: Wording(
                meaning=(
                    "lmgrd's referral names an address that is not lmgrd's own, and no vendor daemon answers there"
                ),
                headline=(
                    "lmgrd refers the application to the address {rhost}, port {rport}, which is not where lmgrd was "
                    "found; {named_fate}."
                ),
                cause=(
                    "The SERVER line of the server's license file holds an address: right on the server's side of "
                    f"a NAT, wrong on this side. {_FALLBACK}"
                ),
                remedies=(_ADDRESS_LINE, "{fallback_remedy}"),
            ),
        },
        likeliness=90,
        already_says=(
            "referral-elsewhere",
            "referral-name-differs",
        ),
    ),
    VerdictSpec(
        id=VerdictId.REFERRAL_LOOPBACK,
        severity=Severity.CRITICAL,
        blames=BlamedStep.REFERRAL,
        meaning="the host name in lmgrd's referral resolves to a loopback address",
        headline=(
            "lmgrd refers the application to {rhost}:{rport}, and {rhost} resolves to {named}, which is {here} itself."
        ),
        cause=(
            'The server names itself by a word that means "myself" on every machine: it is called localhost, or its '
            f"/etc/hosts maps its own name to a loopback address. {_FALLBACK}"
        ),
        remedies=(SERVER_LINE, "{fallback_remedy}", RNAME),
        variants={
            Variant.ADDRESS: Wording(
                meaning="lmgrd's referral names a loopback address",
                headline=(
                    "lmgrd refers the application to the address {rhost}, port {rport}: that is {here} itself, not "
                    "{own}, where lmgrd was found."
                ),
                cause=(
                    "The SERVER line of the server's license file holds a loopback address, which every client "
                    f"takes for itself. {_FALLBACK}"
                ),
                remedies=(_ADDRESS_LINE, "{fallback_remedy}"),
            ),
        },
        likeliness=100,
        already_says=(
            "referral-elsewhere",
            "referral-name-differs",
        ),
    ),
)
