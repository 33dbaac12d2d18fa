"""Ways to full points that repair nothing. Each is a shell script for one machine after the other.

Every cheat was tried against a running lab, and most gave all points once. `says` is a part of the sentence that now
tells why it does not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from lmwire.lab import Lab
from tests.lab.playing import Played

__all__ = ["CHEATS", "Cheat", "Step"]

_RELAY: Final = Path(__file__).with_name("relay.py")
_OPEN_TABLE: Final = "flush ruleset; table inet x {{ chain forward {{ type filter hook forward priority 0; {} }}; }}"


@dataclass(frozen=True)
class Step:
    """A script for a machine's shell."""

    on: str
    run: str


@dataclass(frozen=True)
class Cheat:
    """A cheat: what to do, and a part of the sentence that denies the points."""

    name: str
    steps: Callable[[Played], list[Step]]
    says: str


@dataclass(frozen=True)
class _Facts:
    """What a cheat needs to know of a lab."""

    clients: tuple[str, ...]
    router: str
    server: str
    address: str
    lmgrd: int
    vendor: str
    port: int
    names: tuple[str, ...]
    closed: str

    @property
    def ports(self) -> str:
        return f"{self.lmgrd}, {self.port}"


def _facts(lab: Lab) -> _Facts:
    server = next(each for each in lab.plan.servers if each.name not in lab.down)
    [(vendor, port)] = server.vendors.items()
    hosts = {aim.target.split(",")[0].partition("@")[2] for aims in lab.aims().values() for aim in aims}
    triad = {each.referral_host for each in lab.plan.servers} if lab.triad else set()
    return _Facts(
        clients=tuple(lab.broken),
        router=lab.plan.routers[0].name,
        server=server.name,
        address=server.addresses[0],
        lmgrd=server.lmgrd,
        vendor=vendor,
        port=port,
        names=tuple(sorted({*hosts, server.referral_host, *triad})),
        closed=", ".join(sorted({str(port) for rule in lab.closed for port in rule.ports})),
    )


def _background(command: str, port: int) -> str:
    """Start a program that listens, and wait until it does."""
    waiting = f"until ss -Hltn | grep -q ':{port} '; do sleep 0.05; done"
    return f"(setsid {command} >/dev/null 2>&1 &); {waiting}"


def _mock(facts: _Facts, bind: str = "0.0.0.0") -> str:  # in a namespace
    vendor, host = f"--vendor {facts.vendor}={facts.port}", f"--referral-host {facts.names[0]}"
    return _background(f"lmwire mock --bind {bind} --lmgrd-port {facts.lmgrd} {vendor} {host}", facts.port)


def _hosts(facts: _Facts, address: str) -> str:
    return "\n".join(f"echo '{address} {name}' >> /etc/hosts" for name in facts.names)


def _relay(facts: _Facts, target: str, there: str = "") -> str:
    listening = f"{facts.lmgrd},{facts.port}"
    return _background(f"python3 {_RELAY} {listening} {target} {there}", facts.port)


def _network_of(played: Played, machine: str) -> str:
    return next(word.partition("=")[2] for word in played.running.prefixes[machine] if word.startswith("--net="))


def _client_mock(played: Played) -> list[Step]:
    facts = _facts(played.lab)
    return [Step(zone, f"{_hosts(facts, '127.0.0.1')}\n{_mock(facts, '127.0.0.1')}") for zone in facts.clients]


def _router_mock(played: Played) -> list[Step]:
    facts = _facts(played.lab)
    return [Step(facts.router, f"{_redirect(facts)}\n{_mock(facts)}")]


def _redirect(facts: _Facts) -> str:
    table = f"""nft -f - <<'N'
table ip cheat {{
    chain prerouting {{
        type nat hook prerouting priority -150;
        tcp dport {{ {facts.ports} }} redirect
    }}
}}
N"""
    accept = "nft insert rule inet filter input accept 2>/dev/null || true"
    return f"{table}\n{accept}"


def _router_relay(played: Played) -> list[Step]:
    facts = _facts(played.lab)
    return [Step(facts.router, f"{_redirect(facts)}\n{_relay(facts, facts.address)}")]


def _tunnel(played: Played) -> list[Step]:
    """As with `ssh -L`: the relay accepts on the client, and connects on the server."""
    facts = _facts(played.lab)
    there = _network_of(played, facts.server)
    relay = _relay(facts, facts.address, there)
    return [Step(zone, f"{_hosts(facts, '127.0.0.1')}\n{relay}") for zone in facts.clients]


