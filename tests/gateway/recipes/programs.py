"""Runs the real program of a recipe, from the recipe's own files and commands, on a machine of the stage."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from lmwire.gateway.recipes.model import Kind, Recipe
from lmwire.netns import Namespace
from tests.gateway.recipes.stage import Stage, until_listening

__all__ = ["nginx_main", "running", "sshd", "write_files"]

SSH_PORT = 2222
_STREAM = Path("/usr/lib/nginx/modules/ngx_stream_module.so")


def write_files(recipe: Recipe, directory: Path) -> list[Path]:
    """Write the recipe's files into a directory."""
    for file in recipe.files:
        (directory / file.name).write_text(file.text, encoding="ascii")
    return [directory / file.name for file in recipe.files]


@contextlib.contextmanager
def running(stage: Stage, recipe: Recipe, directory: Path) -> Iterator[None]:
    """Run the recipe's program until the block ends."""
    files = write_files(recipe, directory)
    if recipe.kind is Kind.SSH:
        with sshd(stage.middle, directory):
            process = stage.client.popen(_ssh(recipe, directory))
            stage.wait(stage.client, process)
            yield
        return
    if recipe.kind is Kind.SSH_REVERSE:
        with sshd(stage.client, directory):
            process = stage.middle.popen(_ssh(recipe, directory))
            stage.wait(stage.client, process)
            yield
        return
    if recipe.kind is Kind.SYSTEMD:
        for command in _activations(files):
            stage.middle.popen(command)
    elif recipe.kind is Kind.NGINX:
        main = nginx_main(files[0], directory)
        stage.middle.popen(["nginx", "-c", str(main), "-p", str(directory), "-g", "daemon off;"])
    else:
        (config,) = (file for file in files if file.suffix == ".cfg")
        stage.middle.popen(["haproxy", "-db", "-f", str(config)])
    stage.wait(stage.middle)
    yield


def nginx_main(included: Path, directory: Path) -> Path:
    """Write the nginx.conf around a recipe's file."""
    main = directory / "nginx.conf"
    module = f"load_module {_STREAM};\n" if _STREAM.exists() else ""
    main.write_text(
        f"{module}pid {directory}/nginx.pid;\nerror_log {directory}/error.log;\nuser root;\n"
        f"worker_processes 1;\nevents {{}}\ninclude {included};\n"
    )
    return main


def _activations(files: Sequence[Path]) -> Iterator[list[str]]:
    """Yield what plays systemd for each pair of units: it listens, and starts the service at the first connection."""
    for socket in files:
        if socket.suffix == ".socket":
            listen = _setting(socket, "ListenStream")
            service = _setting(socket.with_suffix(".service"), "ExecStart")
            yield ["systemd-socket-activate", "-l", listen, *shlex.split(service)]


def _setting(unit: Path, name: str) -> str:
    (value,) = (line.partition("=")[2] for line in unit.read_text().splitlines() if line.startswith(f"{name}="))
    return value


def _ssh(recipe: Recipe, directory: Path) -> list[str]:
    """Return the recipe's command, with the throw-away key and nobody to ask."""
    (command,) = recipe.commands
    program, *words = shlex.split(command.line)
    extra = [
        *("-F", "none", "-p", str(SSH_PORT), "-i", str(directory / "key")),
        *("-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"),
    ]
    return [program, *extra, *words]


@contextlib.contextmanager
def sshd(node: Namespace, directory: Path) -> Iterator[None]:
    """Run an SSH server there that lets the key of this directory in."""
    for name in ("key", "host_key"):
        node.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(directory / name)]).check_returncode()
    config = directory / "sshd_config"
    config.write_text(
        f"Port {SSH_PORT}\nHostKey {directory}/host_key\nAuthorizedKeysFile {directory}/key.pub\nPidFile none\n"
        "StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n"
    )
    # sshd insists on this directory; the mount is seen in this namespace only.
    node.run(["mount", "-t", "tmpfs", "tmpfs", "/run"])
    node.run(["mkdir", "/run/sshd"])
    process = node.popen(["/usr/sbin/sshd", "-D", "-e", "-f", str(config)])
    until_listening(node, SSH_PORT, process)
    yield
