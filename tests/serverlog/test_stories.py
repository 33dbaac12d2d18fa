"""From invented logs of each family to what they come to."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from lmwire.report.log import as_markdown, as_text
from lmwire.serverlog import LogSummary, Problem, Severity, State
from lmwire.serverlog.model import PortSource
from tests.serverlog.logs import LOGS, NEW, stamped, told

BANNER = "FlexNet Licensing (v11.16.2.0 build 1 x64_lsb) started on licsrv (linux) (11/20/2026)\n"
OLD = "FLEXlm (v9.5) started on licsrv (linux) (1/2/2005)\n"


def critical(summary: LogSummary) -> set[str]:
    return {problem.id for problem in summary.problems if problem.severity is Severity.CRITICAL}


def warnings(summary: LogSummary) -> set[str]:
    return {problem.id for problem in summary.problems if problem.severity is Severity.WARNING}


def problem(summary: LogSummary, name: str) -> Problem:
    (found,) = (found for found in summary.problems if found.id == name)
    return found


@pytest.mark.parametrize(
    ("name", "manager", "host", "lmgrd", "ports"),
    [
        ("new", "lmgrd", "licsrv", 27000, {"ibmratl": (27001, True)}),
        ("v3", "lmgrd", "licsrv", None, {"demo": (1234, None)}),
        ("v7", "lmgrd", "licsrv", 27000, {"wrsd": (32771, None)}),
        ("v8, restarted", "lmgrd", "licsrv", 744, {"awr": (1060, False)}),
        ("v9", "lmgrd", "licsrv", None, {"MLM": (643, None)}),
        ("v10", "lmgrd", "licsrv", 27000, {"ugslmd": (1069, None)}),
        ("lmadmin", "lmadmin", "licsrv", 27010, {"adskflex": (28519, True)}),
        ("unpinned", "lmgrd", "licsrv", 27000, {"ibmratl": (41837, False)}),
        ("moved", "lmgrd", "licsrv", 27000, {"ibmratl": (39211, False)}),
        ("crash loop", "lmgrd", "licsrv", 27000, {"ibmratl": (40040, False)}),
        ("only the middle", "", "", None, {"MLM": (None, None)}),
        ("no license file", "", "", None, {}),
    ],
)
def test_where_everything_listens(
    name: str, manager: str, host: str, lmgrd: int | None, ports: dict[str, tuple[int | None, bool | None]]
) -> None:
    summary = told(LOGS[name])
    assert (summary.manager, summary.host, summary.lmgrd_port) == (manager, host, lmgrd)
    assert {daemon.name: (daemon.port, daemon.pinned) for daemon in summary.daemons} == ports


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("new", set()),
        ("unpinned", set()),
        ("moved", set()),
        ("crash loop", {"crash-loop"}),
        ("gave up", {"gave-up"}),
        ("no features", {"no-features"}),
        ("port in use", {"port-in-use"}),
        ("bind in use", {"port-in-use"}),
        ("no license file", {"not-started"}),
        ("triad", {"quorum-lost"}),
        ("denied", set()),
    ],
)
def test_what_keeps_licenses_away(name: str, expected: set[str]) -> None:
    summary = told(LOGS[name])
    assert critical(summary) == expected
    assert summary.critical is bool(expected)
    assert not summary.lines.unknown


def test_a_healthy_log_has_nothing_to_say_but_what_is_harmless() -> None:
    summary = told(NEW)
    assert [found.id for found in summary.problems] == ["nodelay-off"]
    assert (summary.version, summary.platform) == ("v11.16.2.0 build 242318 x64_lsb", "linux")
    assert (summary.configuration, summary.license_files) == ("Single Server", "/opt/lic/server.lic")
    assert summary.command_line == "-z -c /opt/lic/server.lic"
    (daemon,) = summary.daemons
    assert (daemon.state, daemon.host, daemon.starts) == (State.UP, "licsrv", 1)
    assert daemon.port_source is PortSource.REPORTED


def test_the_most_trustworthy_line_of_a_run_tells_the_port() -> None:
    lines = (
        "Started MLM (internet tcp_port 1 pid 9)\n",
        "MLM| (@MLM-SLOG@) Listening port: 2\n",
        "MLM using TCP-port 3\n",
        "MLM| (@MLM-SLOG@) Listening port: 4\n",
    )
    for count, port in ((1, 1), (2, 2), (3, 3), (4, 3)):
        (daemon,) = told(stamped(BANNER + "".join(lines[:count]))).daemons
        assert daemon.port == port
        assert [use.port for use in daemon.ports] == [port]
    (daemon,) = told(stamped(BANNER + "".join(lines) + "REStarted MLM (internet tcp_port 5 pid 9)")).daemons
    assert [use.port for use in daemon.ports] == [3, 5]


def test_an_old_started_line_without_a_port_takes_the_one_announced() -> None:
    (daemon,) = told(stamped(BANNER + "Starting vendor daemon at port 28519\nStarted MLM (pid 9)")).daemons
    assert (daemon.port, daemon.port_source, daemon.pinned) == (28519, PortSource.ANNOUNCED, False)


@pytest.mark.parametrize(
    ("log", "pinned"),
    [
        (BANNER + "Started MLM (internet tcp_port 27001 pid 9)", False),
        (OLD + "Started MLM (internet tcp_port 27001 pid 9)", None),
        (OLD + "Using vendor daemon port 27001 specified in license file\nStarted MLM (internet tcp_port 27001)", True),
        (
            OLD + "Using vendor daemon port 27001 specified in license file\nStarted MLM (internet tcp_port 27002)",
            False,
        ),
        (OLD + "Started MLM (internet tcp_port 27001)\n" + OLD + "Started MLM (internet tcp_port 27001)", None),
        (OLD + "Started MLM (internet tcp_port 27001)\n" + OLD + "Started MLM (internet tcp_port 27003)", False),
        ("MLM using TCP-port 27001", None),
        (
            BANNER + "Using vendor daemon port 27001 specified in license file\n"
            "Started MLM (internet tcp_port 27001)\nMLM exited with status 1\nREStarted MLM (internet tcp_port 27001)",
            True,
        ),
    ],
)
def test_whether_a_port_is_pinned(log: str, pinned: bool | None) -> None:
    (daemon,) = told(stamped(log)).daemons
    assert daemon.pinned is pinned
    assert ("port-not-pinned" in warnings(told(stamped(log)))) is (pinned is False)


def test_two_vendor_daemons_of_which_one_is_pinned() -> None:
    pins = "Starting vendor daemon at port 27001\nUsing vendor daemon port 27001 specified in license file\n"
    starts = "Started a (internet tcp_port 27001 pid 1)\nStarted b (internet tcp_port 40000 pid 2)\n"
    summary = told(stamped(BANNER + pins + starts))
    assert {daemon.name: daemon.pinned for daemon in summary.daemons} == {"a": True, "b": False}
    text = problem(summary, "port-not-pinned").text
    assert "it changes at the next restart" in text
    assert "Write `port=27002` on its VENDOR line" in text


def test_ports_over_time_have_their_dates() -> None:
    (daemon,) = told(LOGS["moved"]).daemons
    assert [(use.port, str(use.since)) for use in daemon.ports] == [
        (41837, "2026-11-20 8:24:20"),
        (39211, "2026-11-21 12:00:00"),
    ]
    assert "It moved once in this log." in problem(told(LOGS["moved"]), "port-not-pinned").text


def test_of_many_ports_the_first_and_the_last_are_kept() -> None:
    restarts = "".join(f"REStarted MLM (internet tcp_port {port} pid 1)\n" for port in range(30000, 30100))
    (daemon,) = told(stamped(BANNER + restarts)).daemons
    assert [use.port for use in daemon.ports] == [*range(30000, 30005), *range(30080, 30100)]
    assert (daemon.ports_left_out, daemon.starts, daemon.restarts) == (75, 100, 100)


def test_a_crash_loop_has_its_number_and_its_interval() -> None:
    summary = told(LOGS["crash loop"])
    (daemon,) = summary.daemons
    assert daemon.loop is not None
    assert (daemon.loop.exits, daemon.loop.every_seconds, daemon.loop.over) == (5, 10.0, False)
    text = problem(summary, "crash-loop").text
    assert (
        "is in a crash loop: it exited 5 times, every 10 s, with status 2. Its program does not run on the server"
        in text
    )
    assert "17" not in text  # SIGCHLD, which is no cause


def test_a_loop_because_of_another_copy_says_what_to_do() -> None:
    ends = [
        f"@8:24:{second}\nibmratl exited with status 58 (Another copy of this vendor daemon is running)\n"
        "Restarted ibmratl (internet tcp_port 27001 pid 1)\n"
        for second in (10, 20, 30, 40)
    ]
    summary = told(NEW + stamped("".join(ends)))
    text = problem(summary, "crash-loop").text
    assert (
        "with status 58 (Another copy of this vendor daemon is running). Another copy of it is already running" in text
    )
    assert "stop that copy, or wait until it has exited" in text


def test_the_date_that_the_server_tells_first_is_the_logs() -> None:
    first = "8:24:20 (lmgrd) Server's System Date and Time: Mon Nov 23 2026 08:24:20 CET\n"
    summary = told(first + "8:24:21 (lmgrd) lmgrd tcp-port 27000\n0:00:05 (lmgrd) Listening port: 27000\n")
    assert [str(when) for when in (summary.first, summary.last)] == ["2026-11-23 8:24:20", "2026-11-24 0:00:05"]
    assert summary.lines.unknown == 0


def test_each_unpinned_daemon_is_advised_a_port_of_its_own() -> None:
    summary = told(
        stamped("""
