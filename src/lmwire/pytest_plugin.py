"""Fixtures for pytest: a license server that fails on demand, and what it saw where a test failed.

pytest loads this module automatically (entry point `pytest11`), so it imports nothing before a fixture is used.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from lmwire.testing import LicenseNetwork, LicenseServer

__all__ = ["license_network", "license_server", "license_server_factory"]

_MARK: Final = "license_scenario"
_SERVERS: Final = pytest.StashKey[list["LicenseServer"]]()


def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest of our mark."""
    config.addinivalue_line(
        "markers", f"{_MARK}(id, **settings): what the fixture license_server plays; arguments of LicenseServer"
    )


@pytest.fixture
def license_server_factory(request: pytest.FixtureRequest) -> Iterator[Callable[..., LicenseServer]]:
    """Return a function that starts a license server, with the arguments of `lmwire.testing.LicenseServer`.

    All of them end with the test.
    """
    from lmwire.testing import LicenseServer  # noqa: PLC0415 # see the module's docstring

    servers = request.node.stash.setdefault(_SERVERS, [])
    with ExitStack() as stack:

        def start(scenario_id: str = "healthy", **settings: object) -> LicenseServer:
            server = LicenseServer(scenario_id, **settings)  # type: ignore[arg-type] # checked there
            servers.append(stack.enter_context(server))
            return server

        yield start


@pytest.fixture
def license_server(
    request: pytest.FixtureRequest, license_server_factory: Callable[..., LicenseServer]
) -> LicenseServer:
    """Return a running license server: healthy, or what `@pytest.mark.license_scenario("vendor-filtered")` says."""
    mark = request.node.get_closest_marker(_MARK)
    return license_server_factory(*mark.args, **mark.kwargs) if mark else license_server_factory()


@pytest.fixture
def license_network(request: pytest.FixtureRequest) -> Iterator[Callable[..., LicenseNetwork]]:
    """Return a function that builds the network of a plan: a file, or its text with `folder=` for its rule files.

    A relative path is relative to the test's file. All networks are taken down with the test.
    """
    from lmwire.testing import LicenseNetwork  # noqa: PLC0415 # see the module's docstring

    here: Path = request.path.parent
    with ExitStack() as stack:

        def build(plan: Path | str, *, folder: Path | None = None) -> LicenseNetwork:
            where = plan if isinstance(plan, str) and "\n" in plan else here / plan
            return stack.enter_context(LicenseNetwork(where, folder=folder or here))

        yield build


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to the report of a test that failed, or of its setup, what its license servers saw, and a diagnosis of each.

    At its teardown, they are gone.
    """
    report = yield
    if call.when != "teardown" and report.failed:
        report.sections.extend(map(_section, item.stash.get(_SERVERS, ())))
    return report


def _section(server: LicenseServer) -> tuple[str, str]:
    try:
        return f"license server {server.target}", server.story()
    except Exception as error:  # noqa: BLE001 # the test's own failure must not be hidden by ours
        return "license server", f"no diagnosis: {error!r}"
