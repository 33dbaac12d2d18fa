"""Real networks from Linux namespaces: for tests, captures, firewall tests and labs. See `docs/networks.md`.

A `Network` makes hosts, routers and links, a `Namespace` runs programs and functions inside one of them, and
`lmwire.netns.dns` answers names there. Nothing is installed on the machine, and nothing outlives the process,
not even one that is killed.
"""

from lmwire.netns.cable import Cable
from lmwire.netns.errors import CommandError, NetworkError, NetworkUnavailable
from lmwire.netns.links import Addresses, Link, LinkEnd
from lmwire.netns.namespace import Namespace, Task
from lmwire.netns.network import Chain, Network
from lmwire.netns.stop import Stop

__all__ = [
    "Addresses",
    "Cable",
    "Chain",
    "CommandError",
    "Link",
    "LinkEnd",
    "Namespace",
    "Network",
    "NetworkError",
    "NetworkUnavailable",
    "Stop",
    "Task",
]
