"""The plan of a gateway as a file of TOML, and an example of one."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lmwire.gateway.plan import GatewayPlan
from lmwire.gateway.routes import routes_of
from lmwire.toml_file import read_toml

__all__ = ["EXAMPLE", "read_plan"]

EXAMPLE: Final = """\
# A plan for `lmwire gateway --config FILE`. Check it with --check. SIGHUP (`systemctl reload`) reads it again.

# drain = 30                       # seconds that sessions may go on after SIGTERM
# log = "json"                     # or "text"
# metrics = "127.0.0.1:9310"       # for Prometheus
# status = "/run/lmwire/gateway.sock"

# [limits]
# per_client = 1000                # connections of one address
# keepalive = 25                   # seconds of silence until the first probe
# dead_after = 115                 # seconds of silence after which a side counts as gone

[[servers]]
server = "27000@licsrv"            # as in LM_LICENSE_FILE of a machine that reaches the server
listen = "127.0.0.1:27000"         # clients use 27000@127.0.0.1 instead

# [[servers]]
# name = "cad"
# server = "27000@a.example,27000@b.example,27000@c.example"   # a triad: three listeners, 27010 to 27012
# listen = "10.8.0.1:27010"
# allow = ["10.8.0.0/16"]          # only these networks may connect
# vendors = ["ibmratl"]            # only these vendor daemons may be asked for

# [[servers]]
# server = "27000@other"
# listen = "10.8.0.1:27020"
# allow = ["10.8.0.0/16"]
# mode = "referral"                # clients follow lmgrd's referral, to a port of the gateway
# vendor_ports = { adskflex = 27021 }
# advertise = "gateway.example"    # the gateway's name, as clients resolve it
"""


def read_plan(file: Path) -> GatewayPlan:
    """Return the plan in `file`, checked.

    Raises:
        LmwireError: the file cannot be read, or a value makes no sense.
    """
    plan = read_toml(file, GatewayPlan)
    routes_of(plan)
    return plan
