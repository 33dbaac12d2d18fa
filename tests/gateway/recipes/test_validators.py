"""The recipes, read by the programs that they are for, and by other people's validators."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import compose_spec
import kubernetes_validate
import pytest
import yaml

from lmwire.gateway.recipes.facts import VendorPort, parse_network
from lmwire.gateway.recipes.model import Kind
from tests.gateway.recipes.facts_maker import recipe, server, triad
from tests.gateway.recipes.programs import nginx_main, write_files

THREE = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
ALLOWED = (parse_network("10.8.0.0/16"), parse_network("2001:db8::/32"))
SIX = {"host": "2001:db8::20", "address": "2001:db8::20"}
HOSTILE = (VendorPort(name='x\n" ; } # %n', port=27001), VendorPort(name="ok", port=27002))


def servers(case: str) -> tuple[Any, ...]:
    addressed = {"host": "192.0.2.20"}
    return {
        "one": (server(**addressed),),
        "ipv6": (server(**SIX),),
        "hostile": (server(**addressed, vendors=HOSTILE, names=("a\nb",)),),
        "triad": tuple(server(host=f"192.0.2.{n}", address=f"192.0.2.{n}", names=(f"lic{n}",)) for n in (1, 2, 3)),
    }[case]


CASES = pytest.mark.parametrize("case", ["one", "ipv6", "hostile", "triad"])


def listen(case: str) -> tuple[str, ...]:
    return THREE if case == "triad" else ("::1",) if case == "ipv6" else ()


def run(*command: str | Path) -> str:
    done = subprocess.run(  # noqa: S603 - the program that the recipe is for
        [str(word) for word in command], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.network
@CASES
@pytest.mark.parametrize("allow", [(), ALLOWED], ids=["all", "allowed"])
def test_haproxy_takes_its_file_without_a_warning(case: str, allow: tuple[Any, ...], tmp_path: Path) -> None:
    (file,) = write_files(recipe(Kind.HAPROXY, *servers(case), listen=listen(case), allow=allow), tmp_path)
    said = run("/usr/sbin/haproxy", "-c", "-f", file)
    assert "WARNING" not in said
    assert "ALERT" not in said


@pytest.mark.network
@CASES
def test_haproxy_takes_the_file_for_a_container(case: str, tmp_path: Path) -> None:
    for kind in (Kind.DOCKER, Kind.COMPOSE):
        for file in write_files(recipe(kind, *servers(case)), tmp_path):
            if file.suffix == ".cfg":
                assert "WARNING" not in run("/usr/sbin/haproxy", "-c", "-f", file)


@pytest.mark.network
@CASES
@pytest.mark.parametrize("allow", [(), ALLOWED], ids=["all", "allowed"])
def test_nginx_takes_its_file_without_a_warning(case: str, allow: tuple[Any, ...], tmp_path: Path) -> None:
    (file,) = write_files(recipe(Kind.NGINX, *servers(case), listen=listen(case), allow=allow), tmp_path)
    said = run("/usr/sbin/nginx", "-t", "-c", nginx_main(file, tmp_path), "-p", tmp_path)
    assert "[warn]" not in said
    assert "test is successful" in said


@pytest.mark.network
@CASES
@pytest.mark.parametrize("allow", [(), ALLOWED], ids=["all", "allowed"])
def test_systemd_verifies_its_units(case: str, allow: tuple[Any, ...], tmp_path: Path) -> None:
    files = write_files(recipe(Kind.SYSTEMD, *servers(case), listen=listen(case), allow=allow), tmp_path)
    said = run("/usr/bin/systemd-analyze", "verify", "--man=no", *files)
    assert str(tmp_path) not in said
    assert "lmwire-license" not in said


@CASES
def test_kubernetes_has_these_objects(case: str) -> None:
    (file,) = recipe(Kind.KUBERNETES, *servers(case)).files
    documents = list(yaml.safe_load_all(file.text))
    assert [document["kind"] for document in documents] == ["Service", "EndpointSlice"] * (3 if case == "triad" else 1)
    for service, endpoints in zip(documents[::2], documents[1::2], strict=True):
        for document in (service, endpoints):
            kubernetes_validate.validate(document, "1.30", strict=True)
        assert "selector" not in service["spec"]
        assert "type" not in service["spec"]
        assert endpoints["metadata"]["labels"]["kubernetes.io/service-name"] == service["metadata"]["name"]
        named = {(port["name"], port["port"]) for port in service["spec"]["ports"]}
        assert named == {(port["name"], port["port"]) for port in endpoints["ports"]}


@CASES
@pytest.mark.parametrize("published", [False, True], ids=["inside", "published"])
def test_compose_has_these_services(case: str, *, published: bool) -> None:
    where = (listen(case) or ("192.0.2.1",)) if published else ()
    text = recipe(Kind.COMPOSE, *servers(case), listen=where).files[0].text
    loaded = yaml.safe_load(text)
    read = compose_spec.PyCompose.from_yaml(text)  # refuses unknown keys, wrong types, ports and networks
    read.validate()
    assert set(read.service_names()) == set(loaded["services"])
    assert len(loaded["services"]) == (3 if case == "triad" else 1)
    assert all(("ports" in service) == published for service in loaded["services"].values())


def test_the_names_of_a_triad_lead_to_their_own_service() -> None:
    services = yaml.safe_load(recipe(Kind.COMPOSE, *triad()).files[0].text)["services"]
    assert [service["networks"]["default"]["aliases"] for service in services.values()] == [
        ["lic1"],
        ["lic2"],
        ["lic3"],
    ]