def _cable(played: Played) -> list[Step]:
    """A wire from the client to the server, around the firewall."""
    facts, steps = _facts(played.lab), []
    for number, zone in enumerate(facts.clients):
        wire, there = f"by{number}", _network_of(played, facts.server)
        near = f"ip link add {wire} type veth peer name {wire} netns {there}\nip link set {wire} up"
        own = '$(ip -4 -o addr show dev lan | awk \'{sub("/.*", "", $4); print $4}\')'
        steps.append(Step(zone, f'{near}\n{_hosts(facts, facts.address)}\necho {own} > "$LMWIRE_LAB/{wire}"'))
        back = f'ip link set {wire} up\nip route add $(cat "$LMWIRE_LAB/{wire}")/32 dev {wire}'
        steps.append(Step(facts.server, back))
        steps.append(Step(zone, f"ip route replace {facts.address}/32 dev {wire}"))
    return steps


def _masquerade(played: Played) -> list[Step]:
    facts = _facts(played.lab)
    every = "nft 'table ip m { chain post { type nat hook postrouting priority 100; masquerade; }; }'"
    return [*_solution(played), Step(facts.router, every)]


def _solution(played: Played) -> list[Step]:
    return [Step(step.on, step.run) for step in played.lab.solution]


def _flush(played: Played) -> list[Step]:
    return [Step(machine, "nft flush ruleset") for machine in sorted(played.lab.mended)]


def _swap(played: Played) -> list[Step]:
    """The vendor daemon on lmgrd's port, which is open."""
    facts = _facts(played.lab)
    server = f"s/^(SERVER .* ){facts.lmgrd}$/\\1{facts.port}/"
    vendor = f"s/^(VENDOR {facts.vendor}).*/\\1 port={facts.lmgrd}/"
    return [Step(facts.server, f"sed -i -E '{server}; {vendor}' license.lic && lmwire lab restart")]


def _resolver(played: Played) -> list[Step]:
    facts = _facts(played.lab)
    change = "echo 'nameserver 127.0.0.9' > /etc/resolv.conf"
    return [*_solution(played), *(Step(zone, f"{_hosts(facts, facts.address)}\n{change}") for zone in facts.clients)]


def _clients_nat(played: Played) -> list[Step]:
    """The solution, and rules on the client that send it elsewhere all the same."""
    facts = _facts(played.lab)
    rule = "nft 'table ip own { chain out { type nat hook output priority -100; tcp dport 9 redirect; }; }'"
    return [*_solution(played), Step(facts.clients[0], rule)]


_ANYWHERE: Final = (
    Cheat("a mock on each client", _client_mock, "Something answers in place of"),
    Cheat("a mock on the router", _router_mock, "Something answers in place of"),
    Cheat("a relay on the router", _router_relay, "a relay or a NAT is between them"),
    Cheat("a tunnel into the server", _tunnel, "a relay or a NAT is between them"),
    Cheat("a cable around the firewall", _cable, " is new on "),
    Cheat("masquerading besides", _masquerade, "a relay or a NAT is between them"),
    Cheat("all rules flushed", _flush, ""),
    Cheat("ports swapped", _swap, "moved from port"),
    Cheat("another resolver", _resolver, "/etc/resolv.conf of"),
    Cheat("rules on the client", _clients_nat, "were changed (`nft list ruleset`)"),
)


def _nft(machine: str, *rules: str) -> Callable[[Played], list[Step]]:
    def steps(played: Played) -> list[Step]:
        facts = _facts(played.lab)
        lines = "\n".join(_filled(rule, facts) for rule in rules)
        return [Step(_machine(machine, facts), f"nft -f - <<'N'\n{lines}\nN")]

    return steps


def _machine(name: str, facts: _Facts) -> str:
    return {"ROUTER": facts.router, "SERVER": facts.server}.get(name, name)


def _filled(text: str, facts: _Facts) -> str:
    known = {"SERVER": facts.address, "LMGRD": str(facts.lmgrd), "PORTS": facts.ports, "PORT": str(facts.port)}
    known["CLOSED"] = facts.closed
    for name, value in known.items():
        text = text.replace(name, value)
    return text


def _after(first: Callable[[Played], list[Step]], *scripts: tuple[str, str]) -> Callable[[Played], list[Step]]:
    def steps(played: Played) -> list[Step]:
        facts = _facts(played.lab)
        return [*first(played), *(Step(_machine(on, facts), _filled(run, facts)) for on, run in scripts)]

    return steps


def _nothing(_played: Played) -> list[Step]:
    return []


def _forward(rules: str) -> str:
    return _OPEN_TABLE.format(rules)


_PORT_IS_TOLD: Final = ("masquerading besides", "another resolver", "rules on the client", "ports swapped")
"""Cheats after which a port is pinned; after the others, the check's restart moves it."""

