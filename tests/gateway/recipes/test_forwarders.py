"""Each recipe with the real program, and an unmodified FlexNet client that has no other way to the license server."""

from __future__ import annotations

import contextlib
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from lmwire.gateway.recipes.model import Kind, Recipe
from tests.gateway.recipes.programs import running, write_files
from tests.gateway.recipes.stage import LMGRD, NAME, SERVED, VENDOR_PORT, Stage, staged, until_listening

pytestmark = [pytest.mark.network, pytest.mark.real_client]

PROGRAMS = [Kind.SSH, Kind.SSH_REVERSE, Kind.HAPROXY, Kind.NGINX, Kind.SYSTEMD, Kind.DOCKER]
CLUSTER_IP = "10.96.0.10"


def written(stage: Stage, kind: Kind) -> Recipe:
    via = {Kind.SSH: f"root@{stage.middle_address}", Kind.SSH_REVERSE: f"root@{stage.client_address}"}
    listen = (stage.middle_address,) if kind is Kind.DOCKER else ()
    return stage.recipe(kind, via=via.get(kind, stage.middle_address), listen=listen)


@pytest.mark.parametrize("kind", PROGRAMS, ids=lambda kind: kind.value)
def test_a_client_is_served_through_it(kind: Kind, tmp_path: Path) -> None:
    with staged() as stage:
        with pytest.raises(OSError, match="unreachable"):
            stage.client.call(socket.create_connection, (stage.server_address, LMGRD), 5)
        recipe = written(stage, kind)
        stage.apply_hosts(recipe)
        with running(stage, recipe, tmp_path):
            assert stage.report(recipe) == SERVED


def test_a_client_without_the_line_falls_back_to_the_forwarder(tmp_path: Path) -> None:
    with staged() as stage, running(stage, recipe := written(stage, Kind.HAPROXY), tmp_path):
        assert [entry.required for entry in recipe.hosts] == [False]
        assert stage.report(recipe) == SERVED


@pytest.mark.parametrize("host", ["192.0.2.99", "localhost", "not a name"])
def test_a_client_is_served_where_no_line_can_help(host: str, tmp_path: Path) -> None:
    with staged(referral_host=host) as stage, running(stage, recipe := written(stage, Kind.NGINX), tmp_path):
        assert recipe.hosts == ()
        assert host in recipe.hosts_why[0]
        assert stage.report(recipe) == SERVED


def test_containers_of_a_compose_project_are_served_through_the_service(tmp_path: Path) -> None:
    with staged() as stage:
        recipe = stage.recipe(Kind.COMPOSE)
        (service,) = yaml.safe_load(recipe.files[0].text)["services"].values()
        aliases = service["networks"]["default"]["aliases"]
        assert aliases == [NAME]
        stage.client.hosts(dict.fromkeys(["license", *aliases], stage.middle_address))  # Docker's DNS would say so
        with running(stage, recipe, tmp_path):
            assert stage.report(recipe) == SERVED


def test_pods_are_served_through_what_the_service_and_its_endpoints_say() -> None:
    with staged(router=True) as stage:
        recipe = stage.recipe(Kind.KUBERNETES)
        service, endpoints = yaml.safe_load_all(recipe.files[0].text)
        (address,) = endpoints["endpoints"][0]["addresses"]
        ports = {port["name"]: port["port"] for port in endpoints["ports"]}
        rules = "".join(
            f"ip daddr {CLUSTER_IP} tcp dport {port['port']} dnat to {address}:{ports[port['name']]}\n"
            for port in service["spec"]["ports"]
        )
        stage.middle.nft(  # as kube-proxy and the cluster's network do
            f"table ip kube {{\nchain pre {{ type nat hook prerouting priority -100;\n{rules}}}\n"
            "chain post { type nat hook postrouting priority 100; masquerade; }\n}\n"
        )
        stage.client.route(f"{CLUSTER_IP}/32", stage.middle_address)
        stage.client.hosts({service["metadata"]["name"]: CLUSTER_IP})
        assert recipe.license_path == f"{LMGRD}@{NAME}"
        assert stage.report(recipe) == SERVED


@contextlib.contextmanager
def silent_session(stage: Stage, address: str) -> Iterator[socket.socket]:
    """Yield a session to the vendor daemon's port in which nobody says anything."""
    with stage.client.call(socket.create_connection, (address, VENDOR_PORT), 5) as session:
        yield session


def keepalive_of(stage: Stage) -> dict[str, float]:
    """Return the seconds until the next keepalive probe, for the forwarder's connection to each side."""
    seconds = {"sec": 1.0, "min": 60.0}
    seen = stage.middle.run(["ss", "-tnoH", "state", "established"]).stdout
    found = re.findall(r"(\S+):\d+\s+timer:\(keepalive,([\d.]+?)(sec|min)", seen)
    return {peer.removeprefix("[::ffff:").removesuffix("]"): float(left) * seconds[unit] for peer, left, unit in found}


@pytest.mark.parametrize(("kind", "towards_server"), [(Kind.HAPROXY, 60), (Kind.NGINX, 7200)], ids=["haproxy", "nginx"])
def test_keepalive_runs_on_both_sides_of_a_session(kind: Kind, towards_server: int, tmp_path: Path) -> None:
    """Nginx cannot choose the time towards the server: the kernel's setting holds."""
    with (
        staged() as stage,
        running(stage, written(stage, kind), tmp_path),
        silent_session(stage, stage.middle_address),
    ):
        limit = time.monotonic() + 10
        timers: dict[str, float] = {}
        while len(timers) < 2 and time.monotonic() < limit:
            timers = keepalive_of(stage)
        assert 30 < timers[stage.client_address] <= 60
        assert 0.8 * towards_server < timers[stage.server_address] <= towards_server


@pytest.mark.slow
def test_a_silent_session_outlives_the_timeouts_that_usual_files_have(tmp_path: Path) -> None:
    """HAProxy beside itself: the recipe's file, and the same with 1 s instead of the usual 50 s."""
    with staged() as stage:
        recipe = written(stage, Kind.HAPROXY)
        (file,) = write_files(recipe, tmp_path)
        usual = tmp_path / "usual.cfg"
        text = re.sub(r"(timeout (?:client|server|tunnel)) 24d", r"\1 1s", file.read_text())
        usual.write_text(text.replace(":27000\n", ":37000\n", 1).replace("0.0.0.0:27001", "0.0.0.0:37001"))
        stage.middle.popen(["haproxy", "-db", "-f", str(usual)])
        until_listening(stage.middle, 37001)
        with running(stage, recipe, tmp_path):
            place = (stage.middle_address, 37001)
            with (
                silent_session(stage, stage.middle_address) as kept,
                stage.client.call(socket.create_connection, place, 5) as lost,
            ):
                lost.settimeout(10)
                assert lost.recv(1) == b""
                kept.settimeout(1)
                with pytest.raises(TimeoutError):
                    kept.recv(1)
