"""The schema of `scenarios/ID.toml`, the one home of each failure, and how the files are read.

    scenario("vendor-filtered").expected.verdict

Text fields with placeholders take `{server}` and `{address}` (see `lmwire_mockserver.addresses`), `{lmgrd_port}`,
`{lmgrd_port_2}`, … and `{vendor_port}`, `{vendor_port_2}`, …
"""

from __future__ import annotations

import difflib
import enum
import functools
import re
from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final, Literal

import msgspec

from lmwire_mockserver.addresses import NETWORK_NAMES, NameAnswer
from lmwire_mockserver.errors import ScenarioError, UnknownScenario
from lmwire_mockserver.faults import Fault

__all__ = [
    "DEFAULT_VENDOR",
    "Client",
    "Expected",
    "ExpectedSeverity",
    "Listen",
    "Lmgrd",
    "LoopbackSettings",
    "MockDialogue",
    "NetworkSettings",
    "Scenario",
    "Servers",
    "TextAnswers",
    "Vendor",
    "Where",
    "read_scenario",
    "scenario",
    "scenarios",
]

DEFAULT_VENDOR: Final = "ibmratl"
"""Name of the vendor daemon in scenarios where the name does not matter."""

ExpectedSeverity = Literal["ok", "warning", "critical", "inconclusive"]
_CODE: Final = re.compile(r"-\d{1,4},\d{1,5}")
_HINTS: Final = 3


class Where(enum.Enum):
    """The least that a scenario needs."""

    LOOPBACK = "loopback"
    """No root, any free ports."""
    NETWORK = "network"
    """Two machines (or network namespaces): a firewall, names, or fixed ports."""


class Listen(enum.Enum):
    """The reaction of a port to a connect."""

    OPEN = "open"
    CLOSED = "closed"
    """RST: reserved, so that no other process opens it, but nothing listens."""
    FILTERED = "filtered"
    """SYNs are dropped: a listening socket whose queue is full."""


class MockDialogue(enum.Enum):
    """How a daemon talks once a client is connected."""

    NORMAL = "normal"
    """lmgrd refers to the vendor daemon; a vendor daemon answers the hello."""
    LEGACY_ONLY = "legacy-only"
    """The modern hello gets `W -60`, the legacy one a normal answer."""
    SILENT = "silent"
    """Reads and never answers."""
    CLOSE_ON_ACCEPT = "close-on-accept"
    """Closes without reading: the client's bytes are lost, so it gets an RST."""
    CLOSE_AFTER_HELLO = "close-after-hello"
    """Reads a request, then closes."""
    RESET = "reset"
    """Reads a request, then resets."""
    ERROR = "error"
    """The modern hello gets `W -60`, the legacy one `W` with the daemon's `error`."""
    WRONG_ORDER = "wrong-order"
    """lmgrd answers as a vendor daemon would, and the other way round."""
    HTTP = "http"
    """Not FlexNet: 400 to anything, then closes."""
    HTTP_HELD = "http-held"
    """The same, and leaves the connection open."""
    SSH = "ssh"
    """Not FlexNet: a banner, then nothing."""
    TLS = "tls"
    """Not FlexNet: an alert to anything, then closes."""
    UNKNOWN = "unknown"
    """Not FlexNet, and not a known protocol."""


class TextAnswers(enum.Enum):
    """The reaction of lmgrd to text requests such as `dlist`."""

    NORMAL = "normal"
    SILENT = "silent"
    REFUSED = "refused"
    """`W -60`, as from a version that does not know them."""


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of a scenario file."""


class DaemonSettings(_Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings that lmgrd and a vendor daemon share.

    Attributes:
        port: the one it takes in a network; 0 takes the usual one.
        error: the code, below 0, that dialogue "error" answers with.
        faults: damage to its answers or requests, applied in order.
    """

    port: int = 0
    listen: Listen = Listen.OPEN
    dialogue: MockDialogue = MockDialogue.NORMAL
    error: int = 0
    faults: tuple[Fault, ...] = ()

    def __post_init__(self) -> None:
        """Check the parts that types cannot."""
        if not 0 <= self.port < 1 << 16:
            raise ValueError("port must be 0 to 65535")
        if (self.dialogue is MockDialogue.ERROR) != (self.error < 0):
            raise ValueError('dialogue "error" and an error below 0 belong together')


