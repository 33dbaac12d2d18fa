"""Products by vendor daemon and by name. The tables are package data, read when the first one is asked for."""

from __future__ import annotations

import enum
import functools
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

import msgspec

__all__ = ["MAX_FOUND", "Basis", "Ports", "Product", "Step", "Variable", "find_products", "product_of", "products"]

MAX_FOUND: Final = 8
"""Products that `find_products` returns at most."""

_LONGEST_NAME: Final = 80
_SHORTEST: Final = 3
_FLEXNET: Final = frozenset({"lmgrd", "lmadmin"})
# Words that are in many products' names.
_EVERYWHERE: Final = frozenset(
    ("license", "licence", "licensing", "server", "manager", "flexnet", "flexlm", "network", "older", "other", "and")
)
_WORD: Final = re.compile(r"[^\W_][\w.+-]*")
_USUAL: Final = 27001
_OPEN: Final = "Open lmgrd's port and TCP {port}"
_IN_THE_FILE: Final = (
    "Add `port={port}` to its VENDOR line in the server's license file: `lmwire license pin` does it",
    "Restart the license service",
    _OPEN,
)
_IN_LMADMIN: Final = (
    "Set its port, {port} say, in lmadmin's own console: what is set there wins over the license file",
    "Restart the vendor daemon",
    _OPEN,
)
_SUFFIXES: Final = {"?": "unverified", "~": "by rule"}


class Basis(enum.Enum):
    """The kind of source of a fact."""

    VENDOR = "vendor"
    """A document of the vendor or of a maker of license managers."""
    REPORT = "report"
    """Public reports, logs, third parties."""
    RULE = "by rule"
    """FlexNet's general rule, not seen for this product."""
    UNVERIFIED = "unverified"
    """Hearsay: a hint."""


class Ports(msgspec.Struct, frozen=True):
    """A port, or a range of ports; for one port, `first` and `last` are the same."""

    first: int
    last: int
    basis: Basis

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


class Variable(msgspec.Struct, frozen=True):
    """An environment variable that holds the license path."""

    name: str
    basis: Basis


class Step(msgspec.Struct, frozen=True):
    """A step on the product's own console or server.

    Attributes:
        text: a sentence without a full stop; in the catalogue itself, `{port}` stands for the vendor daemon's port.
        source: its source; empty for a step of every product.
        brief: the same as a clause, for a sentence that has little room; empty where it can be left out there.
    """

    text: str
    source: str
    brief: str = ""

    def at(self, port: int) -> Step:
        """Return the step with a port filled in."""
        return Step(self.text.replace("{port}", str(port)), self.source, self.brief.replace("{port}", str(port)))


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """A product, or a family of them that shares a vendor daemon.

    Attributes:
        daemons: names of its vendor daemon, the present one first; empty where none is known.
        name: the product.
        vendor: its maker, the present owner first.
        lmgrd_ports: usual ports of the license server manager.
        vendor_ports: ports that the vendor daemon has, or that its vendor advises; none means that the system chooses.
        seen_ports: ports of the vendor daemon in examples and logs.
        variables: environment variables of its own; LM_LICENSE_FILE counts besides.
        manager: `lmgrd`, `lmadmin`, or another license manager, which is not FlexNet.
        basis: the kind of source of the line; those of ports and variables may be weaker.
        note: another known fact; a clause, may be empty.
        sources: the sources of all that.
        steps: how its vendor daemon's port is pinned, where the vendor says so.
    """

    daemons: tuple[str, ...]
    name: str
    vendor: str
    lmgrd_ports: tuple[Ports, ...]
    vendor_ports: tuple[Ports, ...]
    seen_ports: tuple[int, ...]
    variables: tuple[Variable, ...]
    manager: str
    basis: Basis
    note: str
    sources: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def flexnet(self) -> bool:
        """Whether it is licensed by FlexNet at all."""
        return self.manager in _FLEXNET

    @property
    def vendor_daemons(self) -> tuple[str, ...]:
        """The names on its VENDOR line: none for lmadmin, which replaces lmgrd, and for other license managers."""
        return tuple(daemon for daemon in self.daemons if self.flexnet and daemon not in _FLEXNET)

    @property
    def short_name(self) -> str:
        """The name without its part in parentheses."""
        return self.name.partition(" (")[0]

    @property
    def port_to_pin(self) -> int:
        """The port to give the vendor daemon: its vendor's advice, else the port after lmgrd's usual one."""
        first = next((ports for ports in self.vendor_ports if ports.basis is not Basis.UNVERIFIED), None)
        return first.first if first is not None else _USUAL

    def pin_steps(self, port: int) -> tuple[Step, ...]:
        """Return how to pin the vendor daemon to `port`: the vendor's own steps where they are known."""
        if self.steps:
            return tuple(step.at(port) for step in self.steps)
        if not self.flexnet:
            return ()
        general = _IN_LMADMIN if self.manager == "lmadmin" else _IN_THE_FILE
        return tuple(Step(text, "").at(port) for text in general)


