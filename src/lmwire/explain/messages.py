"""What applications and lmstat say in words, and the error code that each sentence stands for.

The patterns fit text in which every run of white space is one blank, since dialogs wrap their lines.
"""

from __future__ import annotations

import re
from typing import Final, Literal

import msgspec

from lmwire.diagnosis.verdicts import VerdictId
from lmwire.errorcodes.codes import Network

__all__ = ["MESSAGES", "Message"]


class Message(msgspec.Struct, frozen=True):
    """A known sentence.

    Attributes:
        id: stable name.
        pattern: finds it; the groups `host`, `port` and `vendor` name the server, where it has them.
        major: the major code that it stands for; None when it stands for none.
        meaning: what it says beyond that code; may be empty when `major` is set.
        adds: whether it is worth showing when its code is in the text as well.
        verdicts: the verdicts that lead to it; empty when those of `major` do.
        network: "yes", "no" or "maybe"; empty when that of `major` holds.
    """

    id: str
    pattern: re.Pattern[str]
    major: int | None
    meaning: str = ""
    adds: bool = False
    verdicts: tuple[VerdictId, ...] = ()
    network: Network | Literal[""] = ""


def _says(sentence: str) -> re.Pattern[str]:
    """Compile a sentence; no pattern may repeat over an unbounded stretch of text."""
    return re.compile(sentence, re.IGNORECASE | re.ASCII)


_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
_VENDOR_PORT: Final = (VerdictId.VENDOR_FILTERED, VerdictId.VENDOR_REFUSED, VerdictId.VENDOR_REJECTED)

MESSAGES: Final = (
    Message(
        "appscan-validate",
        _says(
            # The word that follows is a name only in quotes or before a port.
            r"unable to validate (?:the )?(?:license )?server:?"
            rf"(?: (?=['\"]|{_NAME},? (?:on )?port\b)['\"]?(?P<host>{_NAME})['\"]?,?"
            r"(?: (?:on )?port:? ['\"]?(?P<port>[0-9]{1,5})['\"]?)?)?"
        ),
        -96,
        "The AppScan Enterprise wizard could not use the license server. Typical behind a firewall that lets lmgrd's "
        "port through and not the vendor daemon's (ibmratl), which ping and telnet do not show",
        adds=True,
        verdicts=(
            *_VENDOR_PORT,
            VerdictId.REFERRAL_UNRESOLVABLE,
            VerdictId.LMGRD_FILTERED,
            VerdictId.LMGRD_REFUSED,
            VerdictId.LMGRD_REJECTED,
        ),
    ),
    Message("machine-down", _says(r"server (?:machine|node) is down or not responding"), -96),
    Message(
        "daemon-no-socket",
        _says(rf"(?:\b(?P<vendor>{_NAME}): )?no socket connection to license server manager"),
        -7,
        "lmstat on this vendor daemon: lmgrd knows it, and it could not be reached on its own port",
        adds=True,
        verdicts=(*_VENDOR_PORT, VerdictId.VENDOR_CLOSES),
    ),
    Message("vendor-down", _says(r"(?:desired )?vendor daemon is down"), -97),
    Message("cannot-connect", _says(r"(?:cannot|can't|could not) connect to (?:a |the )?license server"), -15),
    Message("unable-to-connect", _says(r"(?<!is )unable to connect to (?:a |the )?license server"), -15),
    Message(
        "matlab-connect",
        _says(r"is unable to connect to the license server"),
        -15,
        "MATLAB could not connect to lmgrd, or to the vendor daemon MLM behind it",
    ),
    Message(
        "ansys-connect",
        _says(r"could not connect to any license server"),
        -15,
        "Ansys: none of the servers of the license path could be used",
    ),
    Message(
        "lmgrd-not-running",
        _says(r"lmgrd is not running"),
        -15,
        "lmstat got no connection to lmgrd",
        verdicts=(VerdictId.LMGRD_REFUSED, VerdictId.LMGRD_FILTERED, VerdictId.LMGRD_REJECTED),
    ),
    Message("cannot-read", _says(r"cannot read data from (?:the )?license server"), -16),
    Message("cannot-write", _says(r"cannot write data to (?:the )?license server"), -17),
    Message("no-answer", _says(r"vendor daemon did not respond (?:within )?(?:the )?time-?out"), -52),
    Message("bad-data", _says(r"invalid returned data from (?:the )?license server"), -12),
    Message("bad-host", _says(r"(?:cannot|can't) find server host ?name"), -14),
    Message("checksum", _says(r"communications? checksum|message checksum failure"), -59),
    Message("this-host", _says(r"failed to connect to ['\"]?this_host"), -95),
    Message("no-license-file", _says(r"cannot find (?:the )?license file"), -1),
    Message("no-feature", _says(r"no such feature exists|does not exist in the licensing pool"), -5),
    Message("unsupported-feature", _says(r"license server (?:system )?does not support this feature"), -18),
    Message("all-taken", _says(r"licensed number of users already reached"), -4),
    Message("wrong-host", _says(r"\binvalid host\b"), -9),
    Message("expired", _says(r"feature has expired"), -10),
    Message(
        "illegal-connection",
        _says(rf"illegal connection request to (?P<vendor>{_NAME})"),
        None,
        "A line of the vendor daemon's log: a client came to this daemon's port and asked for another one. Two daemons "
        "share or have swapped ports, or a firewall rule or NAT leads to the wrong one",
        verdicts=(VerdictId.VENDOR_CLOSES, VerdictId.VENDOR_SILENT, VerdictId.RANGE_SHADOWED),
        network="yes",
    ),
    Message(
        "daemon-exited",
        _says(rf"(?P<vendor>{_NAME}) exited with status [0-9]{{1,3}}"),
        -97,
        "A line of lmgrd's log: the vendor daemon ended, and nobody gets a license until it runs again. "
        '"signal = 17" only tells that a child process ended',
        adds=True,
    ),
    Message(
        "port-in-use",
        _says(r"(?:port number in the license, (?P<port>[0-9]{1,5}), is already in use|address in use)"),
        None,
        "A line of the server's log: another program holds the port, often a second lmgrd, and this one waits",
        verdicts=(VerdictId.LMGRD_FOREIGN, VerdictId.LMGRD_SILENT, VerdictId.VENDOR_DAEMON_DOWN),
        network="no",
    ),
    Message(
        "newer-client",
        _says(r"client \([0-9.]{1,12}\) newer than vendor daemon"),
        -83,
        "A line of the vendor daemon's log: it turned the application away, so the network works",
        adds=True,
    ),
)