class Lmgrd(DaemonSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An lmgrd.

    Attributes:
        referral_host: the name it refers to, with placeholders; may be empty, as a broken server's is.
        referral_port: the port it refers to, if not the vendor daemon's own: a number of 32 bits, or "lmgrd" for
            its own.
        text: its reaction to text requests.
        master: the host in its answer to a hello that names no vendor daemon, with placeholders: in a triad, the
            master's, whichever member was asked.
    """

    referral_host: str = "{server}"
    referral_port: int | Literal["lmgrd"] | None = None
    text: TextAnswers = TextAnswers.NORMAL
    master: str = "{server}"

    def __post_init__(self) -> None:
        """Check the parts that types cannot."""
        super().__post_init__()
        if isinstance(self.referral_port, int) and not 0 <= self.referral_port < 1 << 32:
            raise ValueError("referral_port must fit 32 bits")


class Vendor(DaemonSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A vendor daemon.

    Attributes:
        name: the name that clients ask for.
        down: lmgrd knows that it does not run, and answers -97 to a client that asks for it.
    """

    name: str = DEFAULT_VENDOR
    down: bool = False


class Servers(_Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that runs on the server: every lmgrd refers to the same vendor daemons, by name.

    Attributes:
        quorum: the lmgrds are a triad, which serves only while two are up; else each refuses with -20.
    """

    lmgrds: tuple[Lmgrd, ...] = (Lmgrd(),)
    vendors: tuple[Vendor, ...] = (Vendor(),)
    quorum: bool = False


class Expected(_Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The expected diagnosis.

    Attributes:
        verdict, severity: of the server and vendor daemon that the scenario is about.
        overall: of the whole license path, when it is not `severity`.
        each: the verdict of every diagnosis in order, where there are several.
    """

    verdict: str
    severity: ExpectedSeverity
    overall: ExpectedSeverity | None = None
    each: tuple[str, ...] = ()


class Client(_Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The report of an unmodified FlexNet 11.19.6 client: measured, never guessed.

    Attributes:
        seen: whether it can show the failure at all; if not, `reason` says why.
        error: such as "-15,570".
        seconds: from its start to its report.
    """

    seen: bool = True
    error: str = ""
    seconds: float = 0.0
    reason: str = ""

    def __post_init__(self) -> None:
        """Check the parts that types cannot."""
        if self.seen and not _CODE.fullmatch(self.error):
            raise ValueError('error must look like "-15,570"')
        if not self.seen and not self.reason:
            raise ValueError("reason must say why the client cannot see it")


class LoopbackSettings(_Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of the scenario on loopback."""

    bind: str = "127.0.0.1"


class NetworkSettings(_Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of the network, besides the servers. Rules have placeholders.

    Attributes:
        server: the server's name, which fills `{server}`; empty for the usual one.
        server_rules: nftables rules for packets that come in at the server.
        client_rules: nftables rules for packets that leave the client.
        client_policy: the client's routing policy: the arguments of `ip rule add`.
        names: the name server's answers for more names, besides `lmwire_mockserver.addresses.NETWORK_NAMES`.
    """

    server: str = ""
    server_rules: tuple[str, ...] = ()
    client_rules: tuple[str, ...] = ()
    client_policy: tuple[str, ...] = ()
    names: dict[str, tuple[str, ...] | NameAnswer] = {}


class Scenario(_Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One failure: the user's story, the behaviour of the servers, the expected results.

    Attributes:
        id: name of its file; not written inside.
        title: in a few words.
        story: the call to the help desk.
        where: the least that it needs.
        license_path: the application's LM_LICENSE_FILE, with placeholders.
        ask: whether the vendor daemon is named when it is diagnosed.
        hints: for a learner, each with more help than the one before.
        quorum: see `Servers`.
    """

    title: str
    story: str
    where: Where
    hints: tuple[str, ...]
    expected: Expected
    client: Client
    id: str = ""
    license_path: str = "{lmgrd_port}@{server}"
    ask: bool = True
    lmgrds: tuple[Lmgrd, ...] = msgspec.field(default=(Lmgrd(),), name="lmgrd")
    vendors: tuple[Vendor, ...] = msgspec.field(default=(Vendor(),), name="vendor")
    quorum: bool = False
    loopback: LoopbackSettings = LoopbackSettings()
    network: NetworkSettings = NetworkSettings()

    def __post_init__(self) -> None:
        """Check the parts that types cannot."""
        if len(self.hints) != _HINTS:
            raise ValueError(f"hints must be {_HINTS}, not {len(self.hints)}")
        if not self.lmgrds or not self.vendors:
            raise ValueError("a scenario has at least one lmgrd and one vendor")
        names = [vendor.name for vendor in self.vendors]
        if len(set(names)) != len(names):
            raise ValueError("vendor names must differ")

    @property
    def servers(self) -> Servers:
        """All that runs on the server."""
        return Servers(lmgrds=self.lmgrds, vendors=self.vendors, quorum=self.quorum)

    @property
    def overall(self) -> ExpectedSeverity:
        """The expected result of the whole license path."""
        return self.expected.overall or self.expected.severity

    @property
    def vendor(self) -> str:
        """The vendor daemon that a diagnosis asks for; empty when the user names none."""
        return self.vendors[0].name if self.ask else ""

    @property
    def names(self) -> Mapping[str, tuple[str, ...] | NameAnswer]:
        """All names of the network's name server."""
        return {**NETWORK_NAMES, **self.network.names}


def read_scenario(name: str, text: str) -> Scenario:
    """Return the scenario `name` whose file holds `text`.

    Raises:
        ScenarioError: a field does not match the schema; the message names it.
    """
    file = f"{name}.toml"
    try:
        found = msgspec.toml.decode(text, type=Scenario)
    except msgspec.DecodeError as error:  # of which ValidationError is one
        raise ScenarioError(file, str(error)) from error
    if found.id:
        raise ScenarioError(file, "leave out `id`: the file's name is the id")
    return msgspec.structs.replace(found, id=name)


@functools.cache
def scenarios() -> tuple[Scenario, ...]:
    """Return every scenario, sorted by id.

    Raises:
        ScenarioError: a file is not a scenario.
    """
    return tuple(scenario(name) for name in _names())


@functools.cache
def scenario(name: str) -> Scenario:
    """Return the scenario called `name`.

    Raises:
        UnknownScenario: there is none.
        ScenarioError: a field of its file does not match the schema.
    """
    names = _names()
    if name not in names:
        raise UnknownScenario(name, tuple(difflib.get_close_matches(name, names)))
    return read_scenario(name, (_folder() / f"{name}.toml").read_text(encoding="utf-8"))


@functools.cache
def _names() -> tuple[str, ...]:
    suffix = ".toml"
    files = (entry.name for entry in _folder().iterdir())
    return tuple(sorted(name.removesuffix(suffix) for name in files if name.endswith(suffix)))


def _folder() -> Traversable:
    return resources.files("lmwire_mockserver") / "scenarios"
