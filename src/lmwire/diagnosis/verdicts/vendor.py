"""The verdicts on the vendor daemon: its port, and what answers there."""

from __future__ import annotations

from typing import Final

from lmwire.diagnosis.model import Severity
from lmwire.diagnosis.verdicts.ids import Variant, VerdictId
from lmwire.diagnosis.verdicts.remedies import (
    CAPTURE_BOTH,
    CONSOLE,
    LOCAL_POLICY,
    LOCATE,
    LOG_END,
    MIDDLEBOX,
    ON_SERVER,
    OPEN_VENDOR,
    PIN,
    RESTART,
    RNAME,
    ROUTE,
    SERVER_LOG,
    VENDOR_LOG,
)
from lmwire.diagnosis.verdicts.spec import (
    BlamedStep,
    OlderCode,
    VerdictSpec,
    Wording,
)

__all__ = ["SPECS"]


SPECS: Final = (
    VerdictSpec(
        id=VerdictId.VENDOR_DAEMON_DOWN,
        severity=Severity.CRITICAL,
        blames=BlamedStep.VENDOR,
        meaning="lmgrd answers that the vendor daemon is down (-97)",
        headline="lmgrd on {endpoint} says that the vendor daemon {vendor} is down (-97).",
        cause=(
            "lmgrd runs, but the vendor daemon does not: it crashed, found no valid license, or the server's license "
            "file does not name it."
        ),
        remedies=(
            LOG_END,
            "Check that the server's license file has {vendor_line}: names are case-sensitive.{daemons}",
            RESTART,
        ),
        variants={
            Variant.UNLISTED: Wording(
                meaning="lmgrd answers -97, and does not list the vendor daemon",
                headline="lmgrd on {endpoint} has no vendor daemon {vendor} (-97).{daemons}",
                cause=(
                    "Either the name is misspelt (names are case-sensitive), or the license file that lmgrd reads "
                    "has no line for this vendor daemon."
                ),
                remedies=(
                    "Compare {vendor} with the VENDOR line of the server's license file.",
                    (
                        "Add the license file that has this VENDOR line on the server, if the name is right, and "
                        "restart the license service."
                    ),
                ),
            ),
            Variant.LISTED: Wording(
                meaning="lmgrd lists the vendor daemon, and answers that it is down (-97)",
                headline="lmgrd on {endpoint} lists the vendor daemon {vendor} and says that it is down (-97).",
                cause=(
                    "lmgrd itself lists {vendor}, so the server's license file names it. But the daemon does not "
                    "run: it crashed, found no valid license, or could not take its port."
                ),
                remedies=(
                    LOG_END,
                    RESTART,
                ),
            ),
        },
        shows_by_documents=(OlderCode("older", "-97,121", "the vendor daemon is down"),),
        led_to_by={"-97": 1},
        said_by={"port-in-use": 3},
        likeliness=110,
        already_says=("vendor-not-listed",),
    ),
    VerdictSpec(
        id=VerdictId.VENDOR_FILTERED,
        severity=Severity.CRITICAL,
        blames=BlamedStep.VENDOR,
        meaning="lmgrd answers, but the connect to the vendor daemon times out: its port is filtered",
        headline="The vendor daemon's port {rport} on {vaddress} is filtered: no answer within {seconds}.",
        cause=(
            "lmgrd's port {port} is open, but a firewall on the way or on the server drops the packets to {vendor}'s "
            "port. So `telnet {server_word} {port}` works and the application does not."
        ),
        remedies=(OPEN_VENDOR, LOCATE, PIN, CONSOLE),
        shows_by_documents=(OlderCode("older", "-96,491", "server node is down or not responding"),),
        led_to_by={"-7,10015": 2, "-52": 2, "-96": 1, "-96,491": 1},
        said_by={"appscan-validate": 1, "daemon-no-socket": 1},
        likeliness=10,
    ),
    VerdictSpec(
        id=VerdictId.VENDOR_REFUSED,
        severity=Severity.CRITICAL,
        blames=BlamedStep.VENDOR,
        meaning="lmgrd answers, but nothing listens on the vendor daemon's port (or a firewall resets)",
        headline="The vendor daemon's port {rport} on {vaddress} refuses the connection.",
        cause=(
            "lmgrd says that {vendor} listens on {rport}, but nothing listens where the connection ends. The daemon "
            "died or restarted on another port, a NAT forwards {port} but not {rport}, or a firewall answers with a "
            "reset."
        ),
        remedies=(
            VENDOR_LOG,
            (
                "Forward port {rport} too, with the same number outside as inside, if the server is behind NAT or in "
                "a container."
            ),
            PIN,
            CONSOLE,
            OPEN_VENDOR,
            LOCATE,
        ),
        shows_by_documents=(OlderCode("older", "-96,491", "server node is down or not responding"),),
        led_to_by={"-7,10015": 3, "-96": 2, "-96,491": 2},
        said_by={"appscan-validate": 2, "daemon-no-socket": 2},
        likeliness=20,
    ),
    VerdictSpec(
        id=VerdictId.VENDOR_REJECTED,
        severity=Severity.CRITICAL,
        blames=BlamedStep.VENDOR,
        meaning="lmgrd answers, but a firewall or router rejects the vendor daemon's port with an ICMP error",
        headline="The vendor daemon's port {rport} on {vaddress} is rejected: {icmp}, sent by {sender}.",
        cause="A rule on {sender} lets lmgrd's port {port} through and rejects {vendor}'s.",
        remedies=("Allow TCP {rport} from {local} (and the other clients) to {vaddress} on {sender}.", PIN, CONSOLE),
        variants={
            Variant.NO_MACHINE: Wording(
                meaning="lmgrd answers, but a router finds no machine behind the vendor daemon's port",
                headline="The vendor daemon's port {rport} on {vaddress} is rejected: {icmp}, sent by {sender}.",
                cause=(
                    "A router reports that no machine answers where this connection leads (ARP; in IPv6, neighbour "
                    "discovery). A NAT forwards {rport} to an address that no machine has, or that machine is off. "
                    "Or a rule on {sender} rejects the connection with this error."
                ),
                remedies=(
                    "On {sender}, check where NAT forwards TCP {rport}, and that the machine there is up.",
                    "Allow TCP {rport} from {local} (and the other clients) to {vaddress} on {sender}.",
                    PIN,
                    CONSOLE,
                ),
            ),
        },
        shows_by_documents=(OlderCode("older", "-96,491", "server node is down or not responding"),),
        led_to_by={"-7,10015": 4, "-96": 3, "-96,491": 3},
        said_by={"appscan-validate": 3, "daemon-no-socket": 3},
        likeliness=50,
    ),
    VerdictSpec(
        id=VerdictId.VENDOR_UNREACHABLE,
        severity=Severity.CRITICAL,
        blames=BlamedStep.VENDOR,
        meaning="lmgrd answers, but this machine has no route to the vendor daemon's address",
        headline="{Here} cannot reach the vendor daemon's port {rport} on {vaddress}: {icmp}.",
        cause=(
            "lmgrd's port {port} answers at that very address. So the route depends on the port (policy routing, a "
            "VPN for some ports only), the route was lost meanwhile, or a firewall rejects {vendor}'s port. Some "
            "systems do not say which."
        ),
        remedies=(
            "Run lmwire again: does lmgrd still answer?",
            OPEN_VENDOR,
            ROUTE,
        ),
        variants={
            Variant.ELSEWHERE: Wording(
                meaning="lmgrd answers, but the referral leads to another address, to which this machine has no route",
                headline="lmgrd refers to {rhost}, but {here} cannot reach {vaddress}: {icmp}.",
                cause=(
                    "lmgrd answers on the server's address {own}, but refers to another address, to which {here} has "
                    "no route."
                ),
                remedies=(RNAME, ROUTE),
            ),
        },
        likeliness=240,
    ),
    VerdictSpec(
        id=VerdictId.VENDOR_DENIED,
        severity=Severity.CRITICAL,
        blames=BlamedStep.VENDOR,
        meaning="lmgrd answers, but this machine's own policy forbids the connect to the vendor daemon",
        headline="{Here} itself forbids the connection to {endpoint}: {detail}.",
        cause="A local firewall, sandbox or security policy allows lmgrd's port and forbids the vendor daemon's.",
        remedies=(LOCAL_POLICY, PIN, CONSOLE),
        likeliness=260,
    ),
    VerdictSpec(
        id=VerdictId.VENDOR_SILENT,
        severity=Severity.CRITICAL,
        blames=BlamedStep.VENDOR,
        meaning="the vendor daemon's port accepts and takes the hello, and never answers",
        headline="The vendor daemon's port {endpoint} accepts the connection, but does not answer within {seconds}.",
        cause=(
            "{vendor} hangs, a proxy or NAT accepts for a port that is not open behind it, or a firewall drops the "
            "answers."
        ),
        remedies=(
            VENDOR_LOG,
            ON_SERVER,
            MIDDLEBOX,
        ),
        led_to_by={"-52": 1, "-139": 2},
        said_by={"illegal-connection": 2},
        likeliness=120,
    ),
    VerdictSpec(
        id=VerdictId.VENDOR_CLOSES,
        severity=Severity.CRITICAL,
        blames=BlamedStep.VENDOR,
        meaning="the vendor daemon's port accepts and closes without an answer",
        headline="The vendor daemon's port {endpoint} accepts the connection and {closes} without an answer.",
        cause=(
            "The daemon refuses to talk (overloaded, crashing, out of file descriptors), or a proxy or load balancer "
            "accepts for a port that it cannot reach."
        ),
        remedies=(VENDOR_LOG, MIDDLEBOX),
        led_to_by={"-7,10015": 1, "-17": 2, "-141": 2},
        said_by={"daemon-no-socket": 4, "illegal-connection": 1},
        likeliness=140,
    ),
    VerdictSpec(
        id=VerdictId.VENDOR_PAYLOAD_LOST,
        severity=Severity.CRITICAL,
        blames=BlamedStep.VENDOR,
        meaning="the vendor daemon's port accepts, but no data arrives there",
        headline=(
            "The vendor daemon's port {endpoint} accepts the connection, but never acknowledges the {sent} bytes of "
            "the request."
        ),
        cause="The TCP handshake passes and data does not: an inspecting firewall drops what it does not know.",
        remedies=(
            MIDDLEBOX,
            CAPTURE_BOTH,
        ),
        likeliness=180,
    ),
    VerdictSpec(
        id=VerdictId.VENDOR_GARBLED,
        severity=Severity.CRITICAL,
        blames=BlamedStep.VENDOR,
        meaning="the vendor daemon's answer looks like FlexNet, but its checksum, length or order is wrong",
        headline="{endpoint} {sends}: {detail}.",
        cause="{garbled_cause}",
        remedies=("{garbled_remedy}", MIDDLEBOX),
        led_to_by={"-12": 4, "-33": 4, "-59": 2},
        likeliness=200,
    ),
    VerdictSpec(
        id=VerdictId.VENDOR_FOREIGN,
        severity=Severity.CRITICAL,
        blames=BlamedStep.VENDOR,
        meaning="another service answers on the vendor daemon's port",
        headline="{service_article} answers on {endpoint}, not the vendor daemon.",
        cause=(
            "Another program listens on the vendor daemon's port, or the referral leads to another machine. Its "
            "answer begins with: {start}"
        ),
        remedies=(VENDOR_LOG, PIN, CONSOLE, "{rhost_remedy}"),
        led_to_by={"-12": 3, "-33": 3},
        likeliness=170,
    ),
    VerdictSpec(
        id=VerdictId.VENDOR_ERROR,
        severity=Severity.CRITICAL,
        blames=BlamedStep.VENDOR,
        meaning="the vendor daemon answers the hello with an error code",
        headline="The vendor daemon on {endpoint} answers with error {code}: {code_meaning}.",
        cause="The network is fine all the way; {vendor} itself refuses.{code_note}",
        remedies=(
            "{code_remedy}",
            SERVER_LOG,
        ),
        variants={
            Variant.WORDS: Wording(
                meaning="the vendor daemon answers the hello with an error in words",
                headline="The vendor daemon on {endpoint} answers with an error, in words: {said}",
                cause="The network is fine all the way; {vendor} itself refuses, and gives no error code.",
                remedies=(SERVER_LOG,),
            ),
        },
        likeliness=290,
    ),
)
