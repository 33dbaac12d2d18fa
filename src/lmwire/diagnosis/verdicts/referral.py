"""The verdicts on the referral: the host and port that lmgrd names."""

from __future__ import annotations

from typing import Final

from lmwire.diagnosis.model import Severity
from lmwire.diagnosis.verdicts.ids import Variant, VerdictId
from lmwire.diagnosis.verdicts.remedies import MEND_DNS, NO_FAMILY, RNAME, SERVER_LINE
from lmwire.diagnosis.verdicts.spec import QUICK, BlamedStep, ShownCode, VerdictSpec, Wording
from lmwire.evidence import NameFault

__all__ = ["SPECS"]

_FALLBACK: Final = "Clients then try lmgrd's own address, {own}, with port {rport}: {fallback}"
_ADDRESS_LINE: Final = (
    "Replace the address on the SERVER line of the server's license file by a name that resolves, for each client, to "
    "the address at which it reaches the server; restart the license service."
)

SPECS: Final = (
    VerdictSpec(
        id=VerdictId.REFERRAL_INVALID,
        severity=Severity.CRITICAL,
        blames=BlamedStep.REFERRAL,
        meaning="the referral has port 0, a port above 65535 or no host, or points back at lmgrd",
        headline="lmgrd refers the application to {rhost}:{rport}, and there is no such TCP port.",
        cause="The vendor daemon did not tell lmgrd a usable port, or something on the way rewrites the referral.",
        remedies=(
            "Restart the license service and read the debug log: on which port does {vendor} start?",
            "Pin the vendor daemon's port in the server's license file: {pin_27001}.",
        ),
        variants={
            Variant.NAMELESS: Wording(
                meaning="the referral names no host",
                headline="lmgrd refers the application to port {rport} of no host at all.",
                cause=(
                    "The server does not know its own name, or something on the way rewrites the referral. Clients "
                    "take lmgrd's own address instead, {own}, with port {rport}: {fallback}"
                ),
                remedies=("{fallback_remedy}", SERVER_LINE),
            ),
            Variant.CIRCLE: Wording(
                meaning="the referral points back at lmgrd",
                headline=(
                    "lmgrd refers the application to {rhost}:{rport}, which is lmgrd itself: it goes round in a circle."
                ),
                cause="The vendor daemon got lmgrd's own port, or a NAT forwards both ports to lmgrd.",
                remedies=(
                    "Restart the license service and read the debug log: on which port does {vendor} start?",
                    "Pin the vendor daemon to a port of its own: {pin_27001}, and forward that one too.",
                ),
            ),
        },
        shows={
            "": ShownCode("-15,570", QUICK),
            Variant.CIRCLE: ShownCode(None, None),
        },
        likeliness=230,
    ),
    VerdictSpec(
        id=VerdictId.REFERRAL_UNRESOLVABLE,
        severity=Severity.CRITICAL,
        blames=BlamedStep.REFERRAL,
        meaning="the host name in lmgrd's referral does not resolve on this machine",
        headline="lmgrd refers the application to {rhost}:{rport}, and {rhost} does not resolve on this machine.",
        cause=(
            "The server calls itself {rhost}, a name that is unknown here. Clients then try lmgrd's own address, "
            "{own}, with port {rport}: {fallback}"
        ),
        remedies=(RNAME, "{fallback_remedy}", SERVER_LINE),
        variants={
            NameFault.NO_ANSWER.value: Wording(
                meaning="the name servers did not answer for the host name in lmgrd's referral",
                headline=(
                    "lmgrd refers the application to {rhost}:{rport}, and the name servers did not answer for {rhost}."
                ),
                cause=(
                    "Whether that name exists remains open: this machine's DNS servers are down, are not to be "
                    f"reached from here, or failed. {_FALLBACK}"
                ),
                remedies=(
                    MEND_DNS,
                    "Allow UDP and TCP 53 from this machine to its DNS servers.",
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
                    "That is due to how lmwire was run: an application takes addresses of both families, and was not "
                    "judged here."
                ),
                remedies=(NO_FAMILY,),
            ),
            NameFault.INVALID.value: Wording(
                meaning="the host in lmgrd's referral is no name that can be looked up",
                headline=(
                    "lmgrd refers the application to {rhost}:{rport}, and {rhost} is no name that can be looked up."
                ),
                cause=(
                    "The SERVER line of the server holds something else than a host name, or something on the way "
                    f"rewrites the referral. {_FALLBACK}"
                ),
                remedies=(SERVER_LINE, "{fallback_remedy}"),
            ),
        },
        shows={
            "": ShownCode("-96,7", QUICK),
            "filtered": ShownCode("-96,7", 20),
        },
        led_to_by={"-96": 5},
        likeliness=80,
        already_says=("referral-name-differs",),
    ),
    VerdictSpec(
        id=VerdictId.REFERRAL_ELSEWHERE,
        severity=Severity.CRITICAL,
        blames=BlamedStep.REFERRAL,
        meaning=(
            "the host name in lmgrd's referral leads to another address, where the vendor daemon is not to be reached"
        ),
        headline=(
            "lmgrd refers the application to {rhost}:{rport}, which resolves to {named}, not to {own}; {named_fate}."
        ),
        cause=(
            "Name and address do not fit together seen from here: NAT, or a DNS that gives the inside address. Clients "
            "then try lmgrd's own address, {own}, with port {rport}: {fallback}"
        ),
        remedies=(RNAME, "{fallback_remedy}", SERVER_LINE),
        variants={
            Variant.ADDRESS: Wording(
                meaning=(
                    "lmgrd's referral names an address that is not where lmgrd was found, and the vendor daemon is "
                    "not there"
                ),
                headline=(
                    "lmgrd refers the application to the address {rhost}, port {rport}, which is not where lmgrd was "
                    "found; {named_fate}."
                ),
                cause=(
                    "The server's SERVER line holds an address, right on the server's side of a NAT and wrong on "
                    f"this side. {_FALLBACK}"
                ),
                remedies=(_ADDRESS_LINE, "{fallback_remedy}"),
            ),
        },
        shows={
            "": ShownCode("-15,570", QUICK),
            "filtered": ShownCode("-15,570", 45),
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
        headline="lmgrd refers the application to {rhost}:{rport}, and {rhost} is {named} here: this very machine.",
        cause=(
            'A name of the server\'s that means "myself" leaked into the referral (its /etc/hosts maps its own name to '
            "loopback, or it is called localhost). Clients then try lmgrd's own address, {own}, with port {rport}: "
            "{fallback}"
        ),
        remedies=(SERVER_LINE, "{fallback_remedy}", RNAME),
        variants={
            Variant.ADDRESS: Wording(
                meaning="lmgrd's referral names a loopback address",
                headline=(
                    "lmgrd refers the application to the address {rhost}, port {rport}: this very machine, not "
                    "{own}, where lmgrd was found."
                ),
                cause=(
                    "The server's SERVER line holds a loopback address, which every client takes for itself. "
                    f"{_FALLBACK}"
                ),
                remedies=(_ADDRESS_LINE, "{fallback_remedy}"),
            ),
        },
        shows={
            "": ShownCode("-15,570", QUICK),
            "filtered": ShownCode("-15,570", 40),
        },
        likeliness=100,
        already_says=(
            "referral-elsewhere",
            "referral-name-differs",
        ),
    ),
)
