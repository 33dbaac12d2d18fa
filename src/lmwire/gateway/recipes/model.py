"""A recipe: files, commands and what a client needs, each with the machine that it is for."""

from __future__ import annotations

import enum
from typing import Final

import msgspec

__all__ = ["SCHEMA", "HostsEntry", "Kind", "Machine", "Recipe", "RecipeCommand", "RecipeFile"]

SCHEMA: Final = "lmwire.gateway-recipe/1"


class Kind(enum.Enum):
    """The program that forwards."""

    SSH = "ssh"
    SSH_REVERSE = "ssh-reverse"
    HAPROXY = "haproxy"
    NGINX = "nginx"
    SYSTEMD = "systemd"
    DOCKER = "docker"
    COMPOSE = "compose"
    KUBERNETES = "kubernetes"
    PORTPROXY = "portproxy"


class Machine(enum.Enum):
    """Where a file belongs, or a command runs."""

    CLIENT = "client"
    """The machine of the application that wants a license."""
    FORWARDER = "forwarder"
    """The machine in between: clients reach it, and it reaches the license server."""
    SERVER_SIDE = "server side"
    """The license server, or another machine that reaches it."""
    CLUSTER = "cluster"
    """Where kubectl speaks to the cluster."""


class RecipeFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a recipe.

    Attributes:
        name: without a directory.
        machine: where it belongs.
        place: its directory or how it is used there, in words; may be empty.
        text: its contents.
    """

    name: str
    machine: Machine
    place: str = ""
    text: str


class RecipeCommand(msgspec.Struct, frozen=True, kw_only=True):
    """A command line of a recipe, and the machine that runs it."""

    machine: Machine
    line: str


class HostsEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A line for the client's hosts file, or what has the same effect.

    Attributes:
        address: of the forwarder; a word in capitals where lmwire does not know it.
        name: in lmgrd's referral.
        required: whether clients are not served without it; else it only saves time.
    """

    address: str
    name: str
    required: bool = False


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach a license server through another program.

    Attributes:
        kind: the program that forwards.
        server: the license server, as an entry of a license path. Escaped.
        title: one line.
        files: to be written before the commands run.
        commands: in their order.
        license_path: the value of LM_LICENSE_FILE at the client.
        hosts: lines for /etc/hosts of the client.
        hosts_why: why they are there, or why there are none. Escaped.
        notes: what to know, the most important first. Escaped.
    """

    schema: str = SCHEMA
    kind: Kind
    server: str
    title: str
    files: tuple[RecipeFile, ...] = ()
    commands: tuple[RecipeCommand, ...] = ()
    license_path: str
    hosts: tuple[HostsEntry, ...] = ()
    hosts_why: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
