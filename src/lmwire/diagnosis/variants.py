"""What to say instead, where one verdict has several stories: see `lmwire.diagnosis.rules.Judgement.variant`."""

from __future__ import annotations

from typing import Final

from lmwire.diagnosis.catalogue import Entry
from lmwire.diagnosis.remedies import MEND_DNS, NO_FAMILY, RNAME, ROUTE, SERVER_LINE, VENDOR_LOG
from lmwire.diagnosis.rules import Story
from lmwire.evidence import NameFault

__all__ = ["VARIANTS"]

_FALLBACK: Final = "Clients then try lmgrd's own address, {own}, with port {rport}: {fallback}"
_ADDRESS_LINE: Final = (
    "Replace the address on the SERVER line of the server's license file by a name that resolves, for each client, to "
    "the address at which it reaches the server; restart the license service."
)
_PATH_ADDRESS: Final = "To prove it, put the server's address in place of {server} in the license path."
_OWN_PORTS: Final = "Give each vendor daemon a port of its own in the server's license file: {pin_27001}."

VARIANTS: Final[dict[tuple[str, str], Entry]] = {
    ("inconclusive", Story.STOPPED): Entry(
        "the walk ended at the referral, as asked",
        "The way is open as far as lmgrd, which refers to {rhost}:{rport}; the vendor daemon was not tried, as asked.",
        "lmgrd answers. Whether the vendor daemon can be reached is not known: that is the step that usually breaks.",
        ("{inconclusive_remedy}",),
    ),
    ("vendor-daemon-down", Story.UNLISTED): Entry(
        "lmgrd answers -97, and does not list the vendor daemon",
        "lmgrd on {endpoint} has no vendor daemon {vendor} (-97).{daemons}",
        "Either the name is misspelt (names are case-sensitive), or the license file that lmgrd reads has no line for "
        "this vendor daemon.",
        (
            "Compare {vendor} with the VENDOR line of the server's license file.",
            "If it is right, add the license file with that line on the server, and restart the license service.",
        ),
    ),
    ("healthy", Story.DIRECT): Entry(
        "the license path names a vendor daemon's port, and the vendor daemon answers the hello",
        "A vendor daemon answers on {endpoint} itself: applications are served without lmgrd.",
        "The license path names the vendor daemon's port, not lmgrd's. That works as long as the vendor daemon keeps "
        "this port.",
        ("Name lmgrd's port in the license path, so that a move of the vendor daemon does no harm.",),
    ),
    ("healthy", Story.OTHER_DAEMON): Entry(
        "the referral leads to another vendor daemon than the one asked for",
        "{peer_name} answers on {endpoint}, where {vendor} was asked for.",
        "The port to which lmgrd refers for {vendor} is another vendor daemon's: the two have swapped or share ports, "
        "or a NAT or port forward leads to the wrong one. An application connects all the same, for it does not look "
        'at that name; the daemon refuses what it then asks for and logs "Illegal connection request".',
        (
            "Read the server's debug log: on which ports did {peer_name} and {vendor} start?",
            _OWN_PORTS,
            "Behind NAT or in a container, check that {rport} outside leads to {rport} inside.",
        ),
    ),
    ("healthy", Story.DIRECT_OTHER_DAEMON): Entry(
        "the license path names the port of another vendor daemon than the one asked for",
        "{peer_name} answers on {endpoint}, where {vendor} was asked for.",
        "The license path names a vendor daemon's port in place of lmgrd's, and it is the port of another one than "
        "{vendor}. An application connects all the same, for it does not look at that name; the daemon refuses what "
        'it then asks for and logs "Illegal connection request".',
        ("Name lmgrd's port in the license path: it refers to each vendor daemon's own.",),
    ),
    ("name-unresolvable", NameFault.NO_ANSWER.value): Entry(
        "the name servers did not answer for the server's name",
        "The name {server} could not be looked up on this machine: the name servers did not answer.",
        "Whether there is such a name remains open: this machine's DNS servers are down, are not to be reached from "
        "here, or failed. The license server itself may be fine.",
        (MEND_DNS, "Allow UDP and TCP 53 from this machine to its DNS servers.", _PATH_ADDRESS),
    ),
    ("name-unresolvable", NameFault.OTHER_FAMILY.value): Entry(
        "the server's name has no address of the family asked for",
        "{server} has addresses, but none of the family asked for (-4, -6 or --source).",
        "That is due to how lmwire was run: an application takes addresses of both families, and was not judged here.",
        (NO_FAMILY,),
    ),
    ("name-unresolvable", NameFault.INVALID.value): Entry(
        "the server's name is none that can be looked up",
        "{server} is no name that can be looked up.",
        "The license path holds something else than a host name or an address where the server belongs.",
        ("Correct the license path: `27000@server`, with a name or an address behind the @.",),
    ),
    ("name-unresolvable", Story.THIS_HOST): Entry(
        "the license file says this_host in place of the server's name",
        "The license file names no server: its SERVER line says {server}.",
        "`this_host` stands for whatever machine reads the file. That is right on the server alone: a client with this "
        "copy of the file looks for lmgrd on itself.",
        (
            "Put the server's real name on the SERVER line of the clients' copy, in place of {server}.",
            "Or point the clients at the server itself: `27000@server` in the environment, no license file.",
        ),
    ),
    ("vendor-daemon-down", Story.LISTED): Entry(
        "lmgrd lists the vendor daemon, and answers that it is down (-97)",
        "lmgrd on {endpoint} lists the vendor daemon {vendor} and says that it is down (-97).",
        "{vendor} is in the server's license file, for lmgrd itself names it, and it does not run: it crashed, found "
        "no valid license, or could not take its port.",
        (
            "Read the end of the server's debug log{log_lines}.",
            "Restart the license service (or `lmutil lmreread`).",
        ),
    ),
    ("lmgrd-error", Story.WORDS): Entry(
        "lmgrd answers with an error in words",
        "lmgrd on {endpoint} answers with an error, in words: {said}",
        "The network is fine as far as lmgrd; the server refuses by itself, and gives no error code.",
        ("Read the server's debug log at this minute.",),
    ),
    ("vendor-error", Story.WORDS): Entry(
        "the vendor daemon answers the hello with an error in words",
        "The vendor daemon on {endpoint} answers with an error, in words: {said}",
        "The network is fine all the way; {vendor} refuses by itself, and gives no error code.",
        (VENDOR_LOG,),
    ),
    ("referral-invalid", Story.NAMELESS): Entry(
        "the referral names no host",
        "lmgrd refers the application to port {rport} of no host at all.",
        "The server does not know its own name, or something on the way rewrites the referral. Clients take lmgrd's "
        "own address instead, {own}, with port {rport}: {fallback}",
        ("{fallback_remedy}", SERVER_LINE),
    ),
    ("referral-invalid", Story.CIRCLE): Entry(
        "the referral points back at lmgrd",
        "lmgrd refers the application to {rhost}:{rport}, which is lmgrd itself: it goes round in a circle.",
        "The vendor daemon got lmgrd's own port, or a NAT forwards both ports to lmgrd.",
        (
            "Restart the license service and read the debug log: on which port does {vendor} start?",
            "Pin the vendor daemon to a port of its own: {pin_27001}, and forward that one too.",
        ),
    ),
    ("referral-unresolvable", NameFault.NO_ANSWER.value): Entry(
        "the name servers did not answer for the host name in lmgrd's referral",
        "lmgrd refers the application to {rhost}:{rport}, and the name servers did not answer for {rhost}.",
        "Whether that name exists remains open: this machine's DNS servers are down, are not to be reached from here, "
        f"or failed. {_FALLBACK}",
        (MEND_DNS, "Allow UDP and TCP 53 from this machine to its DNS servers.", RNAME, "{fallback_remedy}"),
    ),
    ("referral-unresolvable", NameFault.OTHER_FAMILY.value): Entry(
        "the host in lmgrd's referral has no address of the family asked for",
        "lmgrd refers the application to {rhost}:{rport}, which has no address of the family asked for (-4, -6 or "
        "--source).",
        "That is due to how lmwire was run: an application takes addresses of both families, and was not judged here.",
        (NO_FAMILY,),
    ),
    ("referral-unresolvable", NameFault.INVALID.value): Entry(
        "the host in lmgrd's referral is no name that can be looked up",
        "lmgrd refers the application to {rhost}:{rport}, and {rhost} is no name that can be looked up.",
        "The SERVER line of the server holds something else than a host name, or something on the way rewrites the "
        f"referral. {_FALLBACK}",
        (SERVER_LINE, "{fallback_remedy}"),
    ),
    ("referral-elsewhere", Story.ADDRESS): Entry(
        "lmgrd's referral names an address that is not where lmgrd was found, and the vendor daemon is not there",
        "lmgrd refers the application to the address {rhost}, port {rport}, which is not where lmgrd was found; "
        "{named_fate}.",
        "The server's SERVER line holds an address, right on the server's side of a NAT and wrong on this side. "
        f"{_FALLBACK}",
        (_ADDRESS_LINE, "{fallback_remedy}"),
    ),
    ("referral-loopback", Story.ADDRESS): Entry(
        "lmgrd's referral names a loopback address",
        "lmgrd refers the application to the address {rhost}, port {rport}: this very machine, not {own}, where lmgrd "
        "was found.",
        f"The server's SERVER line holds a loopback address, which every client takes for itself. {_FALLBACK}",
        (_ADDRESS_LINE, "{fallback_remedy}"),
    ),
    ("vendor-unreachable", Story.ELSEWHERE): Entry(
        "lmgrd answers, but the referral leads to another address to which this machine has no way",
        "{vaddress}, to which lmgrd refers as {rhost}, can't be reached from this machine: {icmp}.",
        "lmgrd answers on one address of the server, {own}, and the referral leads to another to which there is no "
        "way.",
        (RNAME, ROUTE),
    ),
}
"""(verdict, story) → what to say instead of the catalogue's entry."""
