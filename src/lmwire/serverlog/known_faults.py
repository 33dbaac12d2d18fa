"""Lines that name a fault: what each means, and what to do. The words are those of FlexNet's manual and of public logs.

Sources: "Configuration Problem Messages" and "Daemon Software Error Messages" of the License Administration Guide, and
support notes of Synopsys, Siemens, MathWorks, Coverity, Xilinx and Rockwell Automation. "Seen in" names the page that
quotes a line. "Not seen quoted" marks lines that no page that could be read quotes: what lmwire says of them is only
what the line itself says, and it always shows the line.
"""

from __future__ import annotations

from typing import Final

import msgspec

__all__ = ["DETAILS", "EXIT_STATUSES", "FAULTS", "FEATURELESS", "Detail", "Fault"]


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """A fault that a line of the log names.

    Attributes:
        id: the id of the problem.
        patterns: regular expressions over bytes, tried in order. The group `what` names the thing, the group `daemon`
            the daemon that the line is about, if another one writes it.
        words: what is wrong. `{who}` is the daemon, `{what}` lists the things, `{line}` quotes the first line.
        remedy: what to do. It may have the same names.
        ends: whether the daemon that writes the line exits.
        keeps_down: whether it is the reason when the daemon is down at the end of the log.
        blocks: whether clients get no license until a later line shows that the daemon serves.
    """

    id: str
    patterns: tuple[bytes, ...]
    words: str
    remedy: str = ""
    ends: bool = False
    keeps_down: bool = True
    blocks: bool = False


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """A line that adds to the fault on a line before it.

    Attributes:
        fault: the id of that fault.
        pattern: a regular expression over bytes; the group `what` is what it adds.
        words: how to say it; `{what}` lists what was added.
    """

    fault: str
    pattern: bytes
    words: str


_NAME: Final = rb"[^\s()\"]{1,64}"
_HOST: Final = rb"[^\s()\":]{1,255}"

FAULTS: Final = (
    Fault(
        id="temporary-directory",
        patterns=(
            rb"Can(?:'t|not) (?:(?:make|create) directory|open|create|write) (?P<what>/[^\s,]{0,200}/\.flexlm)\b.*",
        ),
        words="{who} cannot use the directory {what}: {line}",
        remedy="On the server, create /usr/tmp with mode 1777: `mkdir -p /usr/tmp && chmod 1777 /usr/tmp`",
    ),
    Fault(
        id="server-name-wrong",
        patterns=(
            rb"\"?(?P<what>" + _HOST + rb")\"?: Not a valid (?:license )?server ?host(?: ?name)?\b.*",
            rb"Unknown host: \"?(?P<what>" + _HOST + rb").*",
        ),
        words="The SERVER line names {what}, which is not this machine: {line}",
        remedy="Write the server's own host name on the SERVER line, then start {manager} again",
        ends=True,
    ),
    Fault(
        id="hostid-wrong",
        # "Wrong hostid": not seen quoted.
        patterns=(rb"\"?" + _HOST + rb"\"?: Wrong host ?id\b.*", rb"Invalid host ?id on (?:the )?SERVER line.*"),
        words="{who} reports a wrong host id on the SERVER line: {line}",
        remedy="Compare it with `lmutil lmhostid` on the server. Only the vendor can issue a file for another host id",
    ),
    Fault(
        id="lock-file",
        patterns=(
            rb"(?:Can(?:'t|not)|Unable to|Could not) (?:re-?)?(?:open|create|lock) (?:\w{1,8} ){0,3}lock ?file\b.*",
            rb"Permission [Dd]enied: (?P<what>/?\S{0,200}lock\S{1,80}).*",
            # Seen in "Frequently Asked Questions (FAQ) about the Flexible License Manager (FLEXlm) from Highland
            # Software", I.1: the server keeps reporting "lost lock" errors in the log file and exits.
            rb"lost lock\b.*",
        ),
        words="{who} cannot get its lock file: {line}",
        remedy="Stop every other copy of {who}. If none runs, delete the lock file that an earlier one left: "
        "/var/tmp/lock{who} or /usr/tmp/lock{who}",
    ),
    Fault(
        id="multiple-servers",
        # Seen in "The Debug Log File" of FLEXlm's End User Manual: "MULTIPLE xxx servers running".
        patterns=(rb"MULTIPLE \"?(?P<daemon>" + _NAME + rb")\"? (?:license server systems?|servers?) running\b.*",),
        words="A second copy of {who} is running",
        remedy="Stop it: `ps -ef | grep {who}` shows it on Unix, the task manager on Windows. It may be left from a "
        "{manager} that was killed. Then start {manager} again",
        blocks=True,
    ),
    Fault(
        id="ports-conflict",
        patterns=(rb"(?:ERROR: ?)?license files have conflicting port numbers\b.*",),
        words="The license files have conflicting port numbers for {manager}",
        remedy="Write the same port on the SERVER line of every license file that {manager} reads, then start it again",
        ends=True,
    ),
    Fault(
        id="server-order",
        patterns=(rb"License File SERVER line order mismatch\b.*",),
        words="The servers of the triad disagree: {line}",
        remedy="Give all three servers the same license file: its SERVER lines must be in the same order",
        blocks=True,
    ),
    Fault(
        id="key-invalid",
        patterns=(
            rb"Invalid (?:\(inconsistent\) )?license key\b.*",
            # Not seen quoted.
            rb"BAD CODE for (?P<what>" + _NAME + rb").*",
        ),
        words="{who} reports license lines with an invalid key: {line}",
        remedy="Often somebody edited these lines, or they were damaged on the way. Run `lmwire license lint` on the "
        "file, or get the lines from the vendor again",
    ),
    Fault(
        id="feature-not-started",
        patterns=(rb"Feature (?P<what>\S{1,128} is not enabled yet, starts on .{1,40})",),
        words="{who} does not serve licenses that are not yet valid: {what}",
        remedy="Check the server's clock. Until that day the feature needs another license",
    ),
    Fault(
        id="feature-expired",
        patterns=(rb"EXPIRED: \"?(?P<what>[^\s\"]{1,128})\"?.*",),
        words="{who} does not serve features that have expired: {what}",
        remedy="Get new licenses from the vendor, unless another line of the license file still covers them",
    ),
    Fault(
        id="licenses-disabled",
        patterns=(rb"Disabling (?P<what>\d{1,9} licenses? from feature [^\s()]{1,128}).*",),
        words="{who} disabled licenses: {what}",
        keeps_down=False,
    ),
    Fault(
        id="lost-lmgrd",
        patterns=(rb"Lost (?:connection to|communications? with) (?:lmgrd|lmadmin|license server manager)\b.*",),
        words="{who} lost its connection to {manager} and exited: {line}",
        remedy="Look for the reason why {manager} ended or hung, then start it again",
        ends=True,
    ),
    Fault(
        id="lmgrd-unreachable",
        patterns=(rb"Vendor daemon can(?:'t|not) talk to (?:lmgrd|lmadmin)\b.*",),
        words="{who} cannot connect to {manager} on its own server: {line}",
        remedy="On the server, the host name of the SERVER line must resolve to the server itself, and no local "
        "firewall may stop the connection",
        ends=True,
    ),
    Fault(
        id="license-file-unreadable",
        patterns=(rb"Error opening the license file,? ?(?P<what>.{0,200})",),
        words="{who} cannot open its license file: {line}",
        remedy="Start {manager} with `-c` and the path of the license file. Without it, {who} may take `port@host` "
        "from an environment variable for a file",
    ),
    Fault(
        id="vendor-line-missing",
        # Not seen quoted.
        patterns=(
            rb"(?i:no (?:DAEMON|VENDOR) lines? for) (?P<what>" + _NAME + rb").*",
            rb"(?i:no (?:DAEMON|VENDOR) lines?)\b.*",
        ),
        words="{who} reports that the license file lacks a VENDOR line: {line}",
        remedy="Add the VENDOR line from the vendor's file, then start {manager} again",
    ),
    Fault(
        id="options-file",
        # Not seen quoted.
        patterns=(rb"(?i:cannot open options file) \"?(?P<what>[^\"]{1,300})\"?.*",),
        words="{who} reports that it cannot open an options file: {line}",
        remedy="Correct its path on the VENDOR line, or its permissions",
        keeps_down=False,
    ),
)
"""The known faults. Their ids are ids of problems."""

