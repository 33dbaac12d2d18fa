"""What is wrong with a plan is told with its place, all of it at once, and never by a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmwire.ruletest import PlanError, parse_plan, read_plan, require_network
from lmwire.ruletest.example import example
from lmwire.ruletest.routes import client_routes, router_routes, server_routes
from tests.ruletest.playing import PLANS

GOOD = (PLANS / "nft-both-ports" / "plan.toml").read_text(encoding="utf-8")


def _problems(text: str) -> list[str]:
    with pytest.raises(PlanError) as error:
        require_network(parse_plan(text), PLANS / "nft-both-ports" / "plan.toml")
    return list(error.value.problems)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "guests"', 'name = "guests"\nseess = {}', "zones[1].seess: this key does not exist; see `--example`"),
        ('name = "licsrv"', "", "servers[0].name: is missing"),
        ('subnets = ["10.1.0.0/24"]', 'subnets = "10.1.0.0/24"', "zones[0].subnets: must be a list, not a string"),
        ("[expect]", "[expect", "line 29: ] is missing after the name of this table; write [NAME]"),
        (
            'subnets = ["10.2.0.0/24"]',
            'subnets = ["10.2.0.0/24"]\nsees = { a = "10.9.0" }',
            'zones[1].sees.a: "10.9.0" is not an IP address, nor one of servfail, silent, nodata',
        ),
        (
            '["10.2.0.0/24"]',
            '["10.2.0.1/24"]',
            'zones[1].subnets[0]: "10.2.0.1/24" is not a network; write it as 10.1.0.0/24',
        ),
        (
            '"10.2.0.1/24"',
            '"10.3.0.1/24"',
            "routers[0].interfaces[1].addresses[0]: 10.3.0.0/24 is not a subnet of zone guests (10.2.0.0/24)",
        ),
        (
            '"10.2.0.1/24"',
            '"10.2.0.1"',
            'routers[0].interfaces[1].addresses[0]: "10.2.0.1" is not an address with a prefix length',
        ),
        (
            'name = "eth1", zone = "guests"',
            'name = "eth1", zone = "gests"',
            'routers[0].interfaces[1].zone: there is no zone "gests"; write guests',
        ),
        (
            'name = "eth1", zone',
            'name = "eth0", zone',
            'routers[0].interfaces[1].name: "eth0" is used twice',
        ),
        (
            'name = "eth1", zone = "guests"',
            'name = "eth1", link = "x"',
            'routers[0].interfaces[1].link: link "x" needs two ends, not 1; a zone joins more routers',
        ),
        (
            'name = "eth1", zone = "guests",',
            'name = "eth1", zone = "guests", mtu = 1400,',
            "routers[0].interfaces[1].mtu: only a link between two routers can have an mtu",
        ),
        (
            'nftables = "fw.nft"',
            'nftables = "no.nft"',
            f"routers[0].nftables: the file {PLANS}/nft-both-ports/no.nft does not exist",
        ),
        (
            'nftables = "fw.nft"',
            'routes = [{ to = "x", via = "y" }]',
            'routers[0].routes[0].via: "y" is not an IP address',
        ),
        (
            'nftables = "fw.nft"',
            'dnat = [{ outside = "10.9.0.7", inside = "10.9.0.5:27000" }]',
            'routers[0].dnat[0].outside: "10.9.0.7" is not address:port; write it as 10.0.0.5:27000',
        ),
        ('"10.9.0.5"', '"10.8.0.5"', "servers[0].addresses[0]: 10.8.0.5 is in no subnet of the zone (10.9.0.0/24)"),
        (
            '"10.9.0.5"',
            '"10.9.0.1"',
            "servers[0].addresses: 10.9.0.1 is also the address of routers[0].interfaces[2].addresses",
        ),
        ("27001", "270010", "servers[0].vendors.ibmratl: 270010 is not a port; write 1 to 65535"),
        ("27001", "27000", "servers[0].vendors.ibmratl: port 27000 is already used on this server"),
        (
            "{ ibmratl = 27001 }",
            '{ ibmratl = 27001 }\nreferral = "licsrv€"\ntarget = "1@a"',
            'servers[0].referral: "licsrv€" is not a valid host name: Referral.host holds characters outside Latin-1',
        ),
        ("{ ibmratl = 27001 }", "{}", "servers[0].vendors: is missing"),
        (
            "{ ibmratl = 27001 }",
            '{ ibmratl = 27001 }\ntarget = "27000@a,27000@b,27000@c"',
            'servers[0].target: "27000@a,27000@b,27000@c" is not one server; write it as 27000@licsrv',
        ),
        ('"healthy"', '"helthy"', 'expect.office: there is no verdict "helthy"; write healthy'),
        (
            '[expect]\noffice = "healthy"\nguests = "lmgrd-filtered"',
            "[expect]\noffice = {}",
            "expect: is empty; write the expected verdicts",
        ),
        ('office = "healthy"', 'ofice = "healthy"', 'expect: there is no zone "ofice"; write office'),
        (
            'office = "healthy"',
            'office = { licserv = "healthy" }',
            'expect.office: there is no server "licserv"; write licsrv',
        ),
        ('name = "fw"', 'name = "licsrv"', 'servers[0].name: "licsrv" is also the name of a router'),
        ('name = "guests"', 'name = "a\\u001b[2J"', 'zones[1].name: "a\\x1b[2J" is not a valid name'),
    ],
)
def test_a_problem_is_told_with_its_place(old: str, new: str, said: str) -> None:
    assert old in GOOD
    problems = _problems(GOOD.replace(old, new, 1))
    assert any(said in problem for problem in problems), problems
    assert all(problem.isprintable() for problem in problems)


def test_all_problems_are_told_at_once() -> None:
    text = GOOD.replace('"healthy"', '"helthy"').replace("27001", "0").replace('name = "guests"', 'name = "office"')
    assert len(_problems(text)) >= 3


def test_a_problem_that_every_zone_has_is_told_once() -> None:
    problems = _problems(GOOD.replace("{ ibmratl = 27001 }", '{ ibmratl = 27001 }\ntarget = "70000@licsrv"'))
    assert problems == ["servers[0].target: port 70000 does not exist; write a port from 1 to 65535"]


@pytest.mark.parametrize(
    "data",
    [
        b"\xff",
        b"zones = []",
        b"",
        b"a" * ((1 << 20) + 1),
        b"a = " + b"[" * 5000,
        b"a = " + b"{a=" * 5000,
        b"a = " + b"9" * 5000,
    ],
    ids=["latin", "no", "nil", "big", "arrays", "tables", "number"],
)
def test_files_that_are_no_plan(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_bytes(data)
    with pytest.raises(PlanError):
        read_plan(file)


@settings(max_examples=150, deadline=None)
@given(
    plan=st.sampled_from(sorted(PLANS.glob("*/plan.toml"))),
    place=st.floats(0, 1),
    cut=st.integers(0, 12),
    put=st.sampled_from(
        ['"', "0", "-1", "::", "/33", "[]", "{}", "\n", "\x00", "é", "=", ".", "true", "1e9", "[[", ""]
    ),
)
def test_an_edit_anywhere_gives_a_plan_or_an_error_that_can_be_shown(
    plan: Path, place: float, cut: int, put: str
) -> None:
    text = plan.read_text(encoding="utf-8")
    start = int(place * len(text))
    told = _told_of(text[:start] + put + text[start + cut :], plan)
    assert told is None or told.isprintable()


def _told_of(text: str, file: Path) -> str | None:
    try:
        plan = parse_plan(text)
        require_network(plan, file)
    except PlanError as error:
        return str(error)
    # What passed must be of use.
    for zone in plan.zones:
        client_routes(plan, zone)
    for router in plan.routers:
        router_routes(plan, router)
    for server in plan.servers:
        server_routes(plan, server)
    return None


def test_the_mark_that_editors_of_windows_put_in_front_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(GOOD, encoding="utf-8-sig")
    assert read_plan(file) == parse_plan(GOOD)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"^the file .* does not exist"):
        read_plan(tmp_path / "none.toml")


def test_the_example_is_a_plan() -> None:
    plan = parse_plan(example())
    require_network(plan, Path("plan.toml"))
    assert set(plan.expected().values()) == {("healthy",), ("lmgrd-filtered", "lmgrd-rejected"), ("vendor-filtered",)}


def test_every_plan_of_the_suite_names_what_it_is_about() -> None:
    for folder in PLANS.iterdir():
        assert (folder / "plan.toml").read_text(encoding="utf-8").startswith("# ")
