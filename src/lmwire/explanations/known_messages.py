"""What applications and lmstat say in words, and the error code that each sentence stands for.

The patterns fit text in which every run of white space is one blank, since dialogs wrap their lines.
"""

from __future__ import annotations

import re
from typing import Final, Literal

import msgspec

from lmwire.diagnosis.verdicts import SPECS, VerdictId
from lmwire.errorcodes.codes import Network

__all__ = ["MESSAGES", "KnownMessage"]


class KnownMessage(msgspec.Struct, frozen=True):
    """A sentence that applications, lmstat or a log write.

    Attributes:
        id: stable name.
        pattern: finds it; the groups `host`, `port` and `vendor` name the server, where it has them.
        major: the major code that it stands for; None when it stands for none.
        meaning: what it says beyond that code; may be empty when `major` is set.
        adds: whether it is worth showing when its code is in the text as well.
        network: "yes", "no" or "maybe"; empty when that of `major` holds.
        of_log: whether it is a line of the server's log: it adds to codes other than its own.
    """

    id: str
    pattern: re.Pattern[str]
    major: int | None
    meaning: str = ""
    adds: bool = False
    network: Network | Literal[""] = ""
    of_log: bool = False

    @property
    def verdicts(self) -> tuple[VerdictId, ...]:
        """The verdicts that lead to it, the likeliest first; empty when those of `major` do."""
        led = sorted((spec.said_by[self.id], verdict) for verdict, spec in SPECS.items() if self.id in spec.said_by)
        return tuple(VerdictId(verdict) for _, verdict in led)


def _says(sentence: str) -> re.Pattern[str]:
    """Compile a sentence; no pattern may repeat over an unbounded stretch of text."""
    return re.compile(sentence, re.IGNORECASE | re.ASCII)


_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"

MESSAGES: Final = (
    KnownMessage(
        "appscan-validate",
        _says(
            # The word that follows is a name only in quotes or before a port.
            r"unable to validate (?:the )?(?:license )?server:?"
            rf"(?: (?=['\"]|{_NAME},? (?:on )?port\b)['\"]?(?P<host>{_NAME})['\"]?,?"
            r"(?: (?:on )?port:? ['\"]?(?P<port>[0-9]{1,5})['\"]?)?)?"
        ),
        -96,
        "The AppScan Enterprise wizard could not use the license server. Typical of a firewall that lets lmgrd's port "
        "through and not the vendor daemon's (ibmratl): ping and telnet do not show that",
        adds=True,
    ),
    KnownMessage("machine-down", _says(r"server (?:machine|node) is down or not responding"), -96),
    KnownMessage(
        "daemon-no-socket",
        _says(rf"(?:\b(?P<vendor>{_NAME}): )?no socket connection to license server manager"),
        -7,
        "lmstat on this vendor daemon: lmgrd knows it, but lmstat could not reach it on its own port",
        adds=True,
    ),
    KnownMessage("vendor-down", _says(r"(?:desired )?vendor daemon is down"), -97),
    KnownMessage("cannot-connect", _says(r"(?:cannot|can't|could not) connect to (?:a |the )?license server"), -15),
    KnownMessage("unable-to-connect", _says(r"(?<!is )unable to connect to (?:a |the )?license server"), -15),
    KnownMessage(
        "matlab-connect",
        _says(r"is unable to connect to the license server"),
        -15,
        "MATLAB could not connect to lmgrd, or to the vendor daemon MLM behind it",
    ),
    KnownMessage(
        "ansys-connect",
        _says(r"could not connect to any license server"),
        -15,
        "Ansys: none of the servers of the license path could be used",
    ),
    KnownMessage(
        "lmgrd-not-running",
        _says(r"lmgrd is not running"),
        -15,
        "lmstat got no connection to lmgrd",
    ),
    KnownMessage("cannot-read", _says(r"cannot read data from (?:the )?license server"), -16),
    KnownMessage("cannot-write", _says(r"cannot write data to (?:the )?license server"), -17),
    KnownMessage("no-answer", _says(r"vendor daemon did not respond (?:within )?(?:the )?time-?out"), -52),
    KnownMessage("bad-data", _says(r"invalid returned data from (?:the )?license server"), -12),
    KnownMessage("bad-host", _says(r"(?:cannot|can't) find server host ?name"), -14),
    KnownMessage("checksum", _says(r"communications? checksum|message checksum failure"), -59),
    KnownMessage(
        "this-host", _says(r"failed to connect to ['\"]?this_host|network connect to ['\"]?this_host['\"]? failed"), -95
    ),
    KnownMessage("no-license-file", _says(r"cannot find (?:the )?license file"), -1),
    KnownMessage("no-feature", _says(r"no such feature exists|does not exist in the licensing pool"), -5),
    KnownMessage("unsupported-feature", _says(r"license server (?:system )?does not support this feature"), -18),
    KnownMessage("all-taken", _says(r"licensed number of users already reached"), -4),
    KnownMessage("wrong-host", _says(r"\binvalid host\b"), -9),
    KnownMessage("clock-set-back", _says(r"system clock has been set back"), -88),
    KnownMessage("bad-key", _says(r"invalid (?:\(inconsistent\) )?license key"), -8),
    KnownMessage("no-server-line", _says(r"no server lines? in (?:the )?license file"), -13),
    KnownMessage("expired", _says(r"feature has expired"), -10),
    KnownMessage(
        "illegal-connection",
        _says(rf"illegal connection request to (?P<vendor>{_NAME})"),
        None,
        "A line of the vendor daemon's log: a client connected to this daemon and asked for another one. Two daemons "
        "share or have swapped ports, or a firewall rule or NAT leads to the wrong one",
        network="yes",
    ),
    KnownMessage(
        "daemon-exited",
        _says(rf"(?P<vendor>{_NAME}) exited with status [0-9]{{1,3}}"),
        -97,
        "A line of lmgrd's log: the vendor daemon ended, and clients get no licenses from it until it runs again. "
        '"signal = 17" only says that a child process ended',
        adds=True,
        of_log=True,
    ),
    KnownMessage(
        "port-in-use",
        _says(r"(?:port number in the license, (?P<port>[0-9]{1,5}), is already in use|address in use)"),
        None,
        (
            "A line of the server's log: another program holds the port, often an older lmgrd that is still running, "
            "and this one waits"
        ),
        network="no",
    ),
    KnownMessage(
        "newer-client",
        _says(r"client \([0-9.]{1,12}\) newer than vendor daemon"),
        -83,
        "A line of the vendor daemon's log: it refused the application, so the network works",
        adds=True,
        of_log=True,
    ),
)