DETAILS: Final = (
    Detail(
        fault="server-name-wrong",
        pattern=rb"Valid license server(?: system)? hosts? (?:are|is): (?P<what>.{1,300})",
        words="This machine is called {what}",
    ),
    Detail(fault="ports-conflict", pattern=rb"(?P<what>-?\d{1,6} and -?\d{1,6})", words="They name {what}"),
    Detail(
        fault="key-invalid",
        # Only the fields that tell which line it is: the rest has the signature.
        pattern=rb"==> ?(?P<what>[A-Z]{4,12}(?: {1,8}[^\s\[]{1,100}){1,5}).*",
        words="Lines: {what}",
    ),
    Detail(fault="key-invalid", pattern=rb"==> ?(?P<what>\S{1,100}).*", words="Lines: {what}"),
)
"""Lines that add to a fault."""

_NO_FEATURES: Final = (
    "It found nothing to serve: the SERVER line's hostid or name does not match the server, or the license file has no "
    "feature of this vendor daemon"
)
_LOST_LMGRD: Final = "It lost its connection to the license server manager"
_ANOTHER: Final = (
    "Another copy of it is already running, or the lock file of an earlier one is left: stop that copy, and delete the "
    "lock file in /var/tmp or /usr/tmp if none runs"
)

EXIT_STATUSES: Final = {
    2: "Its program does not run on the server: it is broken, or a library is missing or has another version",
    27: f"{_NO_FEATURES} (Windows)",
    28: _LOST_LMGRD,
    32: _ANOTHER,
    36: f"{_NO_FEATURES} (Unix)",
    37: _LOST_LMGRD,
    41: _ANOTHER,
    58: "Another copy of it is already running: stop that copy, or wait until it has exited and its port is free",
    67: "The server cannot resolve its own name or localhost: add both to its hosts file",
}
"""Exit status of a vendor daemon, also the number after EXITING DUE TO SIGNAL → its known meaning."""

FEATURELESS: Final = frozenset({27, 36})
"""Exit statuses of a vendor daemon that has nothing to serve."""