lmgrd tcp-port 27000
Starting vendor daemon at port 39876
Started ibmratl (internet tcp_port 39876 pid 1)
Starting vendor daemon at port 39877
Started other (internet tcp_port 39877 pid 2)
@9:00:00
Restarted ibmratl (internet tcp_port 40876 pid 3)
Restarted other (internet tcp_port 40877 pid 4)
""")
    )
    texts = [found.text for found in summary.problems if found.id == "port-not-pinned"]
    assert [re.findall(r"`port=(\d+)`", text) for text in texts] == [["27001"], ["27002"]]


def test_a_loop_that_was_got_over_is_a_warning() -> None:
    for more in ("10:30:00 (ibmratl) TIMESTAMP 11/20/2026\n", "12:00:00 (lmgrd) " + BANNER):
        summary = told(LOGS["crash loop"] + more)
        assert critical(summary) == set()
        assert "was in a crash loop" in problem(summary, "crash-loop").text


@pytest.mark.parametrize(
    ("exits", "ids"),
    [
        ("MLM exited with status 1\nREStarted MLM (internet tcp_port 27001)", {"daemon-ended"}),
        ("MLM exited with status 0", {"shut-down"}),
        ("MLM| EXITING DUE TO SIGNAL 15\nMLM exited with status 15", {"shut-down"}),
        ("MLM| EXITING DUE TO SIGNAL 11\nMLM exited with status 11", {"daemon-down"}),
        ("MLM exited with status 1", {"daemon-down"}),
        ("MLM exited with status 27", {"no-features"}),
        ("MLM exited with status 1 (Why) signal = 9", {"daemon-down"}),
    ],
)
def test_how_a_daemon_ended(exits: str, ids: set[str]) -> None:
    pin = "Using vendor daemon port 27001 specified in license file\nStarted MLM (internet tcp_port 27001)\n"
    summary = told(stamped(BANNER + pin + exits))
    assert {found.id for found in summary.problems} == ids


def test_another_signal_than_sigchld_is_told() -> None:
    text = problem(told(stamped(BANNER + "MLM exited with status 1 (Why) signal = 9")), "daemon-down").text
    assert text.startswith("MLM exited, with status 1 (Why), by signal 9")


@pytest.mark.parametrize("name", ["gave up", "no features", "port in use", "no license file", "triad", "crash loop"])
def test_a_later_start_that_goes_well_mends_it(name: str) -> None:
    again = stamped(
        f"{BANNER}Started MLM (internet tcp_port 27001)\nMLM| Server started on licsrv for: a", clock="20:00:00"
    )
    assert critical(told(LOGS[name] + again)) == set()


def test_a_port_that_was_in_use_for_a_while_is_a_warning() -> None:
    summary = told(LOGS["port in use"] + stamped("Started MLM (internet tcp_port 27001)"))
    assert "port-was-in-use" in warnings(summary)


def test_a_quorum_that_came_back() -> None:
    back = told(LOGS["triad"] + stamped("CONNECTED, master is lic2"))
    assert critical(back) == set()
    kinds = {(event.kind, event.whom): event.count for event in back.triad}
    assert kinds["lost quorum", ""] == 1
    assert kinds["lost connection", "lic2"] == 1
    assert len(kinds) == 7


def test_several_servers_for_one_file() -> None:
    summary = told(stamped(BANNER + "MULTIPLE MLM servers running.\nMULTIPLE MLM servers running."))
    assert critical(summary) == {"multiple-servers"}
    assert [(event.kind, event.whom, event.count) for event in summary.triad] == [("multiple servers", "MLM", 2)]


@pytest.mark.parametrize("show", [as_text, as_markdown])
def test_a_second_copy_of_a_daemon_is_not_called_a_triad(show: Callable[[LogSummary], str]) -> None:
    shown = show(told(stamped(BANNER + "MULTIPLE MLM servers running.")))
    assert "A second copy of MLM is running" in " ".join(shown.split())
    assert "triad" not in shown


def test_denials_are_summed_by_code_and_feature() -> None:
    summary = told(LOGS["denied"])
    found = {
        (one.kind, one.code): (one.count, [(name.name, name.count) for name in one.features]) for one in summary.denials
    }
    assert found == {
        ("denied", "-4,342"): (2, [("alpha", 2)]),
        ("unsupported", "-18,327"): (1, [("omega", 1)]),
        ("too new", "-83,21049"): (1, []),
    }
    assert [(name.name, name.count) for name in summary.denied_clients] == [("bob@ws2", 2), ("carol d@ws3", 1)]
    (daemon,) = summary.daemons
    assert (daemon.outs, daemon.ins, daemon.denied, daemon.misdirected) == (1, 1, 4, 1)
    assert "wrong-daemon-asked" in warnings(summary)


def test_a_shutdown_is_no_failure() -> None:
    summary = told(NEW + stamped("EXITING DUE TO SIGNAL 15\nibmratl exited with status 15 signal = 17"))
    assert summary.state is State.SHUT_DOWN
    assert summary.daemons[0].state is State.SHUT_DOWN
    assert critical(summary) == set()
    one = told(NEW + stamped("Shutting down ibmratl pid=820"))
    assert (one.state, one.daemons[0].state) == (State.UP, State.SHUT_DOWN)


def test_versions_that_do_not_fit() -> None:
    summary = told(stamped("lmgrd version 9.2, MLM version 11.5"))
    assert "lmgrd (9.2) is older than MLM (11.5)" in problem(summary, "lmgrd-older").text
    assert "lmgrd-older" not in warnings(told(LOGS["v9"]))


def test_trouble_with_sockets_and_rights() -> None:
    text = "The license server manager (lmgrd) running as root:\naccept: Too many open files\nread: Connection reset"
    summary = told(stamped(BANNER + text))
    assert "2 times: accept: Too many open files." in problem(summary, "socket-trouble").text
    assert problem(summary, "runs-as-root").severity is Severity.INFO


def test_hostile_words_are_escaped_in_sentences() -> None:
    name = "M\x1b[31m"
    summary = told(
        stamped(BANNER + f"Started {name} (internet tcp_port 900 pid 1)\n{name} exited with status 3 (\x1b)")
    )
    assert summary.daemons[0].name == name
    assert all(found.text.isprintable() for found in summary.problems)
    assert len(summary.problems) == 3


def test_a_conflict_that_ends_without_its_port_is_one_problem() -> None:
    story = "a| The TCP port number in the license, 27001, is already in use.\n@8:29:20\n"
    summary = told(stamped(f"{BANNER}{story}a| Failed to open the TCP port number in the license.\n"))
    assert "27001" in problem(summary, "port-in-use").text
    other = told(stamped(f"{BANNER}{story}b| Failed to open the TCP port number in the license.\n"))
    assert [(found.id, found.subject) for found in other.problems] == [("port-in-use", "a"), ("port-not-opened", "b")]


def test_lmadmin_is_called_by_its_name_and_pins_in_its_own_console() -> None:
    frame = {"by": "lmadmin"}
    start = f"{BANNER}Starting vendor daemon at port 27005\nStarted a (pid 7)\n"
    end = "a exited with status 2 signal = 17\nPlease correct problem and restart daemons\n"
    summary = told(stamped(start + end, **frame))
    assert problem(summary, "gave-up").text.startswith("lmadmin gave up on a")
    assert "Set port 27005 for it in lmadmin's console" in problem(summary, "port-not-pinned").text
    assert "27005, not pinned, lmadmin was about to start the daemon on it, exited, lmadmin gave up" in as_markdown(
        summary
    )
