"""Fresh environments with nothing but wheels in them, and programs run there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ROOT", "Environment", "diagnosed", "pip"]

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Environment:
    """A virtual environment. Libraries of the running one can be imported in it, but no lmwire."""

    folder: Path
    libraries: Path
    wheels: Path

    @classmethod
    def made(cls, folder: Path, libraries: Path, wheels: Path) -> Environment:
        venv.create(folder, with_pip=False)
        return cls(folder, libraries, wheels)

    @property
    def python(self) -> str:
        return str(self.folder / "bin" / "python")

    def install(self, *names: str) -> None:
        self._pip("install", "--no-index", "--find-links", str(self.wheels), *names)

    def uninstall(self, name: str) -> None:
        self._pip("uninstall", "--yes", name)

    def _pip(self, command: str, *arguments: str) -> None:
        pip("--python", self.python, command, *arguments, env=self.variables() | {"PIP_CONFIG_FILE": os.devnull})

    def variables(self, *first: Path) -> dict[str, str]:
        """Return the environment variables of a program; what is in `first` is imported before all else."""
        kept = {name: value for name, value in os.environ.items() if not name.endswith("LICENSE_FILE")}
        path = os.pathsep.join(map(str, (*first, self.libraries)))
        return kept | {"PYTHONPATH": path, "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}

    def run(self, *command: str, folder: Path, first: tuple[Path, ...] = (), status: int = 0, **variables: str) -> str:
        """Run a program in `folder` and return what it writes to its output."""
        done = subprocess.run(  # noqa: S603 # programs of this environment
            command,
            cwd=folder,
            env=self.variables(*first) | variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout


def diagnosed(environment: Environment, *lmwire: str, folder: Path, first: tuple[Path, ...] = ()) -> str:
    """Return the verdict of a diagnosis of a mock; both are played with the command `lmwire`."""
    mock = subprocess.Popen(  # noqa: S603 # a program of this environment
        [*lmwire, "mock", "--scenario", "vendor-daemon-down"],
        cwd=folder,
        env=environment.variables(*first),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert mock.stdout is not None
        target = json.loads(mock.stdout.readline())["target"]
        asked = ("diagnose", target, "--vendor", "ibmratl", "--format", "json")
        shown = environment.run(*lmwire, *asked, folder=folder, first=first, status=1)
    finally:
        mock.kill()
        mock.communicate()
    return str(json.loads(shown)["diagnoses"][0]["verdict"]["id"])


def pip(*arguments: str, env: dict[str, str] | None = None) -> None:
    """Run this environment's pip."""
    command = [sys.executable, "-m", "pip", "--quiet", *arguments]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=150)  # noqa: S603 # pip
    assert done.returncode == 0, done.stdout + done.stderr
