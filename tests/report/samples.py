"""Evidence made by hand: for every verdict one walk that leads to it, and a few whole reports."""

from __future__ import annotations

from typing import Any, Final

from lmwire.diagnosis import Report, diagnose, diagnose_triad, overall_of
from lmwire.diagnosis.model import Client
from lmwire.evidence import (
    Answer,
    Asked,
    Connect,
    Dialogue,
    Evidence,
    Icmp,
    Leg,
    NameFault,
    ReferralSeen,
    Resolution,
    Role,
    Via,
)

SERVER: Final = "10.20.0.5"
CLIENT: Final = "10.30.7.41"
ROUTER: Final = "10.30.7.1"
NAME: Final = "licsrv"


def look(via: Via = Via.TARGET, *addresses: str, **more: Any) -> Resolution:
    found = {"name": NAME, "source": "system", "addresses": addresses or (SERVER,), "seconds": 0.0006}
    return Resolution(via=via, **{**found, **more})


def leg(role: Role, **more: Any) -> Leg:
    usual = {
        "via": Via.TARGET if role is Role.LMGRD else Via.REFERRAL,
        "host": NAME,
        "address": SERVER,
        "port": 27000 if role is Role.LMGRD else 27001,
        "connect": Connect.ESTABLISHED,
        "connect_seconds": 0.0011,
        "asked": Asked.HELLO,
        "dialogue": Dialogue.ANSWERED,
        "answer": Answer.REFERRAL if role is Role.LMGRD else Answer.HELLO,
        "peer": "" if role is Role.LMGRD else "ibmratl",
        "version": "" if role is Role.LMGRD else "11.19",
        "local": CLIENT,
        "sent": 147,
        "seconds": 0.0043,
    }
    return Leg(role=role, **{**usual, **more})


def failed(role: Role, connect: Connect, **more: Any) -> Leg:
    """A leg whose connect ended so."""
    return leg(
        role, **{"connect": connect, "dialogue": None, "answer": None, "asked": Asked.NOTHING, "sent": 0, **more}
    )


def talked(role: Role, dialogue: Dialogue, **more: Any) -> Leg:
    """A leg that connected, and whose talk ended so."""
    return leg(role, **{"dialogue": dialogue, "answer": None, "peer": "", "version": "", **more})


def walk(*legs: Leg, **more: Any) -> Evidence:
    """The evidence of a walk to 27000@licsrv; with vendor legs there is a referral and its look-up."""
    usual: dict[str, Any] = {
        "target": "27000@licsrv",
        "host": NAME,
        "port": 27000,
        "vendor": "ibmratl",
        "resolutions": (look(),),
        "seconds": sum(one.seconds for one in legs),
    }
    if any(one.role is Role.VENDOR for one in legs):
        usual["resolutions"] = (look(), look(Via.REFERRAL))
        usual["referral"] = REFERRAL
    return Evidence(legs=legs, **{**usual, **more})


REFERRAL: Final = ReferralSeen(host=NAME, port=27001, lmgrd_address=SERVER, lmgrd_port=27000)
LMGRD: Final = leg(Role.LMGRD)
PROHIBITED: Final = Icmp(type=3, code=13, sender=ROUTER)


def referred(host: str, addresses: tuple[str, ...], *vendor_legs: Leg, **fault: Any) -> Evidence:
    """A walk whose referral names another host."""
    second = look(Via.REFERRAL, name=host, addresses=addresses, **fault)
    return walk(
        LMGRD,
        *vendor_legs,
        referral=ReferralSeen(host=host, port=27001, lmgrd_address=SERVER, lmgrd_port=27000),
        resolutions=(look(), second),
    )


def own_address(made: Leg) -> Leg:
    """The same leg at lmgrd's own address."""
    return Leg(**{name: getattr(made, name) for name in made.__struct_fields__} | {"via": Via.LMGRD_ADDRESS})


def _both(role: Role) -> dict[str, Evidence]:
    """The verdicts that lmgrd and the vendor daemon have in common."""
    before = () if role is Role.LMGRD else (LMGRD,)
    who = role.value

    def told(**fields: Any) -> Evidence:
        return walk(*before, talked(role, **fields))

    def unconnected(connect: Connect, **fields: Any) -> Evidence:
        return walk(*before, failed(role, connect, **fields))

    return {
        f"{who}-filtered": unconnected(Connect.FILTERED, connect_seconds=4.0, seconds=4.0),
        f"{who}-refused": unconnected(Connect.REFUSED, detail="Connection refused"),
        f"{who}-rejected": unconnected(Connect.REJECTED, icmp=PROHIBITED, detail="No route to host"),
        f"{who}-unreachable": unconnected(Connect.UNREACHABLE, detail="No route to host"),
        f"{who}-denied": unconnected(Connect.DENIED, detail="Operation not permitted"),
        f"{who}-silent": told(dialogue=Dialogue.SILENT, seconds=10.0),
        f"{who}-closes": told(dialogue=Dialogue.CLOSED),
        f"{who}-payload-lost": told(dialogue=Dialogue.LOST, acknowledged=False, seconds=10.0),
        f"{who}-garbled": told(dialogue=Dialogue.GARBLED, fault="crc", detail="checksum is 0x1234, not 0xabcd"),
        f"{who}-foreign": told(dialogue=Dialogue.FOREIGN, service="HTTP", start="HTTP/1.1 400 Bad Request"),
        f"{who}-error": told(dialogue=Dialogue.ERROR, code=-13),
    }


GONE: Final = {"fault": NameFault.NOT_FOUND}

