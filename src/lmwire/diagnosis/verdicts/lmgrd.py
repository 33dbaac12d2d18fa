"""The verdicts on lmgrd: its port, and what answers there."""

from __future__ import annotations

from typing import Final

from lmwire.diagnosis.model import Severity
from lmwire.diagnosis.verdicts.ids import Variant, VerdictId
from lmwire.diagnosis.verdicts.remedies import (
    ASK_NAME,
    LOCAL_POLICY,
    MIDDLEBOX,
    ON_SERVER,
    OPEN_LMGRD,
    ROUTE,
    SERVER_ALIVE,
)
from lmwire.diagnosis.verdicts.spec import QUICK, BlamedStep, OlderCode, ShownCode, VerdictSpec, Wording

__all__ = ["SPECS"]


SPECS: Final = (
    VerdictSpec(
        id=VerdictId.LMGRD_FILTERED,
        severity=Severity.CRITICAL,
        blames=BlamedStep.LMGRD,
        meaning="the connect to lmgrd got no answer: its port is filtered, or nobody has the address",
        headline="No answer from {endpoint} within {seconds}: lmgrd's port is filtered.",
        cause=(
            "Something drops the packets to lmgrd's port: a firewall on the way or on the server. Or the address "
            "{address} is no longer the server's."
        ),
        remedies=(OPEN_LMGRD, ASK_NAME),
        shows={
            "": ShownCode("-15,570", 20),
        },
        led_to_by={"-96": 6},
        likeliness=40,
    ),
    VerdictSpec(
        id=VerdictId.LMGRD_REFUSED,
        severity=Severity.CRITICAL,
        blames=BlamedStep.LMGRD,
        meaning="the machine answers, but nothing listens on lmgrd's port",
        headline="{endpoint} refuses the connection: nothing listens there.",
        cause=(
            "The machine is up, and lmgrd is not running, or runs on another port. (A firewall that answers with a "
            "reset looks the same.)"
        ),
        remedies=(SERVER_ALIVE, "Start the license service and read the end of its debug log.", ASK_NAME),
        shows={
            "": ShownCode("-15,570", QUICK),
        },
        shows_by_documents=(OlderCode("older, Windows", "-15,10:10061", "cannot connect to license server"),),
        led_to_by={"-95": 1},
        likeliness=30,
    ),
    VerdictSpec(
        id=VerdictId.LMGRD_REJECTED,
        severity=Severity.CRITICAL,
        blames=BlamedStep.LMGRD,
        meaning="a firewall or router answered the connect to lmgrd with an ICMP error",
        headline="The connection to {endpoint} is rejected: {icmp}, sent by {sender}.",
        cause="A rule on {sender} turns the connection to lmgrd away.",
        remedies=("Allow TCP {ports} from {local} (and the other clients) to {address} on {sender}.", ASK_NAME),
        shows={
            "": ShownCode("-15,570", QUICK),
        },
        likeliness=60,
    ),
    VerdictSpec(
        id=VerdictId.LMGRD_UNREACHABLE,
        severity=Severity.CRITICAL,
        blames=BlamedStep.LMGRD,
        meaning="this machine has no way to the server's address: no route, or nobody on the local link has it",
        headline="{address} can't be reached from this machine: {icmp}.",
        cause="There is no route to the server, or nobody on the local network answers for its address.",
        remedies=(ROUTE, "Check that the server is up and that {server} resolves to its present address."),
        shows={
            "": ShownCode("-15,570", 6),
        },
        led_to_by={"-96": 7},
        likeliness=250,
    ),
    VerdictSpec(
        id=VerdictId.LMGRD_DENIED,
        severity=Severity.CRITICAL,
        blames=BlamedStep.LMGRD,
        meaning="this machine's own policy forbids the connect to lmgrd",
        headline="This machine itself forbids the connection to {endpoint}: {detail}.",
        cause="A local firewall, sandbox or security policy stops the connection before it leaves.",
        remedies=(LOCAL_POLICY,),
        shows={
            "": ShownCode("-15,570", QUICK),
        },
        likeliness=270,
    ),
    VerdictSpec(
        id=VerdictId.LMGRD_SILENT,
        severity=Severity.CRITICAL,
        blames=BlamedStep.LMGRD,
        meaning="lmgrd's port accepts and takes the request, and never answers",
        headline="{endpoint} accepts the connection, takes the request and does not answer within {seconds}.",
        cause=(
            "What accepts is not what answers: lmgrd hangs, a proxy or NAT accepts for a server that is not there, or "
            "a firewall eats the answers."
        ),
        remedies=(
            ON_SERVER,
            "Restart the license service and read its debug log.",
            MIDDLEBOX,
        ),
        shows={
            "": ShownCode("-16,287", 20),
        },
        led_to_by={"-139": 1},
        likeliness=130,
    ),
    VerdictSpec(
        id=VerdictId.LMGRD_CLOSES,
        severity=Severity.CRITICAL,
        blames=BlamedStep.LMGRD,
        meaning="lmgrd's port accepts and closes without an answer",
        headline="{endpoint} accepts the connection and closes it without an answer.",
        cause=(
            "Either no lmgrd listens there, or something between (proxy, load balancer, inspecting firewall) ends the "
            "connection on its behalf."
        ),
        remedies=(SERVER_ALIVE, ASK_NAME, MIDDLEBOX),
        shows={
            "": ShownCode("-7,10015", QUICK),
            "reset": ShownCode("-16,10009", QUICK),
        },
        led_to_by={"-17": 1, "-141": 1},
        likeliness=150,
    ),
    VerdictSpec(
        id=VerdictId.LMGRD_PAYLOAD_LOST,
        severity=Severity.CRITICAL,
        blames=BlamedStep.LMGRD,
        meaning="lmgrd's port accepts, but payload never arrives there",
        headline="{endpoint} accepts the connection, but our {sent} bytes were never acknowledged.",
        cause="The TCP handshake passes and data does not: an inspecting firewall drops what it does not know.",
        remedies=(MIDDLEBOX, "Compare a capture on this machine with one on the server: the data is missing there."),
        shows={
            "": ShownCode("-16,287", 20),
        },
        likeliness=190,
    ),
    VerdictSpec(
        id=VerdictId.LMGRD_GARBLED,
        severity=Severity.CRITICAL,
        blames=BlamedStep.LMGRD,
        meaning="lmgrd's answer is FlexNet-shaped but wrong in checksum, length or order",
        headline="{endpoint} answers, but not rightly: {detail}.",
        cause="{garbled_cause}",
        remedies=("{garbled_remedy}", MIDDLEBOX),
        shows={
            "": ShownCode("-59,731", QUICK),
            "sum": ShownCode("-59,688", QUICK),
            "truncated": ShownCode("-16,10010", 20),
        },
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
            "The port is taken by another program, or the license path names the wrong port or machine. "
            "It began with: {start}"
        ),
        remedies=(ASK_NAME, SERVER_ALIVE),
        shows={
            "": ShownCode("-16,10010", 20),
            "HTTP": ShownCode("-7,10015", QUICK),
            "TLS": ShownCode("-7,10015", QUICK),
        },
        led_to_by={"-12": 1, "-33": 1, "-140": 2},
        likeliness=160,
    ),
    VerdictSpec(
        id=VerdictId.LMGRD_ERROR,
        severity=Severity.CRITICAL,
        blames=BlamedStep.LMGRD,
        meaning="lmgrd answers with an error code other than -97",
        headline="lmgrd on {endpoint} answers with error {code}.",
        cause=(
            "The network is fine as far as lmgrd; the server refuses by itself. `lmwire explain {code}` tells what the "
            "code means."
        ),
        remedies=("Follow `lmwire explain {code}`.", "Read the server's debug log at this minute."),
        variants={
            Variant.WORDS: Wording(
                meaning="lmgrd answers with an error in words",
                headline="lmgrd on {endpoint} answers with an error, in words: {said}",
                cause="The network is fine as far as lmgrd; the server refuses by itself, and gives no error code.",
                remedies=("Read the server's debug log at this minute.",),
            ),
        },
        no_code_because="The application shows the code that the server answers, and 274.",
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
            "With `{at_server}` a client tries 27000, 27001, … and talks to whatever accepts first. Here that is a "
            "vendor daemon, and the client is confused by its answer.{lmgrd_at}"
        ),
        remedies=(
            "Name lmgrd's port in the license path: `{entry}`.",
            "Or give that vendor daemon a port above lmgrd's: {shadow_pin}, lmgrd on 27000.",
        ),
        shows={
            "": ShownCode("-15,29", QUICK),
        },
        likeliness=220,
    ),
)