def products() -> tuple[Product, ...]:
    """Return all products."""
    return _load()


def product_of(daemon: str) -> Product | None:
    """Return the FlexNet product of a vendor daemon, its name in any case; None when it is not in the catalogue."""
    found = _by_daemon().get(daemon.strip().lower())
    return found if found is not None and found.flexnet else None


def find_products(text: str) -> tuple[Product, ...]:
    """Return the products that a name means: a vendor daemon, a variable, a product, a vendor; at most MAX_FOUND.

    `ibmratl`, `MLM_LICENSE_FILE`, `matlab`, `License Key Server`, `cadence virtuoso`. A vendor daemon's name counts
    before all others.
    Words that are in every product's name, such as "license server", find nothing.
    """
    if len(text) > _LONGEST_NAME:
        return ()
    named = _by_daemon().get(text.strip().lower()) or _by_variable().get(text.strip().upper())
    if named is not None:
        return (named,)
    words = [word.lower() for word in _WORD.findall(text)]
    if not any(len(word) >= _SHORTEST and word not in _EVERYWHERE for word in words):
        return ()
    found = []
    for product in _load():
        there = {word.lower() for word in _WORD.findall(f"{product.name} {product.vendor} {' '.join(product.daemons)}")}
        if there.issuperset(words):
            found.append(product)
    return tuple(found[:MAX_FOUND])


@functools.cache
def _by_daemon() -> dict[str, Product]:
    return {daemon.lower(): product for product in _load() for daemon in product.daemons}


@functools.cache
def _by_variable() -> dict[str, Product]:
    """Return the products that a variable means; one that several products read means none of them."""
    read = Counter(variable.name for product in _load() for variable in product.variables)
    return {each.name: product for product in _load() for each in product.variables if read[each.name] == 1}


@functools.cache
def _load() -> tuple[Product, ...]:
    steps: dict[str, tuple[Step, ...]] = {}
    for row in _rows("steps.tsv"):
        steps[row["daemon"]] = (*steps.get(row["daemon"], ()), Step(row["step"], row["source"], row["brief"]))
    return tuple(_product(row, steps) for row in _rows("products.tsv"))


def _product(row: dict[str, str], steps: dict[str, tuple[Step, ...]]) -> Product:
    basis = Basis(row["basis"])
    daemons = tuple(row["daemons"].split())
    return Product(
        daemons=daemons,
        name=row["product"],
        vendor=row["vendor"],
        lmgrd_ports=_ports(row["lmgrd_ports"], basis),
        vendor_ports=_ports(row["vendor_ports"], basis),
        seen_ports=tuple(map(int, row["seen_ports"].split())),
        variables=tuple(Variable(*_based(word, basis)) for word in row["variables"].split()),
        manager=row["manager"],
        basis=basis,
        note=row["note"],
        sources=tuple(row["source"].split(" ; ")),
        steps=steps.get(daemons[0], ()) if daemons else (),
    )


def _ports(cell: str, basis: Basis) -> tuple[Ports, ...]:
    found = []
    for word in cell.split():
        span, rests_on = _based(word, basis)
        first, _, last = span.partition("-")
        found.append(Ports(int(first), int(last or first), rests_on))
    return tuple(found)


def _based(word: str, basis: Basis) -> tuple[str, Basis]:
    """Return a word of a cell and its basis: `?` marks a fact without a check, `~` one that follows from a rule."""
    own = _SUFFIXES.get(word[-1])
    return (word[:-1], Basis(own)) if own else (word, basis)


def _rows(name: str) -> Iterator[dict[str, str]]:
    # pkgutil, since importlib.resources takes ten times as long to import, and every diagnosis would pay for it.
    data = pkgutil.get_data("lmwire.vendors", f"data/{name}") or b""
    header, *lines = data.decode("utf-8").splitlines()
    names = header.split("\t")
    return (dict(zip(names, line.split("\t"), strict=True)) for line in lines)
