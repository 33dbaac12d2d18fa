"""A client without a way to the license server, a machine in between, and the mock as the license server."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lmwire.gateway.recipes.gather import GivenForRecipe, gateway_recipe
from lmwire.gateway.recipes.model import Kind, Recipe
from lmwire.netns import Namespace, Network
from lmwire_mockserver.server import AsyncMockServer
from lmwire_mockserver.threaded import ThreadedMock
from tests.referee.clients import NEWEST, VENDOR
from tests.referee.running import run_client

__all__ = ["LMGRD", "NAME", "SERVED", "VENDOR_PORT", "Stage", "staged", "until_listening"]

SERVED = "-5,414"
"""What the client reports where lmgrd and the vendor daemon were reached, and there is no license."""

SECONDS = 20.0
NAME = "licsrv"
LMGRD, VENDOR_PORT = 27000, 27001
"""In a network of its own, which no other test shares."""


@dataclass
class Stage:
    """The three machines, and where the license server listens."""

    client: Namespace
    middle: Namespace
    server: Namespace
    middle_address: str
    client_address: str
    server_address: str

    def recipe(self, kind: Kind, **given: object) -> Recipe:
        """Write the recipe from a diagnosis on the machine in between."""
        known = GivenForRecipe(**{"vendors": {VENDOR: None}, **given})  # type: ignore[arg-type]
        return self.middle.call(gateway_recipe, kind, f"{LMGRD}@{NAME}", known)

    def apply_hosts(self, recipe: Recipe) -> None:
        """Write the recipe's lines into the client's hosts file."""
        self.client.hosts({entry.name: entry.address for entry in recipe.hosts})

    def report(self, recipe: Recipe) -> str:
        """Let an unmodified client look for a license through the recipe, and return what it reports."""
        return run_client(NEWEST, recipe.license_path, popen=self.client.popen).first.code

    def wait(self, node: Namespace, process: subprocess.Popen[str] | None = None) -> None:
        """Wait until both ports are listened on."""
        for port in (LMGRD, VENDOR_PORT):
            until_listening(node, port, process)


def until_listening(node: Namespace, port: int, process: subprocess.Popen[str] | None = None) -> None:
    """Wait until a port of a machine is listened on, without a connection to it."""
    limit = time.monotonic() + SECONDS
    while f":{port:04X} " not in _listeners(node):
        assert time.monotonic() < limit, f"nothing listens on port {port}"
        if process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                raise AssertionError(f"{process.args} ended with {process.wait(0.05)}")


def _listeners(node: Namespace) -> str:
    def read() -> str:
        tables = (Path(f"/proc/thread-self/net/{name}") for name in ("tcp", "tcp6"))
        lines = [line.split() for table in tables for line in table.read_text().splitlines()[1:]]
        return "".join(f"{words[1]} " for words in lines if words[3] == "0A")

    return node.inside(read)


@contextlib.contextmanager
def staged(*, referral_host: str = NAME, router: bool = False) -> Iterator[Stage]:
    """Build the machines, and play a healthy license server."""
    with Network() as network:
        client, server = network.host("client"), network.host("server")
        middle = network.router("middle") if router else network.host("middle")
        near, far = network.link(client, middle), network.link(middle, server)
        address = str(far.b.address(4).ip)  # type: ignore[union-attr]
        mock = AsyncMockServer(
            bind=address,
            lmgrd_port=LMGRD,
            vendor_ports=[VENDOR_PORT],
            vendors=(VENDOR,),
            referral_host=referral_host,
        )
        with ThreadedMock(mock, inside=server):
            middle.hosts({NAME: address})
            yield Stage(
                client=client,
                middle=middle,
                server=server,
                middle_address=str(near.b.address(4).ip),  # type: ignore[union-attr]
                client_address=str(near.a.address(4).ip),  # type: ignore[union-attr]
                server_address=address,
            )
