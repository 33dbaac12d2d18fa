"""The referee: an unmodified FlexNet client gets no way to a license in a lab, and gets one once it is repaired."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from lmwire.lab.control import shell
from lmwire_mockserver.scenario import scenario
from tests.lab.playing import playing
from tests.referee.clients import NEWEST, VENDOR
from tests.referee.running import run_client

pytestmark = [pytest.mark.network, pytest.mark.real_client]

_SEED = 6
"""Under which the labs' vendor daemon is the one that this client asks for."""


def test_the_real_client_needs_the_repair(tmp_path: Path) -> None:
    with playing("vendor-port", _SEED, tmp_path) as played:
        lab = played.lab

        def inside(
            argv: Sequence[str], /, *, cwd: str, env: dict[str, str], stdout: int, stderr: int
        ) -> subprocess.Popen[str]:
            entered, _ = shell(played.running, lab, "office", ("env", "-C", cwd, *argv))
            return subprocess.Popen(  # noqa: S603 # in a namespace of the lab
                entered,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                text=True,
                start_new_session=True,
            )

        [aim] = lab.aims()["office"]
        assert aim.vendors == (VENDOR,)
        assert run_client(NEWEST, aim.target, popen=inside).last.code == scenario(lab.scenario).client.error
        for step in lab.solution:
            assert played.run(step.on, "bash", "-ec", step.run).returncode == 0
        assert run_client(NEWEST, aim.target, popen=inside).last.code == scenario("healthy").client.error
