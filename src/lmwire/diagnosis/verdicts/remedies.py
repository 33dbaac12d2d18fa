"""Remedies that several verdicts share: templates over the names that `lmwire.diagnosis.template_values` gives.

What depends on whether a value is there at all (a vendor daemon's name, a host name that can stand in a hosts file) is
one of those names itself; a remedy that comes out empty is left out.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "ASK_NAME",
    "CAPTURE_BOTH",
    "CONSOLE",
    "DAEMON_PORT",
    "HOSTS_FILE",
    "LOCAL_POLICY",
    "LOCATE",
    "LOG_END",
    "MEND_DNS",
    "MIDDLEBOX",
    "NO_FAMILY",
    "ON_SERVER",
    "OPEN_LMGRD",
    "OPEN_VENDOR",
    "PIN",
    "RESTART",
    "RNAME",
    "ROUTE",
    "SERVER_ALIVE",
    "SERVER_LINE",
    "SERVER_LOG",
    "VENDOR_LOG",
]

HOSTS_FILE: Final = r"the hosts file (/etc/hosts; Windows: C:\Windows\System32\drivers\etc\hosts)"

SERVER_ALIVE: Final = (
    "Check on the server that lmgrd runs, and on which port it listens: `ss -ltnp` (Windows: `netstat -abn`)."
)
ASK_NAME: Final = "Check the license path: is {server} really the license server, and does lmgrd listen on {ports}?"
PIN: Final = "{pin}"
CONSOLE: Final = "{console}"
OPEN_VENDOR: Final = (
    "Open TCP {rport} from {local} (and the other clients) to {vaddress}, on the server's own firewall and on "
    "each firewall on the way. TCP {port} is open there already."
)
OPEN_LMGRD: Final = (
    "Open TCP {ports} from {local} (and the other clients) to {address}: on the server's own firewall and on each "
    "firewall on the way. The vendor daemon's port must be open too."
)
LOCATE: Final = "{locate}"
LOG_END: Final = "Read the end of the server's debug log{log_lines}."
SERVER_LOG: Final = "Read the server's debug log around the time of {this_test}."
VENDOR_LOG: Final = (
    "Read the server's debug log{log_lines}: did the daemon crash, restart, or take another port than {rport}?"
)
DAEMON_PORT: Final = (
    "Restart the license service on the server, and read its debug log: on which port does {vendor} start?"
)
RESTART: Final = "Restart the license service on the server (or run `lmutil lmreread`)."
MIDDLEBOX: Final = (
    "Exempt TCP {lport} to {laddress} from inspection (IPS, application control, proxy): FlexNet is not HTTP."
)
CAPTURE_BOTH: Final = "Compare a capture on {here} with one on the server: the data is missing there."
RNAME: Final = "{rname_remedy}"
SERVER_LINE: Final = (
    "Put a name that the clients can resolve on the SERVER line of the server's license file, and restart the license "
    "service. (You may edit the host name, not the host id.)"
)
ON_SERVER: Final = (
    "Run lmwire on the server itself: `lmwire diagnose {port}@localhost{vendor_option}`. If that is healthy, the fault "
    "is on the way."
)
LOCAL_POLICY: Final = "Allow TCP {lport} to {laddress} in the firewall or security policy of {here} itself."
ROUTE: Final = (
    "Check the route from {here} to {laddress}: is the VPN connected? `ip route get {laddress}` shows the route on "
    "Linux, `Find-NetRoute -RemoteIPAddress {laddress}` on Windows."
)
MEND_DNS: Final = (
    "Check the DNS servers of {here} (/etc/resolv.conf; Windows: `ipconfig /all`): are they the right ones, and up? "
    "Is the VPN connected?"
)
NO_FAMILY: Final = "Run lmwire again without -4, -6 and --source: applications look up names in both families."
