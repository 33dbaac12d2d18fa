"""The fixtures, in test suites of their own: as a user's pytest runs them."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import lmwire.testing  # noqa: F401 # before pytester, which forgets what its suites import

pytestmark = pytest.mark.slow

pytest_plugins = ["pytester"]

_SECONDS = 20.0

_TEST = """
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
"""
_ASYNCHRONOUS = """
    import asyncio

    async def test_asynchronous(license_server):
        assert (await asyncio.to_thread(license_server.diagnose)).verdict.id == "healthy"

    async def test_in_the_loop(license_server):
        assert license_server.diagnose().verdict.id == "healthy"
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makepyprojecttoml(
        "[tool.pytest.ini_options]\naddopts = ['--strict-markers', '--strict-config', '-p', 'no:randomly']\n"
        "filterwarnings = ['error']\n"
    )
    return pytester


def run(suite: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run a suite in this process, as where neither pytest-asyncio nor pytest-xdist is installed."""
    return suite.runpytest_inprocess("-p", "no:asyncio", "-p", "no:xdist", *arguments)


def test_the_fixtures_serve_without_other_plugins(suite: pytest.Pytester) -> None:
    suite.makepyfile(_TEST)
    run(suite).assert_outcomes(passed=3)


def test_the_fixtures_serve_many_workers_and_asynchronous_tests(suite: pytest.Pytester) -> None:
    suite.makepyfile(test_usual=_TEST, test_asynchronous=_ASYNCHRONOUS)
    options = ("asyncio_mode=auto", "asyncio_default_fixture_loop_scope=function")
    ended = suite.runpytest_subprocess("-n", "2", *(word for option in options for word in ("-o", option)))
    ended.assert_outcomes(passed=5)


def test_a_suite_may_have_a_fixture_of_the_same_name(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        import pytest

        @pytest.fixture
        def license_server():
            return "mine"

        def test_it(license_server, license_server_factory):
            assert license_server == "mine"
            assert license_server_factory().target
        """
    )
    run(suite).assert_outcomes(passed=1)


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
    ended = run(suite)
    ended.assert_outcomes(failed=1)
    ended.stdout.fnmatch_lines(
        [
            "*the application got no license*",
            "*- license server *@127.0.0.1 -*",
            "vendor-refused on *",
            "Conversations (1):",
            "*lmgrd:* was asked nothing (no name given), answered nothing; the client closed",
            "*vendor-refused*",
            "*The application shows*",
        ]
    )


def test_so_does_a_failure_of_a_fixture_and_each_server_is_told_of(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        import pytest

        @pytest.fixture
        def application(license_server_factory):
            license_server_factory(), license_server_factory("lmgrd-refused")
            raise RuntimeError("it did not start")

        def test_it(application):
            pass
        """
    )
    ended = run(suite)
    ended.assert_outcomes(errors=1)
    ended.stdout.fnmatch_lines(["*it did not start*", "healthy on *", "lmgrd-refused on *"])


def test_a_server_that_can_not_be_told_of_hides_no_failure(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        def test_it(license_server):
            license_server.story = None
            assert False, "what the test is about"
        """
    )
    ended = run(suite)
    ended.assert_outcomes(failed=1)
    ended.stdout.fnmatch_lines(["*what the test is about*", "no diagnosis: TypeError*"])


def test_what_passes_prints_nothing(suite: pytest.Pytester) -> None:
    suite.makepyfile("def test_it(license_server):\n    license_server.diagnose()\n")
    ended = run(suite, "-rA")
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
    ended = run(suite)
    ended.assert_outcomes(errors=1)
    ended.stdout.fnmatch_lines(
        ["*UnknownScenario: no scenario is called 'vendor-filterd'", "*Hint: near it: vendor-filtered*"]
    )


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
guests = "lmgrd-rejected"
"""
_RULES = """
table inet f { chain forward { type filter hook forward priority 0; ct state established accept
  iifname "eth0" tcp dport { 27000, 27001 } accept comment "office"
  reject with icmpx type admin-prohibited
  }
}
"""


@pytest.fixture
def planned(suite: pytest.Pytester) -> pytest.Pytester:
    suite.path.joinpath("plan.toml").write_text(_PLAN, encoding="utf-8")
    suite.path.joinpath("rules.nft").write_text(_RULES, encoding="utf-8")
    return suite


@pytest.mark.network
def test_a_network_is_built_from_a_plan(planned: pytest.Pytester) -> None:
    planned.makepyfile(
        """
        from pathlib import Path

        def test_file(license_network):
            network = license_network("plan.toml")
            network.assert_as_expected()
            assert network.diagnose("office", "licsrv").verdict.id == "healthy"
            assert network.target("office", "licsrv") == "27000@licsrv"
            assert "10.1.0." in network.client("office").run(["ip", "-o", "-4", "address"]).stdout
            network.router("fw").nft("flush ruleset")
            assert network.diagnose("guests", "licsrv").verdict.id == "healthy"
            assert not network.check().agrees

        def test_no_file(license_network):
            license_network("elsewhere.toml")

        def test_text(license_network):
            text = Path(__file__).with_name("plan.toml").read_text().replace('office = "healthy"', 'office = "failure"')
            license_network(text).assert_as_expected()
        """
    )
    ended = run(planned)
    ended.assert_outcomes(passed=1, failed=2)
    ended.stdout.fnmatch_lines(["*elsewhere.toml does not exist*", "*not as the plan expects*", "*office*licsrv*"])


@pytest.mark.network
def test_networks_do_not_meet_and_nothing_is_left_of_them(planned: pytest.Pytester) -> None:
    planned.makepyfile(
        """
        from pathlib import Path

        def test_two(license_network):
            first, second = license_network(Path("plan.toml")), license_network(Path("plan.toml"))
            second.router("fw").nft("flush ruleset")
            assert first.diagnose("guests", "licsrv").verdict.id == "lmgrd-rejected"
            assert second.diagnose("guests", "licsrv").verdict.id == "healthy"
            raise RuntimeError("in the middle")

        def test_rules_that_are_refused(license_network):
            license_network(Path("plan.toml"))
            Path(__file__).with_name("rules.nft").write_text("nonsense")
            license_network(Path("plan.toml"))
        """
    )
    before = _networks(), _interfaces()
    ended = run(planned)
    ended.assert_outcomes(failed=2)
    ended.stdout.fnmatch_lines(["*RuntimeError: in the middle*", "*PlanError: *rules.nft: *refuses these rules*"])
    until = time.monotonic() + _SECONDS
    while _networks() != before[0] and time.monotonic() < until:
        os.sched_yield()  # a thread whose work is done is not yet gone
    assert (_networks(), _interfaces()) == before


def _networks() -> set[Path]:
    """The networks that this process has a thread in."""
    found = set()
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            found.add((task / "ns/net").readlink())
    return found


def _interfaces() -> set[Path]:
    return set(Path("/sys/class/net").iterdir())


def test_the_plugin_costs_nothing_before_it_is_used() -> None:
    code = "import sys, lmwire.pytest_plugin; print(*sorted(m for m in sys.modules if m.startswith('lmwire')))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 # ours
    assert shown.stdout.split() == [
        "lmwire",
        "lmwire.errors",
        "lmwire.lazy",
        "lmwire.pytest_plugin",
        "lmwire.version",
    ]
