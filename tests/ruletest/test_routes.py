"""Addresses and routes that a plan leaves open are worked out."""

from __future__ import annotations

from lmwire.ruletest import parse_plan, read_plan
from lmwire.ruletest.routes import client_addresses, client_routes, router_routes, server_routes
from tests.ruletest.playing import PLANS


def test_a_client_gets_an_address_that_nobody_has() -> None:
    plan = parse_plan(
        """
        routers = [{ name = "r", interfaces = [{ name = "a", zone = "z", addresses = ["10.1.0.6/29"] }] }]
        servers = [{ name = "s", zone = "z", addresses = ["10.1.0.5"], vendors = { a = 1 } }]
        [[zones]]
        name = "z"
        subnets = ["10.1.0.0/29", "2001:db8::/64", "10.2.0.0/31", "2001:db8:1::/127"]
        [expect]
        z = "healthy"
        """
    )
    assert client_addresses(plan, plan.zones[0]) == ("10.1.0.4", "2001:db8::c11e", "10.2.0.1", "2001:db8:1::1")


def test_own_routes_come_after_those_worked_out_and_so_win() -> None:
    plan = read_plan(PLANS / "reverse-path-strict" / "plan.toml")
    edge, core = plan.routers
    assert router_routes(plan, edge) == [
        "route replace 10.9.0.0/24 via 192.0.2.2",
        "route replace 10.9.0.0/24 via 192.0.2.2",
    ]
    assert router_routes(plan, core)[-1] == "route replace 10.1.0.0/24 via 192.0.2.5"


def test_gateways_of_zones_and_servers() -> None:
    plan = read_plan(PLANS / "asymmetric-stateful" / "plan.toml")
    assert client_routes(plan, plan.zone("office")) == ["route replace 0.0.0.0/0 via 10.1.0.1"]
    assert server_routes(plan, plan.server("crossed")) == ["route replace 0.0.0.0/0 via 10.9.0.2"]


def test_no_default_route_of_a_family_without_an_address() -> None:
    plan = read_plan(PLANS / "dual-stack-ipv6-forgotten" / "plan.toml")
    assert server_routes(plan, plan.server("six")) == ["route replace ::/0 via 2001:db8:9::1"]
    assert len(server_routes(plan, plan.server("licsrv"))) == 2
