"""A bare forwarder, as short as asyncio allows: each client gets one connection to PORT. Prints its own port."""

from __future__ import annotations

import asyncio
import sys


class _End(asyncio.Protocol):
    other: _End | None = None
    transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment] # TCP gives a Transport

    def data_received(self, data: bytes) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.write(data)

    def connection_lost(self, _exc: Exception | None) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.close()


class _Client(_End):
    def __init__(self, port: int) -> None:
        self._port = port
        self._held: list[bytes] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        task = asyncio.get_running_loop().create_task(self._connect())
        self._tasks.add(task)

    def data_received(self, data: bytes) -> None:
        if self.other is None:
            self._held.append(data)
        else:
            super().data_received(data)

    async def _connect(self) -> None:
        end = _End()
        end.other = self
        transport, _ = await asyncio.get_running_loop().create_connection(lambda: end, "127.0.0.1", self._port)
        self.other = end
        transport.write(b"".join(self._held))


async def _main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: _Client(port), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(_main(int(sys.argv[1])))
