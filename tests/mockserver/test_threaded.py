from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from lmwire.session import Referred
from lmwire_mockserver.conversation import Conversation
from lmwire_mockserver.errors import ListenError
from lmwire_mockserver.server import AsyncMockServer
from lmwire_mockserver.threaded import ThreadedMock
from tests.mockserver.talking import HOST, hello


def test_it_serves_callers_without_a_loop() -> None:
    with ThreadedMock(AsyncMockServer()) as threaded:
        port = threaded.mock.lmgrd_port
        assert isinstance(asyncio.run(hello(port)), Referred)
        (seen,) = threaded.wait_for_conversations(1)
        assert (seen,) == threaded.conversations
        assert seen.asked == ("hello",)
    assert "mock" not in [thread.name for thread in threading.enumerate()]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, port))


def test_a_port_that_cannot_be_had_is_told_on_entry() -> None:
    with ThreadedMock(AsyncMockServer()) as threaded, pytest.raises(ListenError, match="it is in use"):
        ThreadedMock(AsyncMockServer(lmgrd_port=threaded.mock.lmgrd_port)).__enter__()


def test_a_fault_of_the_mock_is_raised_on_exit() -> None:
    def broken(_: Conversation) -> None:
        raise ValueError("a bug of the owner's")

    def serve() -> None:
        with ThreadedMock(AsyncMockServer(on_conversation=broken)) as threaded:
            asyncio.run(hello(threaded.mock.lmgrd_port))
            threaded.wait_for_conversations(1)

    with pytest.raises(ValueError, match="a bug of the owner's"):
        serve()


def test_waiting_in_vain_ends() -> None:
    with ThreadedMock(AsyncMockServer()) as threaded, pytest.raises(TimeoutError, match="0 of 1 conversations"):
        threaded.wait_for_conversations(1, timeout=0.01)
