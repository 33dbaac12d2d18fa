"""A line for each shape that names a fault or adds to one, with the event that it tells."""

from __future__ import annotations

from typing import Final

from lmwire.serverlog.events import Event, FaultDetail, FaultLine

__all__ = ["FAULT_LINES"]


def _fault(shape: str, line: str, what: str = "", daemon: str = "") -> tuple[str, str, Event]:
    return shape, line, FaultLine(shape.rpartition(" ")[0], daemon, what, line)


def _detail(shape: str, line: str, what: str) -> tuple[str, str, Event]:
    return shape, line, FaultDetail(shape.partition(",")[0], what)


FAULT_LINES: Final = [
    _fault("temporary-directory 0", "Can't make directory /usr/tmp/.flexlm, errno: 2(No file)", "/usr/tmp/.flexlm"),
    _fault("temporary-directory 0", "Can't open /usr/tmp/.flexlm/lmgrdl.9760, errno: 2", "/usr/tmp/.flexlm"),
    _fault("server-name-wrong 0", '"Lunar": Not a valid server hostname, exiting.', "Lunar"),
    _fault("server-name-wrong 0", "lunar: Not a valid server host, exiting", "lunar"),
    _fault("server-name-wrong 1", "Unknown host: lunar", "lunar"),
    _fault("hostid-wrong 0", "lunar: Wrong hostid, exiting"),
    _fault("hostid-wrong 1", "Invalid hostid on SERVER line"),
    _fault("lock-file 0", "Cannot open daemon lock file"),
    _fault("lock-file 1", "Permission Denied: /var/tmp/locksnpslmd", "/var/tmp/locksnpslmd"),  # noqa: S108 # a line
    _fault("lock-file 2", "lost lock, exiting"),
    _fault("multiple-servers 0", "MULTIPLE MLM servers running", daemon="MLM"),
    _fault("multiple-servers 0", 'MULTIPLE "snpslmd" license server systems running.', daemon="snpslmd"),
    _fault("ports-conflict 0", "ERROR: license files have conflicting port numbers"),
    _fault("server-order 0", "License File SERVER line order mismatch."),
    _fault("key-invalid 0", "Invalid license key (inconsistent authentication code)"),
    _fault("key-invalid 1", "BAD CODE for f1", "f1"),
    _fault(
        "feature-not-started 0",
        "Feature prevent.ccpp is not enabled yet, starts on 12-may-2008",
        "prevent.ccpp is not enabled yet, starts on 12-may-2008",
    ),
    _fault("feature-expired 0", "EXPIRED: acpreppost", "acpreppost"),
    _fault("licenses-disabled 0", "Disabling 10 licenses from feature f1(1ABC 2DEF )", "10 licenses from feature f1"),
    _fault("lost-lmgrd 0", "Lost connection to lmgrd, heartbeat timeout expired, exiting."),
    _fault("lost-lmgrd 0", "Lost communications with lmgrd"),
    _fault("lmgrd-unreachable 0", "Vendor daemon can't talk to lmgrd (Cannot connect. (-15,570))"),
    _fault("license-file-unreadable 0", "Error opening the license file, 27080@vv", "27080@vv"),
    _fault("vendor-line-missing 0", "NO DAEMON line for MLM", "MLM"),
    _fault("vendor-line-missing 1", "No VENDOR lines, exiting"),
    _fault("options-file 0", "CANNOT OPEN options file /opt/MLM.opt", "/opt/MLM.opt"),
    _detail("server-name-wrong, detail 0", 'Valid license server system hosts are: "computer"', '"computer"'),
    _detail("ports-conflict, detail 1", "-1 and 27010", "-1 and 27010"),
    _detail(
        "key-invalid, detail 2",
        "==>INCREMENT MATLAB MLM 30 01-jan-2030 1 0123456789AB SN=1",
        "INCREMENT MATLAB MLM 30 01-jan-2030 1",
    ),
    _detail("key-invalid, detail 3", "==>?", "?"),
]
