"""Every verdict: what it means, and the words in which a person is told.

The ids are part of the public API. Texts are templates over the names that `lmwire.diagnosis.values` gives;
what comes from the network is escaped there, never here.
"""

from __future__ import annotations

from typing import Final

import msgspec

from lmwire.diagnosis.remedies import (
    ASK_NAME,
    CONSOLE,
    HOSTS_FILE,
    LOCAL_POLICY,
    LOCATE,
    MIDDLEBOX,
    ON_SERVER,
    OPEN_LMGRD,
    OPEN_VENDOR,
    PIN,
    RNAME,
    ROUTE,
    SERVER_ALIVE,
    SERVER_LINE,
    VENDOR_LOG,
)

__all__ = ["CATALOGUE", "Entry"]


class Entry(msgspec.Struct, frozen=True):
    """One verdict of the catalogue.

    Attributes:
        meaning: when it is given, without names: for lists and documentation.
        headline: one sentence with the names filled in.
        cause: why, for the person who must fix it.
        remedies: what to do, the likeliest first.
    """

    meaning: str
    headline: str
    cause: str
    remedies: tuple[str, ...] = ()


CATALOGUE: Final[dict[str, Entry]] = {
    "healthy": Entry(
        "the referral was followed and the vendor daemon answered the hello",
        "The way to a license is open: lmgrd refers to {rhost}:{rport}, and {vendor} answers there.",
        "Nothing on the network is wrong. An application that still gets no license is refused for other reasons: "
        "its error code tells (`lmwire explain CODE`).",
    ),
    "name-unresolvable": Entry(
        "the server's name does not resolve on this machine",
        "The name {server} does not resolve on this machine: {name_fault}.",
        "The application can't even find the server. Either the name in the license path is misspelt, or this "
        "machine asks a DNS that does not know it (VPN not connected, a missing search domain, a container).",
        (
            "Check the spelling of {server} in the license path.",
            "Use the server's full name (with its domain), or its address, in the license path.",
            f"Make {{server}} resolve here: DNS, VPN, or a line in {HOSTS_FILE}.",
        ),
    ),
    "lmgrd-filtered": Entry(
        "the connect to lmgrd got no answer: its port is filtered, or nobody has the address",
        "No answer from {endpoint} within {seconds}: lmgrd's port is filtered.",
        "Something drops the packets to lmgrd's port: a firewall on the way or on the server. Or the address "
        "{address} is no longer the server's.",
        (OPEN_LMGRD, ASK_NAME),
    ),
    "lmgrd-refused": Entry(
        "the machine answers, but nothing listens on lmgrd's port",
        "{endpoint} refuses the connection: nothing listens there.",
        "The machine is up, and lmgrd is not running, or runs on another port. (A firewall that answers with a "
        "reset looks the same.)",
        (SERVER_ALIVE, "Start the license service and read the end of its debug log.", ASK_NAME),
    ),
    "lmgrd-rejected": Entry(
        "a firewall or router answered the connect to lmgrd with an ICMP error",
        "The connection to {endpoint} is rejected: {icmp}, sent by {sender}.",
        "A rule on {sender} turns the connection to lmgrd away.",
        ("Allow TCP {ports} from {local} (and the other clients) to {address} on {sender}.", ASK_NAME),
    ),
    "lmgrd-unreachable": Entry(
        "this machine has no way to the server's address: no route, or nobody on the local link has it",
        "{address} can't be reached from this machine: {icmp}.",
        "There is no route to the server, or nobody on the local network answers for its address.",
        (ROUTE, "Check that the server is up and that {server} resolves to its present address."),
    ),
    "lmgrd-denied": Entry(
        "this machine's own policy forbids the connect to lmgrd",
        "This machine itself forbids the connection to {endpoint}: {detail}.",
        "A local firewall, sandbox or security policy stops the connection before it leaves.",
        (LOCAL_POLICY,),
    ),
    "lmgrd-silent": Entry(
        "lmgrd's port accepts and takes the request, and never answers",
        "{endpoint} accepts the connection, takes the request and does not answer within {seconds}.",
        "What accepts is not what answers: lmgrd hangs, a proxy or NAT accepts for a server that is not there, or "
        "a firewall eats the answers.",
        (
            ON_SERVER,
            "Restart the license service and read its debug log.",
            MIDDLEBOX,
        ),
    ),
    "lmgrd-closes": Entry(
        "lmgrd's port accepts and closes without an answer",
        "{endpoint} accepts the connection and closes it without an answer.",
        "Either no lmgrd listens there, or something between (proxy, load balancer, inspecting firewall) ends the "
        "connection on its behalf.",
        (SERVER_ALIVE, ASK_NAME, MIDDLEBOX),
    ),
    "lmgrd-payload-lost": Entry(
        "lmgrd's port accepts, but payload never arrives there",
        "{endpoint} accepts the connection, but our {sent} bytes were never acknowledged.",
        "The TCP handshake passes and data does not: an inspecting firewall drops what it does not know.",
        (MIDDLEBOX, "Compare a capture on this machine with one on the server: the data is missing there."),
    ),
    "lmgrd-garbled": Entry(
        "lmgrd's answer is FlexNet-shaped but wrong in checksum, length or order",
        "{endpoint} answers, but not rightly: {detail}.",
        "{garbled_cause}",
        ("{garbled_remedy}", MIDDLEBOX),
    ),
    "lmgrd-foreign": Entry(
        "another service answers on lmgrd's port",
        "{service_article} answers on {endpoint}, not lmgrd.",
        "The port is taken by another program, or the license path names the wrong port or machine. "
        "It began with: {start}",
        (ASK_NAME, SERVER_ALIVE),
    ),
    "vendor-daemon-down": Entry(
        "lmgrd answers that the vendor daemon is down (-97)",
        "lmgrd on {endpoint} says that the vendor daemon {vendor} is down (-97).",
        "lmgrd runs, the vendor daemon does not: it crashed, found no valid license, or is not in the server's "
        "license file under that name.",
        (
            "Read the end of the server's debug log{log_lines}.",
            "Check that the server's license file has {vendor_line}: names are case-sensitive.{daemons}",
            "Restart the license service (or `lmutil lmreread`).",
        ),
    ),
    "lmgrd-error": Entry(
        "lmgrd answers with an error code other than -97",
        "lmgrd on {endpoint} answers with error {code}.",
        "The network is fine as far as lmgrd; the server refuses by itself. `lmwire explain {code}` tells what the "
        "code means.",
        ("Follow `lmwire explain {code}`.", "Read the server's debug log at this minute."),
    ),
    "range-shadowed": Entry(
        "`@host`: a vendor daemon answers in 27000-27009 before lmgrd does",
        "The vendor daemon{peer} answers on {endpoint}, where a client that walks 27000-27009 expects lmgrd.",
        "With `{at_server}` a client tries 27000, 27001, … and talks to whatever accepts first. Here that is a vendor "
        "daemon, and the client is confused by its answer.{lmgrd_at}",
        (
            "Name lmgrd's port in the license path: `{entry}`.",
            "Or give that vendor daemon a port above lmgrd's: {shadow_pin}, lmgrd on 27000.",
        ),
    ),
    "referral-invalid": Entry(
        "the referral has port 0, a port above 65535 or no host, or points back at lmgrd",
        "lmgrd refers the application to {rhost}:{rport}, and there is no such TCP port.",
        "The vendor daemon did not tell lmgrd a usable port, or something on the way rewrites the referral.",
        (
            "Restart the license service and read the debug log: on which port does {vendor} start?",
            "Pin the vendor daemon's port in the server's license file: {pin_27001}.",
        ),
    ),
    "referral-unresolvable": Entry(
        "the host name in lmgrd's referral does not resolve on this machine",
        "lmgrd refers the application to {rhost}:{rport}, and {rhost} does not resolve on this machine.",
        "The server calls itself {rhost}, a name that is unknown here. Clients then try lmgrd's own address, "
        "{own}, with port {rport}: {fallback}",
        (RNAME, "{fallback_remedy}", SERVER_LINE),
    ),
    "referral-elsewhere": Entry(
        "the host name in lmgrd's referral leads to another address, where the vendor daemon is not to be reached",
        "lmgrd refers the application to {rhost}:{rport}, which resolves to {named}, not to {own}; {named_fate}.",
        "Name and address do not fit together seen from here: NAT, or a DNS that gives the inside address. Clients "
        "then try lmgrd's own address, {own}, with port {rport}: {fallback}",
        (RNAME, "{fallback_remedy}", SERVER_LINE),
    ),
    "referral-loopback": Entry(
        "the host name in lmgrd's referral resolves to a loopback address",
        "lmgrd refers the application to {rhost}:{rport}, and {rhost} is {named} here: this very machine.",
        'A name of the server\'s that means "myself" leaked into the referral (its /etc/hosts maps its own name to '
        "loopback, or it is called localhost). Clients then try lmgrd's own address, {own}, with port {rport}: "
        "{fallback}",
        (SERVER_LINE, "{fallback_remedy}", RNAME),
    ),
    "vendor-filtered": Entry(
        "lmgrd answers, but the connect to the vendor daemon gets no answer: its port is filtered",
        "The vendor daemon's port {rport} on {vaddress} is filtered: no answer within {seconds}.",
        "lmgrd's port {port} is open and {vendor}'s is not: a firewall between or on the server drops it. That is why "
        "`telnet {server_word} {port}` works and the application does not.",
        (OPEN_VENDOR, LOCATE, PIN, CONSOLE),
    ),
    "vendor-refused": Entry(
        "lmgrd answers, but nothing listens on the vendor daemon's port (or a firewall resets)",
        "The vendor daemon's port {rport} on {vaddress} refuses the connection.",
        "lmgrd believes that {vendor} listens on {rport}, and nothing does where the connection ends: the daemon "
        "died or restarted on another port, a NAT forwards {port} but not {rport}, or a firewall answers with a reset.",
        (
            VENDOR_LOG,
            "Behind NAT or in a container, map the vendor port too, with the same number outside as inside: {rport}.",
            PIN,
            CONSOLE,
            OPEN_VENDOR,
            LOCATE,
        ),
    ),
    "vendor-rejected": Entry(
        "lmgrd answers, but a firewall or router rejects the vendor daemon's port with an ICMP error",
        "The vendor daemon's port {rport} on {vaddress} is rejected: {icmp}, sent by {sender}.",
        "A rule on {sender} lets lmgrd's port {port} through and turns {vendor}'s away.",
        ("Allow TCP {rport} from {local} (and the other clients) to {vaddress} on {sender}.", PIN, CONSOLE),
    ),
    "vendor-unreachable": Entry(
        "lmgrd answers, but this machine has no way to the vendor daemon's address",
        "The vendor daemon's port {rport} on {vaddress} can't be reached from this machine: {icmp}.",
        "lmgrd's port {port} answers at that very address, so the way there depends on the port (policy routing, a VPN "
        "for some ports only), was lost meanwhile, or a firewall rejects {vendor}'s port: not every system tells "
        "which.",
        ("Run it again: does lmgrd still answer?", OPEN_VENDOR, ROUTE),
    ),
    "vendor-denied": Entry(
        "lmgrd answers, but this machine's own policy forbids the connect to the vendor daemon",
        "This machine itself forbids the connection to {endpoint}: {detail}.",
        "A local firewall, sandbox or security policy lets lmgrd's port through and not the vendor daemon's.",
        (LOCAL_POLICY, PIN, CONSOLE),
    ),
    "vendor-silent": Entry(
        "the vendor daemon's port accepts and takes the hello, and never answers",
        "The vendor daemon's port {endpoint} accepts the connection and does not answer within {seconds}.",
        "What accepts is not what answers: {vendor} hangs, a proxy or NAT accepts for a port that is not open "
        "behind it, or a firewall eats the answers.",
        (
            VENDOR_LOG,
            ON_SERVER,
            MIDDLEBOX,
        ),
    ),
    "vendor-closes": Entry(
        "the vendor daemon's port accepts and closes without an answer",
        "The vendor daemon's port {endpoint} accepts the connection and {closes} without an answer.",
        "The daemon refuses to talk (overloaded, crashing, out of file descriptors), or a proxy or load balancer "
        "accepts for a port that it can't reach.",
        (VENDOR_LOG, MIDDLEBOX),
    ),
    "vendor-payload-lost": Entry(
        "the vendor daemon's port accepts, but payload never arrives there",
        "The vendor daemon's port {endpoint} accepts the connection, but our {sent} bytes were never acknowledged.",
        "The TCP handshake passes and data does not: an inspecting firewall drops what it does not know.",
        (MIDDLEBOX, "Compare a capture on this machine with one on the server: the data is missing there."),
    ),
    "vendor-garbled": Entry(
        "the vendor daemon's answer is FlexNet-shaped but wrong in checksum, length or order",
        "{endpoint} answers, but not rightly: {detail}.",
        "{garbled_cause}",
        ("{garbled_remedy}", MIDDLEBOX),
    ),
    "vendor-foreign": Entry(
        "another service answers on the vendor daemon's port",
        "{service_article} answers on {endpoint}, not the vendor daemon.",
        "The vendor daemon's port is taken by another program, or the referral leads to another machine. It began "
        "with: {start}",
        (VENDOR_LOG, PIN, CONSOLE, "{rhost_remedy}"),
    ),
    "vendor-error": Entry(
        "the vendor daemon answers the hello with an error code",
        "The vendor daemon on {endpoint} answers with error {code}.",
        "The network is fine all the way; {vendor} refuses by itself. `lmwire explain {code}` tells what the code "
        "means.",
        ("Follow `lmwire explain {code}`.", VENDOR_LOG),
    ),
    "inconclusive": Entry(
        "the evidence does not tell; the reason is given",
        "No verdict: {reason}.",
        "What was seen does not tell what is wrong, and a guess would be worse than none.",
        ("{inconclusive_remedy}",),
    ),
}
