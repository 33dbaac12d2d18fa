"""Real networks from Linux namespaces: for tests, captures, firewall tests and labs. See `docs/networks.md`.

A `Network` makes hosts, routers and links, a `Namespace` runs programs and functions inside one of them, and
`mockserver.network.dns` answers names there. Nothing is installed on the machine, and nothing outlives the process,
not even one that is killed.
"""

from mockserver.network.cable import Cable
from mockserver.network.errors import CommandError, NetworkError, NetworkUnavailable
from mockserver.network.links import Addresses, End, Link
from mockserver.network.namespace import Namespace, Task
from mockserver.network.network import Chain, Network
from mockserver.network.stop import Stop

__all__ = [
    "Addresses",
    "Cable",
    "Chain",
    "CommandError",
    "End",
    "Link",
    "Namespace",
    "Network",
    "NetworkError",
    "NetworkUnavailable",
    "Stop",
    "Task",
]
