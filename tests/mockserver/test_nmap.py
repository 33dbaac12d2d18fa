from __future__ import annotations

import asyncio

import pytest

from mockserver.server import MockServer

SECONDS = 120.0


@pytest.mark.nmap
async def test_nmap_names_the_mock() -> None:
    async with MockServer() as mock, asyncio.timeout(SECONDS):
        command = ("nmap", "-sV", "-Pn", "-n", "-p", str(mock.lmgrd_port), "127.0.0.1")
        nmap = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        said, _ = await nmap.communicate()
    assert f"{mock.lmgrd_port}/tcp open  flexlm  FlexLM license manager" in said.decode()
