"""The fixtures, in test suites of their own: as a user's pytest runs them."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

_TEST = """
    import asyncio
    import pytest

    def test_healthy(license_server):
        assert license_server.diagnose().verdict.id == "healthy"
        license_server.assert_hello(vendor="ibmratl")

    @pytest.mark.license_scenario("vendor-refused", vendor="MLM")
    def test_marked(license_server):
        assert license_server.diagnose().verdict.id == "vendor-refused"
        license_server.assert_hello(daemon="lmgrd", vendor="MLM")

    def test_two(license_server_factory):
        first, second = license_server_factory(), license_server_factory("lmgrd-refused")
        assert first.target != second.target
        assert second.diagnose().verdict.id == "lmgrd-refused"

    def test_asynchronous(license_server):
        async def main():
            return await asyncio.to_thread(license_server.diagnose)
        assert asyncio.run(main()).verdict.id == "healthy"
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makepyprojecttoml("[tool.pytest.ini_options]\naddopts = ['--strict-markers', '-p', 'no:randomly']\n")
    return pytester


def test_the_fixtures_serve(suite: pytest.Pytester) -> None:
    suite.makepyfile(_TEST)
    suite.runpytest_subprocess("-p", "no:xdist").assert_outcomes(passed=4)


def test_the_fixtures_serve_many_workers(suite: pytest.Pytester) -> None:
    suite.makepyfile(_TEST)
    suite.runpytest_subprocess("-n", "2").assert_outcomes(passed=4)


def test_a_failure_prints_the_conversations_and_the_diagnosis(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        import socket

        def test_client(license_server):
            license_server.scenario("vendor-refused")
            socket.create_connection(("127.0.0.1", license_server.lmgrd_port)).close()
            license_server.wait_for_conversations(1)
            assert False, "the application got no license"
        """
    )
    ended = suite.runpytest_subprocess()
    ended.assert_outcomes(failed=1)
    ended.stdout.fnmatch_lines(
        [
            "*the application got no license*",
            "*- license server *@127.0.0.1 -*",
            "vendor-refused on *",
            "Conversations that have ended (1):",
            "*lmgrd:* was asked nothing (no name given), answered nothing; the client closed",
            "*vendor-refused*",
            "*The application shows*",
        ]
    )


def test_what_passes_prints_nothing(suite: pytest.Pytester) -> None:
    suite.makepyfile("def test_it(license_server):\n    license_server.diagnose()\n")
    ended = suite.runpytest_subprocess("-rA")
    ended.assert_outcomes(passed=1)
    ended.stdout.no_fnmatch_line("*license server *")


def test_a_wrong_scenario_is_told(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        import pytest

        @pytest.mark.license_scenario("vendor-filterd")
        def test_it(license_server):
            pass
        """
    )
    ended = suite.runpytest_subprocess()
    ended.assert_outcomes(errors=1)
    ended.stdout.fnmatch_lines(["*UnknownScenario: no scenario is called 'vendor-filterd'; near it: vendor-filtered*"])


_PLAN = """
zones = [{ name = "office", subnets = ["10.1.0.0/24"] }, { name = "guests", subnets = ["10.2.0.0/24"] },
    { name = "servers", subnets = ["10.9.0.0/24"] }]
routers = [{ name = "fw", nftables = "rules.nft", interfaces = [
    { name = "eth0", zone = "office", addresses = ["10.1.0.1/24"] },
    { name = "eth1", zone = "guests", addresses = ["10.2.0.1/24"] },
    { name = "eth2", zone = "servers", addresses = ["10.9.0.1/24"] }] }]
servers = [{ name = "licsrv", zone = "servers", addresses = ["10.9.0.5"], vendors = { MLM = 27001 } }]
[expect]
office = "healthy"
guests = "lmgrd-filtered"
"""
_RULES = """
table inet f { chain forward { type filter hook forward priority 0; policy drop; ct state established accept
  iifname "eth0" tcp dport { 27000, 27001 } accept comment "office"
  }
}
"""


@pytest.mark.network
def test_a_network_is_built_from_a_plan(suite: pytest.Pytester) -> None:
    suite.path.joinpath("plan.toml").write_text(_PLAN, encoding="utf-8")
    suite.path.joinpath("rules.nft").write_text(_RULES, encoding="utf-8")
    suite.makepyfile(
        """
        from pathlib import Path

        def test_file(license_network):
            network = license_network(Path("plan.toml"))
            network.assert_as_expected()
            assert network.diagnose("office", "licsrv").verdict.id == "healthy"
            assert network.target("office", "licsrv") == "27000@licsrv"
            assert "10.1.0." in network.client("office").run(["ip", "-o", "-4", "address"]).stdout
            network.router("fw").nft("flush ruleset")
            assert network.diagnose("guests", "licsrv").verdict.id == "healthy"
            assert not network.check().agrees

        def test_text(license_network):
            text = Path(__file__).with_name("plan.toml").read_text().replace('office = "healthy"', 'office = "failure"')
            license_network(text).assert_as_expected()
        """
    )
    ended = suite.runpytest_subprocess()
    ended.assert_outcomes(passed=1, failed=1)
    ended.stdout.fnmatch_lines(["*not as the plan expects*", "*office*licsrv*"])


def test_the_plugin_costs_nothing_before_it_is_used() -> None:
    code = (
        "import sys, lmwire.pytest_plugin; print(*(m for m in sys.modules if m.startswith(('lmwire', 'mockserver'))))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 # ours
    assert shown.stdout.split() == ["lmwire", "lmwire.pytest_plugin"]
