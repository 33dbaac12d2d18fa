"""Remedies that several verdicts share: templates over the names that `lmwire.diagnosis.template_values` gives.

What depends on whether a value is there at all (a vendor daemon's name, a host name that can stand in a hosts file) is
one of those names itself; a remedy that comes out empty is left out.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "ASK_NAME",
    "CONSOLE",
    "HOSTS_FILE",
    "LOCAL_POLICY",
    "LOCATE",
    "MEND_DNS",
    "MIDDLEBOX",
    "NO_FAMILY",
    "ON_SERVER",
    "OPEN_LMGRD",
    "OPEN_VENDOR",
    "PIN",
    "RNAME",
    "ROUTE",
    "SERVER_ALIVE",
    "SERVER_LINE",
    "VENDOR_LOG",
]

HOSTS_FILE: Final = r"the hosts file (/etc/hosts; Windows: C:\Windows\System32\drivers\etc\hosts)"

SERVER_ALIVE: Final = "Check on the server that lmgrd runs and on which port: `ss -ltnp` (Windows: `netstat -abn`)."
ASK_NAME: Final = "Check the license path: is {server} really the license server, and does lmgrd listen on {ports}?"
PIN: Final = "{pin}"
CONSOLE: Final = "{console}"
OPEN_VENDOR: Final = (
    "Open TCP {rport} from {local} (and the other clients) to {vaddress}, as TCP {port} is: on the server's own "
    "firewall and on each firewall between."
)
OPEN_LMGRD: Final = (
    "Open TCP {ports} from {local} (and the other clients) to {address}: on the server's own firewall and on each "
    "firewall between. The vendor daemon's port must be open too."
)
LOCATE: Final = "{locate}"
VENDOR_LOG: Final = "Read the server's debug log{log_lines}: crashes, restarts, the port it really took."
MIDDLEBOX: Final = (
    "Exempt TCP {lport} to {laddress} from inspection (IPS, application control, proxy): FlexNet is no HTTP."
)
RNAME: Final = "{rname_remedy}"
SERVER_LINE: Final = (
    "Put a name that clients can resolve on the SERVER line of the server's license file (the host name may be "
    "edited, the host id not), and restart the license service."
)
ON_SERVER: Final = (
    "Run lmwire on the server itself: `lmwire diagnose {port}@localhost{vendor_option}`. Healthy there: the fault is "
    "between."
)
LOCAL_POLICY: Final = "Allow this machine to connect to TCP {lport}: its own firewall or security policy says no."
ROUTE: Final = (
    "Check this machine's route to {laddress}: is the VPN connected? `ip route get {laddress}` tells on Linux, "
    "`Find-NetRoute -RemoteIPAddress {laddress}` on Windows."
)
MEND_DNS: Final = (
    "Check this machine's DNS servers (/etc/resolv.conf; Windows: `ipconfig /all`): are they the right ones, and up? "
    "Is the VPN connected?"
)
NO_FAMILY: Final = "Run it again without -4, -6 and --source: applications look names up in both families."