_FORWARD: Final = "insert rule inet filter forward"
_BLOCKED: Final = "they must stay blocked"
_PROXY: Final = "The proxy must still take all other traffic"
_INSPECTS: Final = "The inspection must still drop unknown data"
_INPUT: Final = "insert rule inet host input"
_ACCEPT_INPUT: Final = "chain inet host input { policy accept; }"
_INSPECT: Final = "insert rule inet ids inspect"
_PIN: Final = "has no port= on the VENDOR line"
_FOLLOW: Final = (
    '(setsid sh -c \'while sleep 0.02; do p=$(grep -o "tcp_port [0-9]*" "$LMWIRE_LAB/cadlic/lmgrd.log" | tail -1 | '
    'cut -d" " -f2); [ "$p" = "$o" ] || nft insert rule inet filter forward ip daddr SERVER tcp dport $p accept; '
    "o=$p; done' >/dev/null 2>&1 &)"
)

_OPEN_BUT_CLOSED: Final = (
    Cheat(
        "policy accept, closed ports dropped",
        _nft("ROUTER", _forward("policy accept; tcp dport { CLOSED } drop;")),
        _BLOCKED,
    ),
    Cheat("all ports from 27000 upwards", _nft("ROUTER", f"{_FORWARD} tcp dport 27000-30999 accept"), _BLOCKED),
    Cheat("ephemeral ports", _nft("ROUTER", f"{_FORWARD} ip daddr SERVER tcp dport 32768-65535 accept"), _BLOCKED),
    Cheat(
        "everything but the closed ports",
        _nft("ROUTER", f"{_FORWARD} tcp dport != {{ CLOSED }} accept"),
        _BLOCKED,
    ),
)  # fmt: skip

