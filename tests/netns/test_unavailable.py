"""What users without root are told, and that root in a user namespace is enough."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from lmwire.netns import NetworkUnavailable
from lmwire.netns.tools import find

pytestmark = pytest.mark.network

_BUILD = """
from lmwire.netns import Network, NetworkUnavailable
try:
    with Network() as network:
        client, router, server = network.chain("client", "r1", "server").nodes
        router.nft("add table inet lab")
        done = client.run(["getent", "hosts", "localhost"])
        route = client.run(["ip", "route", "get", network.address("server")])
        print("built", done.returncode, route.returncode)
except NetworkUnavailable as error:
    print(error.one_line)
"""


def _python(*prefix: str) -> str:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(  # noqa: S603 - ours
        [*prefix, sys.executable, "-c", _BUILD],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


def test_root_in_a_user_namespace_is_enough() -> None:
    assert _python("unshare", "-Ur") == "built 0 0\n"


def test_without_the_capability_it_says_what_to_do() -> None:
    said = _python("setpriv", "--bounding-set", "-all", "--inh-caps", "-all")
    assert "the permission to make namespaces is missing" in said
    assert "run as root" in said


def test_a_missing_tool_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_args, **_settings: None)
    with pytest.raises(NetworkUnavailable) as error:
        find("nft")
    assert error.value.missing == "the program 'nft' is missing"
    assert error.value.remedy == "install the package nftables"
