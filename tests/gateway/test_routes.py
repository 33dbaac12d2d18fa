"""From a plan to listeners: what is accepted, and how what is not is told."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from lmwire.errors import LmwireError
from lmwire.gateway.plan import GatewayPlan, GatewayServer, Mode
from lmwire.gateway.plan_file import EXAMPLE, read_plan
from lmwire.gateway.routes import client_path, routes_of
from lmwire.report import Format, render
from lmwire.report.schemas import SchemaOf

TRIAD = "27000@a,27001@b,27002@c"


def routes(**fields: object) -> list[tuple[str, int, str]]:
    plan = GatewayPlan(servers=(GatewayServer(**fields),))  # type: ignore[arg-type] # a table of cases
    return [(route.address, route.port, route.target) for route in routes_of(plan)]


@pytest.mark.parametrize(
    ("fields", "listens"),
    [
        ({"server": "27000@licsrv"}, [("127.0.0.1", 27000, "27000@licsrv")]),
        ({"server": "1700@licsrv", "listen": "10.8.0.1"}, [("10.8.0.1", 1700, "1700@licsrv")]),
        ({"server": "27000@licsrv", "listen": "0.0.0.0:27010"}, [("0.0.0.0", 27010, "27000@licsrv")]),
        ({"server": "27000@licsrv", "listen": "[::1]:27010"}, [("::1", 27010, "27000@licsrv")]),
        ({"server": "27000@licsrv", "listen": "::1"}, [("::1", 27000, "27000@licsrv")]),
        (
            {"server": TRIAD, "listen": "127.0.0.1:27010"},
            [("127.0.0.1", 27010, "27000@a"), ("127.0.0.1", 27011, "27001@b"), ("127.0.0.1", 27012, "27002@c")],
        ),
        (
            {"server": TRIAD, "listen": ("10.0.0.1:1", "10.0.0.2:2", "10.0.0.3")},
            [("10.0.0.1", 1, "27000@a"), ("10.0.0.2", 2, "27001@b"), ("10.0.0.3", 27002, "27002@c")],
        ),
        ({"server": TRIAD, "listen": "127.0.0.1:0"}, [("127.0.0.1", 0, f"{27000 + n}@{'abc'[n]}") for n in range(3)]),
    ],
)
def test_where_a_plan_listens(fields: dict[str, object], listens: list[tuple[str, int, str]]) -> None:
    assert routes(**fields) == listens


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"server": "@licsrv"}, "does not name a port"),
        ({"server": "27000@a:27000@b"}, "is a list of 2 license servers"),
        ({"server": "licsrv"}, "does not exist"),
        ({"server": "27000@a", "listen": "localhost:27000"}, "is not ADDRESS:PORT"),
        ({"server": "27000@a", "listen": "127.0.0.1:99999"}, "is not ADDRESS:PORT"),
        ({"server": TRIAD, "listen": "127.0.0.1:65534"}, "there are no 3 ports from 65534 on"),
        ({"server": TRIAD, "listen": ("127.0.0.1:1", "127.0.0.1:2")}, "2 addresses to listen on, for 3 servers"),
        ({"server": "27000@a", "allow": ("10.8.0.1/16",)}, "10.8.0.1/16 is not a network; write 10.8.0.0/16"),
        ({"server": "27000@a", "allow": ("office",)}, "office is not a network"),
        ({"server": "27000@a", "vendor_ports": {"x": 1}}, 'vendor_ports has no use in the mode "one-port"'),
        (
            {"server": TRIAD, "mode": Mode.REFERRAL, "vendor_ports": {"x": 27099}},
            "vendor_ports is one port for a vendor daemon, and a triad has three of them",
        ),
        (
            {"server": "1@a", "mode": Mode.REFERRAL, "vendor_ports": {"x": 27001, "y": 27001}},
            "vendor daemon x of 1@a and vendor daemon y of 1@a both listen on 127.0.0.1:27001",
        ),
        ({"server": "27000@a", "mode": Mode.REFERRAL, "advertise": "x" * 300}, "is not a host name"),
        ({"server": "27000@a", "advertise": "gw"}, 'advertise has no use in the mode "one-port"'),
        (
            {"server": "27000@a", "mode": Mode.REFERRAL, "vendors": ("x",), "vendor_ports": {"y": 1}},
            "vendor_ports names y, which vendors does not allow",
        ),
        ({"server": "27000@a", "mode": Mode.REFERRAL, "advertise": "g\0w"}, "is not a host name"),
    ],
)
def test_what_makes_no_sense_is_told_with_what_to_write(fields: dict[str, object], words: str) -> None:
    with pytest.raises(LmwireError) as caught:
        routes(**fields)
    assert words in caught.value.one_line
    assert caught.value.hint


def test_two_servers_cannot_share_a_listener() -> None:
    servers = tuple(GatewayServer(server=f"27000@{name}") for name in "ab")
    with pytest.raises(LmwireError, match=r"27000@a and 27000@b both listen on 127\.0\.0\.1:27000"):
        routes_of(GatewayPlan(servers=servers))
    wide = (GatewayServer(server="1@a", listen="0.0.0.0:27000"), GatewayServer(server="2@b", listen="10.0.0.1:27000"))
    with pytest.raises(LmwireError, match=r"1@a and 2@b both listen on 10\.0\.0\.1:27000"):
        routes_of(GatewayPlan(servers=wide))
    with pytest.raises(LmwireError, match="metrics: nonsense is not ADDRESS:PORT"):
        routes_of(GatewayPlan(servers=servers[:1], metrics="nonsense"))
    with pytest.raises(LmwireError, match="the plan has no server"):
        routes_of(GatewayPlan(servers=()))


def test_a_triad_is_handed_to_clients_as_one() -> None:
    found = routes_of(GatewayPlan(servers=(GatewayServer(server=TRIAD, listen="10.8.0.1:27010"),)))
    assert client_path(found, [27010, 27011, 27012]) == "27010@10.8.0.1,27011@10.8.0.1,27012@10.8.0.1"


def test_the_example_is_a_plan_also_with_its_comments_taken_away(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(EXAMPLE, encoding="utf-8")
    assert [route.target for route in routes_of(read_plan(file))] == ["27000@licsrv"]
    lines = [
        line.removeprefix("# ") for line in EXAMPLE.splitlines() if " = " in line or line.lstrip("# ").startswith("[")
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    plan = read_plan(file)
    assert len(routes_of(plan)) == 5
    assert (plan.metrics, plan.limits.keepalive) == ("127.0.0.1:9310", 25)


def test_the_schema_accepts_the_example_and_refuses_what_the_reader_refuses() -> None:
    schema = json.loads(render(SchemaOf("gateway-config"), Format.JSON))
    bare = "\n".join(line.removeprefix("# ") for line in EXAMPLE.splitlines()[1:])
    for text in (EXAMPLE, bare):
        jsonschema.validate(tomllib.loads(text), schema)
    for wrong in ("servers = 3", '[[servers]]\nserver = "27000@a"\nlisten_on = "x"', "[[servers]]"):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(tomllib.loads(wrong), schema)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("servers = 3", "plan.toml: servers: must be a list, not a whole number"),
        ('[[servers]]\nserver = "27000@a"\nlisten_on = "x"', "servers[0].listen_on: this key does not exist"),
        ("[[servers]]", "servers[0].server: is missing"),
        ('[[servers]]\nserver = "27000@a"\n[limits]\nwaiting = 0', "limits.waiting: Expected `int` >= 1"),
        ("[[servers", "plan.toml: "),
    ],
)
def test_a_wrong_file_is_told_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(LmwireError) as caught:
        read_plan(file)
    assert words in str(caught.value)
    with pytest.raises(LmwireError, match="does not exist"):
        read_plan(tmp_path / "missing.toml")
