"""The verdicts on lmgrd: its port, and what answers there."""

from __future__ import annotations

from typing import Final

from lmwire.diagnosis.model import Severity
from lmwire.diagnosis.verdicts.ids import Variant, VerdictId
from lmwire.diagnosis.verdicts.remedies import (
    ASK_NAME,
    CAPTURE_BOTH,
    LOCAL_POLICY,
    MIDDLEBOX,
    ON_SERVER,
    OPEN_LMGRD,
    ROUTE,
    SERVER_ALIVE,
    SERVER_LOG,
)
from lmwire.diagnosis.verdicts.spec import BlamedStep, VerdictSpec, Wording

__all__ = ["SPECS"]


SPECS: Final = (
    VerdictSpec(
        id=VerdictId.LMGRD_FILTERED,
        severity=Severity.CRITICAL,
        blames=BlamedStep.LMGRD,
        meaning="the connect to lmgrd times out: its port is filtered, or no machine has the address",
        headline="No answer from {endpoint} within {seconds}: lmgrd's port is filtered.",
        cause=(
            "A firewall on the way or on the server drops the packets to lmgrd's port, so the connect times out. Or "
            "the server no longer has the address {address}."
        ),
        remedies=(OPEN_LMGRD, ASK_NAME),
        led_to_by={"-96": 6},
        said_by={"appscan-validate": 5, "lmgrd-not-running": 2},
        likeliness=40,
    ),
    VerdictSpec(
        id=VerdictId.LMGRD_REFUSED,
        severity=Severity.CRITICAL,
        blames=BlamedStep.LMGRD,
        meaning="the machine answers, but nothing listens on lmgrd's port",
        headline="{endpoint} refuses the connection: nothing listens there.",
        cause=(
            "The machine is up, but lmgrd does not run, or it listens on another port. (A firewall that answers with "
            "a reset looks the same.)"
        ),
        remedies=(
            SERVER_ALIVE,
            "Start the license service on the server, and read the end of its debug log.",
            ASK_NAME,
        ),
        led_to_by={"-95": 1},
        said_by={"appscan-validate": 6, "lmgrd-not-running": 1},
        likeliness=30,
    ),
    VerdictSpec(
        id=VerdictId.LMGRD_REJECTED,
        severity=Severity.CRITICAL,
        blames=BlamedStep.LMGRD,
        meaning="a firewall or router rejects the connect to lmgrd with an ICMP error",
        headline="The connection to {endpoint} is rejected: {icmp}, sent by {sender}.",
        cause="A rule on {sender} rejects the connection to lmgrd.",
        remedies=("Allow TCP {ports} from {local} (and the other clients) to {address} on {sender}.", ASK_NAME),
        said_by={"appscan-validate": 7, "lmgrd-not-running": 3},
        variants={
            Variant.NO_MACHINE: Wording(
                meaning="a router finds no machine with the server's address, or a rule on it says so",
                headline="The connection to {endpoint} is rejected: {icmp}, sent by {sender}.",
                cause=(
                    "A router reports that no machine answers for the server's address (ARP; in IPv6, neighbour "
                    "discovery). The server is off, has another address, or its rules drop that question. Or a rule on "
                    "{sender} rejects the connection with this error."
                ),
                remedies=(
                    "Check that the server is up, has the address {address}, and answers ARP or neighbour discovery.",
                    "On {sender}, check where NAT forwards TCP {ports}, and whether a rule rejects them.",
                    ASK_NAME,
                ),
            ),
        },
        likeliness=60,
    ),
    VerdictSpec(
        id=VerdictId.LMGRD_UNREACHABLE,
        severity=Severity.CRITICAL,
        blames=BlamedStep.LMGRD,
        meaning="this machine has no route to the server's address, or no machine on its local network answers for it",
        headline="{Here} cannot reach {address}: {icmp}.",
        cause="{Here} has no route to the server, or no machine on the local network answers for its address.",
        remedies=(
            ROUTE,
            "Check that the server is up, and that {server} resolves to its present address.",
        ),
        led_to_by={"-96": 7},
        likeliness=250,
    ),
    VerdictSpec(
        id=VerdictId.LMGRD_DENIED,
        severity=Severity.CRITICAL,
        blames=BlamedStep.LMGRD,
        meaning="this machine's own policy forbids the connect to lmgrd",
        headline="{Here} itself forbids the connection to {endpoint}: {detail}.",
        cause="A local firewall, sandbox or security policy stops the connection before it leaves.",
        remedies=(LOCAL_POLICY,),
        likeliness=270,
    ),
    VerdictSpec(
        id=VerdictId.LMGRD_SILENT,
        severity=Severity.CRITICAL,
        blames=BlamedStep.LMGRD,
        meaning="lmgrd's port accepts and takes the request, and never answers",
        headline="{endpoint} accepts the connection and takes the request, but does not answer within {seconds}.",
        cause="lmgrd hangs, a proxy or NAT accepts for a server that is not there, or a firewall drops the answers.",
        remedies=(
            ON_SERVER,
            "Restart the license service on the server, and read its debug log.",
            MIDDLEBOX,
        ),
        led_to_by={"-139": 1},
        said_by={"port-in-use": 2},
        likeliness=130,
    ),
    VerdictSpec(
        id=VerdictId.LMGRD_CLOSES,
        severity=Severity.CRITICAL,
        blames=BlamedStep.LMGRD,
        meaning="lmgrd's port accepts and closes without an answer",
        headline="{endpoint} accepts the connection and {closes} without an answer.",
        cause=(
            "Either lmgrd does not listen there, or something on the way (proxy, load balancer, inspecting firewall) "
            "closes the connection in its place."
        ),
        remedies=(SERVER_ALIVE, ASK_NAME, MIDDLEBOX),
        led_to_by={"-17": 1, "-141": 1},
        likeliness=150,
    ),
    VerdictSpec(
        id=VerdictId.LMGRD_PAYLOAD_LOST,
        severity=Severity.CRITICAL,
        blames=BlamedStep.LMGRD,
        meaning="lmgrd's port accepts, but no data arrives there",
        headline="{endpoint} accepts the connection, but never acknowledges the {sent} bytes of the request.",
        cause="The TCP handshake passes and data does not: an inspecting firewall drops what it does not know.",
        remedies=(
            MIDDLEBOX,
            CAPTURE_BOTH,
        ),
        likeliness=190,
    ),
    VerdictSpec(
        id=VerdictId.LMGRD_GARBLED,
        severity=Severity.CRITICAL,
        blames=BlamedStep.LMGRD,
        meaning="lmgrd's answer looks like FlexNet, but its checksum, length or order is wrong",
        headline="{endpoint} {sends}: {detail}.",
        cause="{garbled_cause}",
        remedies=("{garbled_remedy}", MIDDLEBOX),
        led_to_by={"-12": 2, "-33": 2, "-59": 1, "-140": 1},
        likeliness=210,
    ),
    VerdictSpec(
        id=VerdictId.LMGRD_FOREIGN,
        severity=Severity.CRITICAL,
        blames=BlamedStep.LMGRD,
        meaning="another service answers on lmgrd's port",
        headline="{service_article} answers on {endpoint}, not lmgrd.",
        cause=(
            "Another program listens on this port, or the license path names the wrong port or machine. Its answer "
            "begins with: {start}"
        ),
        remedies=(ASK_NAME, SERVER_ALIVE),
        led_to_by={"-12": 1, "-33": 1, "-140": 2},
        said_by={"port-in-use": 1},
        likeliness=160,
    ),
    VerdictSpec(
        id=VerdictId.LMGRD_ERROR,
        severity=Severity.CRITICAL,
        blames=BlamedStep.LMGRD,
        meaning="lmgrd answers with an error code other than -97",
        headline="lmgrd on {endpoint} answers with error {code}: {code_meaning}.",
        cause="The network is fine as far as lmgrd; the server itself refuses.{code_note}",
        remedies=(
            "{code_remedy}",
            SERVER_LOG,
        ),
        variants={
            Variant.WORDS: Wording(
                meaning="lmgrd answers with an error in words",
                headline="lmgrd on {endpoint} answers with an error, in words: {said}",
                cause="The network is fine as far as lmgrd; the server itself refuses, and gives no error code.",
                remedies=(SERVER_LOG,),
            ),
        },
        led_to_by={"*,274": 1, "-20": 1, "-23": 1, "-60": 1, "-106": 1},
        likeliness=280,
    ),
    VerdictSpec(
        id=VerdictId.RANGE_SHADOWED,
        severity=Severity.CRITICAL,
        blames=BlamedStep.LMGRD,
        meaning="`@host`: a vendor daemon answers in 27000-27009 before lmgrd does",
        headline="The vendor daemon{peer} answers on {endpoint}, where a client that walks 27000-27009 expects lmgrd.",
        cause=(
            "With `{at_server}` a client tries 27000, 27001, … in order, and talks to the first port that accepts. "
            "Here a vendor daemon accepts first, and the client cannot use its answer.{lmgrd_at}"
        ),
        remedies=(
            "Name lmgrd's port in the license path: `{entry}`.",
            "Give that vendor daemon a port above lmgrd's instead: {shadow_pin}, lmgrd on 27000.",
        ),
        said_by={"illegal-connection": 3},
        likeliness=220,
    ),
)