CHEATS: Final[dict[str, tuple[Cheat, ...]]] = {
    "vendor-port": (
        *_ANYWHERE,
        *_OPEN_BUT_CLOSED,
        Cheat("no server in the rule", _nft("ROUTER", f"{_FORWARD} tcp dport PORT accept"), _BLOCKED),
    ),
    "moved-port": (
        *(replace(each, says=_PIN) if each.name not in _PORT_IS_TOLD else each for each in _ANYWHERE),
        *_OPEN_BUT_CLOSED,
        Cheat("rules follow the log", _after(_nothing, ("ROUTER", _FOLLOW)), _PIN),
        Cheat(
            "all but what is closed, and a pin",
            _after(_solution, ("ROUTER", f"nft '{_FORWARD} ip daddr SERVER tcp dport != {{ CLOSED }} accept'")),
            _BLOCKED,
        ),
    ),
    "nat": (
        *_ANYWHERE,
        *_OPEN_BUT_CLOSED,
        Cheat(
            "all ports forwarded but the edge's own",
            _nft("ROUTER", "insert rule ip nat prerouting tcp dport != { 22, 8080 } dnat to SERVER"),
            _BLOCKED,
        ),
        Cheat(
            "no NAT: the inner address opened",
            _after(
                _nft("ROUTER", f"{_FORWARD} ip daddr SERVER tcp dport {{ PORTS }} accept"),
                ("home", "echo 'SERVER license.eng.example cadlic.intra.eng.example' >> /etc/hosts"),
            ),
            "is open, but must stay blocked",
        ),
    ),
    "split-dns": (
        *_ANYWHERE,
        *_OPEN_BUT_CLOSED,
        Cheat(
            "hosts files instead of the name servers",
            _after(
                _nothing,
                *((zone, "echo '198.51.100.1 cadlic.eng.example' >> /etc/hosts") for zone in ("partner", "reseller")),
            ),
            "Its name server must answer 198.51.100.1 for cadlic.eng.example",
        ),
        Cheat(
            "the inner address opened",
            _nft("ROUTER", f"{_FORWARD} ip daddr SERVER tcp dport {{ PORTS }} accept"),
            "is open, but must stay blocked",
        ),
        Cheat(
            "the inner address refused at once",
            _nft("ROUTER", f"{_FORWARD} ip daddr SERVER tcp dport {{ PORTS }} reject with tcp reset"),
            "",
        ),
    ),
    "proxy": (
        *_ANYWHERE,
        Cheat("the proxy removed", _nft("ROUTER", "flush table ip proxy"), _PROXY),
        Cheat(
            "the daemon on the proxy's port",
            _after(
                _nothing,
                ("SERVER", "lmwire license pin license.lic adskflex=3128 --in-place && lmwire lab restart"),
            ),
            "adskflex moved from port 27006 to 3128",
        ),
        Cheat(
            "the whole server excepted",
            _nft("ROUTER", "insert rule ip proxy prerouting ip daddr SERVER accept"),
            _PROXY,
        ),
        Cheat(
            "a range excepted",
            _nft("ROUTER", "insert rule ip proxy prerouting tcp dport 27000-31000 accept"),
            _PROXY,
        ),
        Cheat(
            "only the web goes to the proxy",
            _nft(
                "ROUTER",
                "flush table ip proxy",
                'add rule ip proxy prerouting iifname != "eth2" tcp dport { 80, 443, 8080 } redirect to :3128',
            ),
            _PROXY,
        ),
        Cheat(
            "past the proxy and its rules",
            _nft("ROUTER", _forward("policy accept; tcp dport 22 drop;")),
            _PROXY,
        ),
    ),
    "inspection": (
        *_ANYWHERE,
        Cheat(
            "no inspection at all",
            _nft("ROUTER", "delete table inet ids", _forward("policy accept; tcp dport { 23, 8080 } drop;")),
            _INSPECTS,
        ),
        Cheat(
            "everything of the server",
            _nft(
                "ROUTER",
                f"{_INSPECT} ip daddr SERVER tcp dport != {{ 23, 8080 }} accept",
                f"{_INSPECT} ip saddr SERVER accept",
            ),
            _INSPECTS,
        ),
        Cheat(
            "only the answers of the server",
            _nft("ROUTER", f"{_INSPECT} ip daddr SERVER tcp dport PORT accept", f"{_INSPECT} ip saddr SERVER accept"),
            _INSPECTS,
        ),
        Cheat(
            "the sizes of a hello",
            _nft("ROUTER", f"{_INSPECT} tcp dport != {{ 23, 8080 }} meta length 80-250 accept"),
            _INSPECTS,
        ),
        Cheat(
            "high ports",
            _nft("ROUTER", f"{_INSPECT} tcp dport 27001-65535 accept", f"{_INSPECT} tcp sport 27001-65535 accept"),
            _INSPECTS,
        ),
        Cheat(
            "all ports blocked but the two",
            _nft(
                "ROUTER",
                "flush chain inet ids inspect",
                "add rule inet ids inspect tcp dport { PORTS } accept",
                "add rule inet ids inspect tcp sport { PORTS } accept",
                "add rule inet ids inspect meta l4proto tcp drop",
            ),
            _INSPECTS,
        ),
    ),
    "wrong-service": (
        *_ANYWHERE,
        *_OPEN_BUT_CLOSED,
        Cheat(
            "a mock on the intranet's machine",
            lambda played: [
                Step("intranet", _mock(_facts(played.lab))),
                *_nft(
                    "ROUTER",
                    "insert rule ip nat prerouting ip daddr 198.51.100.1 tcp dport PORT dnat to 10.33.54.30:PORT",
                    f"{_FORWARD} ip daddr 10.33.54.30 tcp dport PORT accept",
                )(played),
            ],
            "Something answers in place of the vendor daemon",
        ),
        Cheat(
            "everything forwarded to the server",
            _nft(
                "ROUTER",
                "insert rule ip nat prerouting ip daddr 198.51.100.1 tcp dport != 22 dnat to SERVER",
                f"{_FORWARD} ip daddr SERVER tcp dport != 22 accept",
            ),
            _BLOCKED,
        ),
    ),
    "triad": (
        *(replace(each, says="") if each.name == "a relay on the router" else each for each in _ANYWHERE),
        Cheat(
            "a mock in place of the broken member",
            lambda played: [Step("cadlic1", _mock(_facts(played.lab)))],
            "Something answers in place of lmgrd on cadlic2",
        ),
        Cheat("no firewall on the member", _nft("cadlic2", "flush ruleset"), "must stay blocked"),
        Cheat("all but what is closed", _nft("cadlic2", f"{_INPUT} tcp dport != {{ CLOSED }} accept"), _BLOCKED),
        Cheat("all high ports", _nft("cadlic2", f"{_INPUT} tcp dport 27000-65535 accept"), _BLOCKED),
        Cheat(
            "policy accept, closed ports dropped",
            _nft("cadlic2", "flush chain inet host input", f"{_INPUT} tcp dport {{ CLOSED }} drop", _ACCEPT_INPUT),
            _BLOCKED,
        ),
        Cheat(
            "the third member in place of the second",
            _nft(
                "ROUTER",
                "table ip n { chain p { type nat hook prerouting priority -100; "
                "ip daddr SERVER tcp dport { PORTS } dnat to 10.33.54.23; }; }",
            ),
            "Something answers in place of lmgrd on cadlic2",
        ),
    ),
}  # fmt: skip
"""Lab → the cheats that were tried against it, for seed 0."""
