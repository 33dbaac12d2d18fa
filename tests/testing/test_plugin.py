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


def test_the_plugin_costs_nothing_before_it_is_used() -> None:
    code = (
        "import sys, lmwire.pytest_plugin; print(*(m for m in sys.modules if m.startswith(('lmwire', 'mockserver'))))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 # ours
    assert shown.stdout.split() == ["lmwire", "lmwire.pytest_plugin"]
