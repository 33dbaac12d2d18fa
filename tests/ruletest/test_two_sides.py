"""The two-sided mode in a network that stands for a real one: what `--commands` prints is run where it says."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from lmwire.netns import Network
from tests.cli.running import clean, invoke

pytestmark = pytest.mark.network

_PLAN = """
name = "real"
zones = [{ name = "office" }, { name = "lab" }]

[[servers]]
name = "licsrv"
addresses = ["10.9.0.5"]
vendors = { ibmratl = 27001, telelogic = 27002 }

[expect]
office = "vendor-filtered"
lab = "healthy"
"""
_RULES = """
table inet real {
    chain forward {
        type filter hook forward priority filter
        ip saddr 10.1.0.7 tcp dport 27002 drop
    }
}
"""


def test_the_commands_lead_to_the_matrix(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(_PLAN, encoding="utf-8")
    printed = invoke("firewall", "test", str(plan), "--commands").stdout
    mock, office, lab, last = (
        line.replace("lmwire ", f"{shlex.quote(sys.executable)} -m lmwire ", 1)
        for line in printed.splitlines()
        if line and not line.startswith("#")
    )
    with Network() as network:
        clients = {"office": network.host("office"), "lab": network.host("lab")}
        router, server = network.router("fw"), network.host("licsrv")
        network.link(clients["office"], router, net4=("10.1.0.7/24", "10.1.0.1/24"), net6=None)
        network.link(clients["lab"], router, net4=("10.2.0.7/24", "10.2.0.1/24"), net6=None)
        network.link(router, server, net4=("10.9.0.1/24", "10.9.0.5/24"), net6=None)
        network.route_all()
        router.nft(_RULES)
        for client in clients.values():
            client.hosts({"licsrv": "10.9.0.5"})
        playing = server.popen(shlex.split(mock), stdout=subprocess.PIPE, env=clean())
        assert playing.stdout is not None
        assert json.loads(playing.stdout.readline())["ready"] is True
        asking = [
            clients[zone].popen(["sh", "-c", command], cwd=tmp_path, env=clean())
            for zone, command in (("office", office), ("lab", lab))
        ]
        assert [process.wait(30) for process in asking] == [1, 0]
    done = subprocess.run(  # noqa: S603 # what was printed
        shlex.split(last), cwd=tmp_path, capture_output=True, text=True, env=clean(), timeout=30, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("          licsrv\n  office  ✔ vendor-filtered\n  lab     ✔ healthy\n")
