"""The license server that tests hold in their hands."""

from __future__ import annotations

import asyncio
import socket

import pytest

from lmwire.testing import LicenseServer
from lmwire.wire import Hello, encode
from lmwire_mockserver.conversation import EndReason
from lmwire_mockserver.errors import ListenError, OptionError, UnknownScenario
from lmwire_mockserver.threaded import ThreadedMock


def test_it_is_healthy_and_says_where_it_is() -> None:
    with LicenseServer() as server:
        assert server.target == server.license_path == f"{server.lmgrd_port}@127.0.0.1"
        assert server.vendors == {"ibmratl": server.vendor_port}
        assert server.environment == {
            "RATIONAL_LICENSE_FILE": server.target,
            "IBMRATL_LICENSE_FILE": server.target,
            "LM_LICENSE_FILE": server.target,
        }
        assert server.diagnose().verdict.id == "healthy"


def test_another_scenario_takes_the_same_ports_and_what_was_said_is_kept() -> None:
    with LicenseServer(vendor="MLM") as server:
        before = (server.target, server.vendor_port)
        assert server.diagnose().verdict.id == "healthy"
        for other in ("vendor-filtered", "vendor-refused", "lmgrd-refused"):
            assert server.scenario(other) is server
            assert (server.scenario_id, server.target, server.vendor_port) == (other, *before)
            assert server.diagnose(connect_wait=0.5).verdict.id == other
        server.scenario("healthy")
        assert server.diagnose().verdict.id == "healthy"
        server.wait_for_conversations(2)
        assert [talk.daemon for talk in server.conversations].count("MLM") == 2


def test_a_path_of_several_servers_is_judged_by_the_one_that_serves() -> None:
    with LicenseServer("list-second-up") as server:
        assert ":" in server.license_path or ";" in server.license_path
        assert server.diagnose().verdict.id == "healthy"


def test_several_vendor_daemons() -> None:
    with LicenseServer(vendors=["MLM", "adskflex"]) as server:
        assert list(server.vendors) == ["MLM", "adskflex"]
        assert server.diagnose(vendors=("adskflex",)).verdict.id == "healthy"
        server.assert_hello(daemon="adskflex", vendor="adskflex")
        server.assert_no_hello(daemon="MLM")
        with pytest.raises(AssertionError, match=r"should not have been said: .*adskflex"):
            server.assert_no_hello(vendor="adskflex")


def test_an_assertion_that_fails_tells_what_was_said() -> None:
    with LicenseServer() as server:
        server.assert_untouched()
        with pytest.raises(AssertionError, match=r"within 0 s\.\nNo client has connected so far\."):
            server.assert_hello(vendor="ibmratl", within=0)
        server.diagnose()
        server.assert_hello(daemon="lmgrd", vendor="ibmratl")
        with pytest.raises(AssertionError) as failed:
            server.assert_hello(daemon="lmgrd", vendor="MLM", within=0)
        assert "no hello with vendor='MLM' was said to lmgrd within 0 s." in str(failed.value)
        assert "was asked hello (vendor='ibmratl'" in str(failed.value)
        with pytest.raises(AssertionError, match="was connected to"):
            server.assert_untouched()
        with pytest.raises(TypeError, match="a hello holds user, host"):
            server.assert_hello(vender="MLM")
        with pytest.raises(ValueError, match="no daemon here is called 'ibmratI'; there are lmgrd, ibmratl"):
            server.assert_no_hello(daemon="ibmratI")


@pytest.mark.parametrize("_", range(10))
def test_a_client_that_has_just_connected_is_seen(_: int) -> None:
    with LicenseServer() as server, socket.create_connection(("127.0.0.1", server.lmgrd_port)) as client:
        with pytest.raises(AssertionError, match="was connected to"):
            server.assert_untouched()
        client.sendall(encode(Hello(vendor="ibmratl", user="alice")))
        with pytest.raises(AssertionError, match="should not have been said"):
            server.assert_no_hello(user="alice")


async def test_a_hello_is_waited_for() -> None:
    with LicenseServer() as server:
        waiting = asyncio.to_thread(server.assert_hello, daemon="ibmratl", within=20)
        found, _ = await asyncio.gather(waiting, asyncio.to_thread(server.diagnose))
    assert found.client.vendor == "ibmratl"


def test_a_client_that_stays_connected_is_heard() -> None:
    with LicenseServer("vendor-silent") as server:
        with socket.create_connection(("127.0.0.1", server.vendor_port)) as client:
            client.sendall(encode(Hello(vendor="ibmratl", user="alice")))
            assert server.assert_hello(daemon="ibmratl", user="alice", within=20).ended is EndReason.NOT_YET
            with pytest.raises(AssertionError, match="alice"):
                server.assert_no_hello(user="alice")
            with pytest.raises(AssertionError, match="; still open"):
                server.assert_untouched()
            assert not server.conversations
        server.wait_for_conversations(1)
        assert server.assert_hello(user="alice").ended is not EndReason.NOT_YET


def test_vendor_daemons_may_be_given_in_one_way() -> None:
    with LicenseServer(vendors="MLM") as server:
        assert list(server.vendors) == ["MLM"]
    with pytest.raises(OptionError, match="not both"):
        LicenseServer(vendor="MLM", vendors=["adskflex"])


def test_it_is_gone_after_its_block_and_its_log_stays() -> None:
    with LicenseServer() as server:
        server.diagnose()
        with pytest.raises(RuntimeError, match="running already"):
            server.__enter__()
    assert server.conversations
    with pytest.raises(RuntimeError, match="enter it"):
        server.wait_for_conversations(1)


def test_a_scenario_that_can_not_be_played_after_all_leaves_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: ThreadedMock) -> ThreadedMock:
        raise ListenError("127.0.0.1", 27000, "it is in use", "choose another")

    with LicenseServer() as server:
        server.diagnose()
        monkeypatch.setattr(ThreadedMock, "__enter__", refuse)
        with pytest.raises(ListenError, match="it is in use"):
            server.scenario("vendor-refused")
    assert server.conversations


def test_what_needs_a_network_is_refused_and_so_is_a_name_nobody_knows() -> None:
    with pytest.raises(OptionError, match="see license_network"):
        LicenseServer("data-blackhole-vendor")
    with pytest.raises(UnknownScenario, match="near it: vendor-filtered"):
        LicenseServer("vendor-filterd")
    with LicenseServer() as server:
        with pytest.raises(UnknownScenario):
            server.scenario("nothing")
        assert server.diagnose().verdict.id == "healthy", "a mistake leaves the server as it was"