WALKS: Final[dict[str, Evidence]] = {
    "healthy": walk(LMGRD, leg(Role.VENDOR)),
    "name-unresolvable": walk(resolutions=(look(addresses=(), fault=NameFault.NOT_FOUND),)),
    **_both(Role.LMGRD),
    "vendor-daemon-down": walk(talked(Role.LMGRD, Dialogue.ERROR, code=-97), daemons=("ibmratl", "telelogic")),
    "range-shadowed": walk(
        failed(Role.LMGRD, Connect.REFUSED, port=27000),
        failed(Role.LMGRD, Connect.REFUSED, port=27001),
        leg(Role.LMGRD, port=27002, answer=Answer.HELLO, peer="ibmratl"),
        leg(Role.LMGRD, port=27003),
        *(failed(Role.LMGRD, Connect.REFUSED, port=port) for port in range(27004, 27010)),
        target="@licsrv",
        port=None,
        referral=REFERRAL,
    ),
    "referral-invalid": walk(LMGRD, referral=ReferralSeen(host=NAME, port=0, lmgrd_address=SERVER, lmgrd_port=27000)),
    "referral-unresolvable": referred(
        "inner.corp.example",
        (),
        own_address(failed(Role.VENDOR, Connect.FILTERED, connect_seconds=4.0, seconds=4.0)),
        **GONE,
    ),
    "referral-elsewhere": referred(
        "licsrv.example",
        ("192.0.2.99",),
        failed(Role.VENDOR, Connect.FILTERED, address="192.0.2.99", connect_seconds=4.0, seconds=4.0),
        own_address(leg(Role.VENDOR)),
    ),
    "referral-loopback": referred(
        "localhost",
        ("127.0.0.1",),
        failed(Role.VENDOR, Connect.REFUSED, address="127.0.0.1"),
        own_address(failed(Role.VENDOR, Connect.REFUSED)),
    ),
    **_both(Role.VENDOR),
    "inconclusive": walk(LMGRD, referral=REFERRAL, followed=False),
}
"""Verdict → evidence that leads to it."""


def report(*evidences: Evidence, **more: Any) -> Report:
    diagnoses = tuple(map(diagnose, evidences))
    return Report(overall=overall_of(diagnoses), diagnoses=diagnoses, **more)


CLIENT_SIDE: Final = Client(
    measured="2026-03-09T08:05:00Z",
    user="ada",
    host="ws17",
    addresses=(CLIENT,),
    resolver=("10.30.0.53",),
    open_files=1024,
    container=False,
    version="9.9.9",
)


def triad() -> Report:
    """Three servers: the first filtered, the other two healthy."""
    target = "27000@a,27000@b,27000@c"
    down = walk(failed(Role.LMGRD, Connect.FILTERED, connect_seconds=4.0, seconds=4.0), target=target, host="a")
    up = [walk(LMGRD, leg(Role.VENDOR), target=target, host=host) for host in ("b", "c")]
    diagnosis = diagnose_triad([down, *up])
    return Report(overall=overall_of([diagnosis]), path_from="LM_LICENSE_FILE", diagnoses=(diagnosis,))


def poor_triad() -> Report:
    """Three servers: the first healthy, the second served in spite of its name, the third undecided."""
    target = "27000@a,27000@b,27000@c"
    astray = WALKS["referral-elsewhere"]
    warned = walk(*astray.legs, target=target, host="b", referral=astray.referral, resolutions=astray.resolutions)
    unsure = walk(LMGRD, target=target, host="c", referral=REFERRAL, followed=False)
    diagnosis = diagnose_triad([walk(LMGRD, leg(Role.VENDOR), target=target, host="a"), warned, unsure])
    return Report(overall=overall_of([diagnosis]), diagnoses=(diagnosis,))


def alternatives() -> Report:
    """A list from the environment: the first entry is filtered, the second serves; another variable lost."""
    return report(
        WALKS["lmgrd-filtered"],
        walk(LMGRD, leg(Role.VENDOR), target="27000@backup"),
        path_from="IBMRATL_LICENSE_FILE",
        notes=("Also set, but not used: LM_LICENSE_FILE.",),
    )


HOSTILE: Final = (
    "\x1b]0;owned\x07\x1b[31mred\x1b[0m",
    "\u202egnp.exe\u2066",
    "[bold red]markup[/] [link=http://evil]x[/link]",
    "a|b`c``d\r\n| x | y |\n# heading",
    "<script>alert(1)</script>&amp;]]><!--",
    "\x9b31m\x85\u2028\x00\x7f",
    "{server} {0} %s $(id) \\x1b",
    "\ud800lone\ufffe\uffff",
    "x" * 5000,
    "\N{FULLWIDTH LATIN SMALL LETTER W}" * 120,
)
"""Names that a server, a DNS or a user might come up with."""


def hostile(text: str) -> Evidence:
    """A walk with `text` wherever a string of the network or of the user can stand."""
    return walk(
        leg(Role.LMGRD, host=text, version=text, peer=text),
        talked(Role.VENDOR, Dialogue.GARBLED, host=text, detail=text, fault="crc", peer=text, service=text),
        own_address(talked(Role.VENDOR, Dialogue.FOREIGN, host=text, service=text, detail=text)),
        target=text,
        host=text,
        vendor=text,
        daemons=(text, text),
        referral=ReferralSeen(host=text, port=27001, lmgrd_address=SERVER, lmgrd_port=27000),
        resolutions=(look(name=text, detail=text), look(Via.REFERRAL, name=text, detail=text)),
        failure="",
        limits=(text,),
    )
