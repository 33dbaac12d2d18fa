"""The scripts that cheats are made of, filled in with the names and ports of the lab that is played."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lmwire.lab import Lab
from tests.lab.playing import Played

__all__ = [
    "Step",
    "after",
    "cable",
    "client_mock",
    "clients_nat",
    "facts_of",
    "flush",
    "forward",
    "masquerade",
    "mock",
    "nft",
    "nothing",
    "resolver",
    "router_mock",
    "router_relay",
    "solution",
    "swap",
    "tunnel",
]

_RELAY: Final = Path(__file__).with_name("relay.py")
_OPEN_TABLE: Final = "flush ruleset; table inet x {{ chain forward {{ type filter hook forward priority 0; {} }}; }}"


@dataclass(frozen=True)
class Step:
    """A script for a machine's shell."""

    on: str
    run: str


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


def facts_of(lab: Lab) -> _Facts:
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


def mock(facts: _Facts, bind: str = "0.0.0.0") -> str:  # in a namespace
    vendor, host = f"--vendor {facts.vendor}={facts.port}", f"--referral-host {facts.names[0]}"
    return _background(f"lmwire mock --bind {bind} --lmgrd-port {facts.lmgrd} {vendor} {host}", facts.port)


def _hosts(facts: _Facts, address: str) -> str:
    return "\n".join(f"echo '{address} {name}' >> /etc/hosts" for name in facts.names)


def _relay(facts: _Facts, target: str, there: str = "") -> str:
    listening = f"{facts.lmgrd},{facts.port}"
    return _background(f"python3 {_RELAY} {listening} {target} {there}", facts.port)


def _network_of(played: Played, machine: str) -> str:
    return next(word.partition("=")[2] for word in played.running.prefixes[machine] if word.startswith("--net="))


def client_mock(played: Played) -> list[Step]:
    facts = facts_of(played.lab)
    return [Step(zone, f"{_hosts(facts, '127.0.0.1')}\n{mock(facts, '127.0.0.1')}") for zone in facts.clients]


def router_mock(played: Played) -> list[Step]:
    facts = facts_of(played.lab)
    return [Step(facts.router, f"{_redirect(facts)}\n{mock(facts)}")]


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


def router_relay(played: Played) -> list[Step]:
    facts = facts_of(played.lab)
    return [Step(facts.router, f"{_redirect(facts)}\n{_relay(facts, facts.address)}")]


def tunnel(played: Played) -> list[Step]:
    """As with `ssh -L`: the relay accepts on the client, and connects on the server."""
    facts = facts_of(played.lab)
    there = _network_of(played, facts.server)
    relay = _relay(facts, facts.address, there)
    return [Step(zone, f"{_hosts(facts, '127.0.0.1')}\n{relay}") for zone in facts.clients]


def cable(played: Played) -> list[Step]:
    """A wire from the client to the server, around the firewall."""
    facts, steps = facts_of(played.lab), []
    for number, zone in enumerate(facts.clients):
        wire, there = f"by{number}", _network_of(played, facts.server)
        near = f"ip link add {wire} type veth peer name {wire} netns {there}\nip link set {wire} up"
        own = '$(ip -4 -o addr show dev lan | awk \'{sub("/.*", "", $4); print $4}\')'
        steps.append(Step(zone, f'{near}\n{_hosts(facts, facts.address)}\necho {own} > "$LMWIRE_LAB/{wire}"'))
        back = f'ip link set {wire} up\nip route add $(cat "$LMWIRE_LAB/{wire}")/32 dev {wire}'
        steps.append(Step(facts.server, back))
        steps.append(Step(zone, f"ip route replace {facts.address}/32 dev {wire}"))
    return steps


def masquerade(played: Played) -> list[Step]:
    facts = facts_of(played.lab)
    every = "nft 'table ip m { chain post { type nat hook postrouting priority 100; masquerade; }; }'"
    return [*solution(played), Step(facts.router, every)]


def solution(played: Played) -> list[Step]:
    return [Step(step.on, step.run) for step in played.lab.solution]


def flush(played: Played) -> list[Step]:
    return [Step(machine, "nft flush ruleset") for machine in sorted(played.lab.mended)]


def swap(played: Played) -> list[Step]:
    """The vendor daemon on lmgrd's port, which is open."""
    facts = facts_of(played.lab)
    server = f"s/^(SERVER .* ){facts.lmgrd}$/\\1{facts.port}/"
    vendor = f"s/^(VENDOR {facts.vendor}).*/\\1 port={facts.lmgrd}/"
    return [Step(facts.server, f"sed -i -E '{server}; {vendor}' license.lic && lmwire lab restart")]


def resolver(played: Played) -> list[Step]:
    facts = facts_of(played.lab)
    change = "echo 'nameserver 127.0.0.9' > /etc/resolv.conf"
    return [*solution(played), *(Step(zone, f"{_hosts(facts, facts.address)}\n{change}") for zone in facts.clients)]


def clients_nat(played: Played) -> list[Step]:
    """The solution, and rules on the client that send it elsewhere all the same."""
    facts = facts_of(played.lab)
    rule = "nft 'table ip own { chain out { type nat hook output priority -100; tcp dport 9 redirect; }; }'"
    return [*solution(played), Step(facts.clients[0], rule)]


def nft(machine: str, *rules: str) -> Callable[[Played], list[Step]]:
    def steps(played: Played) -> list[Step]:
        facts = facts_of(played.lab)
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


def after(first: Callable[[Played], list[Step]], *scripts: tuple[str, str]) -> Callable[[Played], list[Step]]:
    def steps(played: Played) -> list[Step]:
        facts = facts_of(played.lab)
        return [*first(played), *(Step(_machine(on, facts), _filled(run, facts)) for on, run in scripts)]

    return steps


def nothing(_played: Played) -> list[Step]:
    return []


def forward(rules: str) -> str:
    return _OPEN_TABLE.format(rules)
