"""The command line as a whole: help, examples, wrong usage, our own bugs, and what is imported when."""

from __future__ import annotations

import asyncio
import json
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from lmwire import __version__
from lmwire.cli import app, main
from lmwire.cli.manual import LazyGroup
from lmwire.cli.terminal import CANT_WRITE
from lmwire.diagnosis import SPECS
from tests.cli.running import COMMAND, clean, commands, examples, invoke, run

_COMMANDS = commands(app)
_INNER = [inner for command in _COMMANDS.values() for inner in commands(command).values()]
_EXAMPLES = [line for command in (app, *_COMMANDS.values(), *_INNER) for line in examples(command.epilog)]


def test_the_commands() -> None:
    assert (
        " ".join(_COMMANDS)
        == "diagnose sweep locate demo explain mock gateway idle capture license firewall log lab verdicts schema"
    )


@pytest.mark.parametrize("name", _COMMANDS)
def test_every_help_has_an_example_of_its_own_command(name: str) -> None:
    shown = invoke(name, "--help")
    assert shown.exit_code == 0
    assert f"  lmwire {name}" in shown.stdout
    for line in examples(_COMMANDS[name].epilog):
        assert f"    {line}\n" in shown.stdout


@pytest.mark.parametrize("line", _EXAMPLES)
def test_every_example_is_understood(line: str) -> None:
    words = shlex.split(line.rpartition(" | ")[2].partition(" < ")[0].partition(" > ")[0])
    command, words = _COMMANDS[words[1]], words[2:]
    if isinstance(command, click.Group):
        if words[0] not in commands(command):  # `lmwire gateway TARGET` leaves out `serve`
            words = ["serve", *words]
        command, words = commands(command)[words[0]], words[1:]
    with command.make_context(str(command.name), words) as context:
        assert not context.args


def test_version() -> None:
    shown = invoke("--version")
    assert (shown.exit_code, shown.stdout) == (0, f"lmwire {__version__}\n")


def test_no_command_shows_the_help_and_is_wrong_usage() -> None:
    shown = invoke()
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert shown.stderr == invoke("--help").stdout


def test_the_help_explains_arguments_and_lists_commands_in_our_order() -> None:
    shown = invoke("diagnose", "--help").stdout
    assert "Usage: lmwire diagnose [OPTIONS] [TARGET]...\n" in shown
    assert "Arguments:\n  [TARGET]...  The value of LM_LICENSE_FILE" in shown
    listed = invoke("--help").stdout.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed[: len(_COMMANDS)]] == list(_COMMANDS)


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("diagnose", "--nonsense"),
        ("diagnose", "--format", "yaml", "@x"),
        ("diagnose", "--timeout", "0", "@x"),
        ("diagnose", "--timeout", "nan", "@x"),
        ("diagnose", "--timeout", "inf", "@x"),
        ("diagnose", "--answer-timeout", "soon", "@x"),
        ("diagnose", "--parallel", "0", "@x"),
        ("diagnose", "--parallel", "many", "@x"),
        ("diagnose", "--source", "here", "@x"),
        ("diagnose", "--vendor", "two words", "@x"),
        ("diagnose", "--vendor", "", "@x"),
        ("diagnose", "-4", "-6", "@x"),
        ("diagnose", "-4", "--source", "::1", "@x"),
        ("diagnose", "--output", "/", "@x"),
        ("diagnose", "--output", "/no/such/directory/result", "@x"),
        ("diagnose", "27000@@licsrv"),
        ("diagnose", "licsrv:27000"),
        ("diagnose", "\x1b[31m@x"),
        ("diagnose", "--format", "\x1b[31m", "@x"),
        ("diagnose", "--\x1b[31m", "@x"),
        ("diagnose", "--dns=\x1b[31m", "@x"),
        ("diagnose", "--output", "/no/\x1b[31m/result", "@x"),
        ("diagnose", "--timeout"),
        ("\x1b[31m",),
        ("verdicts", "\x1b[31m\nError: not ours"),
        ("demo", "--format", "junit"),
        ("explain", "--format", "junit", "-96"),
        ("mock", "--lmgrd-port", "65536"),
        ("mock", "--scenario", "nonsense"),
        ("mock", "--bind", "nowhere"),
        ("mock", "--vendor", "a b"),
        ("mock", "--delay", "-1"),
        ("verdicts", "--format", "xml"),
    ],
)
def test_wrong_usage_is_a_sentence_and_status_2(arguments: tuple[str, ...]) -> None:
    shown = invoke(*arguments)
    assert shown.exit_code == 2
    assert shown.stdout == ""
    assert shown.stderr
    assert "Traceback" not in shown.stderr
    assert "\x1b" not in shown.stderr
    assert "\nError: not ours" not in shown.stderr


def test_wrong_usage_shows_the_usage_and_names_the_option() -> None:
    assert invoke("diagnose", "--timeout", "soon", "@x").stderr.splitlines() == [
        "Usage: lmwire diagnose [OPTIONS] [TARGET]...",
        "Try 'lmwire diagnose --help' for help.",
        "",
        "Error: Invalid value for '--timeout': must be above 0 and at most 3600 seconds, not soon",
    ]


def test_a_bad_target_is_pointed_at() -> None:
    shown = invoke("diagnose", "27000@@licsrv")
    assert shown.stderr.splitlines() == [
        "lmwire: the entry has a second @",
        "  27000@@licsrv",
        "        ^",
        "  Hint: write 27000@licsrv",
    ]


def test_no_license_path_at_all_says_where_it_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.environ", {"PATH": "/bin"})
    shown = invoke("diagnose", "--vendor", "ibmratl")
    assert shown.exit_code == 2
    assert "IBMRATL_LICENSE_FILE" in shown.stderr
    assert "Hint: name a server: 27000@licsrv" in shown.stderr


def _boom(*_: object) -> None:
    raise ZeroDivisionError("\x1b[31mthis should not happen")


def test_a_bug_is_called_a_bug(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("lmwire.workflows.diagnose_path._prepared", _boom)
    monkeypatch.delenv("LMWIRE_DEBUG", raising=False)
    with pytest.raises(SystemExit) as ended:
        main(["diagnose", "@x"])
    shown = capsys.readouterr()
    assert ended.value.code == 70
    assert shown.out == ""
    assert "this is a bug in lmwire" in shown.err
    assert "LMWIRE_DEBUG=1" in shown.err
    assert r"\x1b[31mthis should not happen" in shown.err
    assert "\x1b" not in shown.err
    assert "Traceback" not in shown.err


def test_a_bug_shows_its_traceback_when_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("lmwire.workflows.diagnose_path._prepared", _boom)
    monkeypatch.setenv("LMWIRE_DEBUG", "1")
    with pytest.raises(SystemExit) as ended:
        main(["diagnose", "@x"])
    assert ended.value.code == 70
    assert "Traceback" in capsys.readouterr().err


_IMPORTED = """
import sys
from lmwire.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print(*sorted(sys.modules), file=sys.stderr)
"""


async def _imported(*arguments: str) -> set[str]:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _IMPORTED, *arguments),
        env=clean(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, err = await child.communicate()
    return set(err.decode().split())


_HEAVY = {"asyncio", "msgspec", "rich", "construct", "pydantic", "dns", "scapy", "lmwire_mockserver"}


@pytest.mark.parametrize(
    "arguments", [("--help",), ("diagnose", "--help"), ("capture", "--help"), ("locate", "--help"), ("log", "--help")]
)
async def test_the_help_imports_next_to_nothing(arguments: tuple[str, ...]) -> None:
    found = await _imported(*arguments)
    assert "lmwire.cli.app" in found
    assert not found & {*_HEAVY, "lmwire.probe", "lmwire.diagnosis", "lmwire.workflows.diagnose_path"}


async def test_the_help_of_all_imports_no_command() -> None:
    found = await _imported("--help")
    shared = {"app", "manual", "option_names", "terminal"}
    assert {name for name in found if name.startswith("lmwire.cli.")} == {f"lmwire.cli.{name}" for name in shared}


@pytest.mark.parametrize("group", [app, *(command for command in _COMMANDS.values() if commands(command))], ids=str)
def test_a_group_lists_what_its_commands_are_called(group: LazyGroup) -> None:
    for name, command in commands(group).items():
        assert command.name == name
        assert command.get_short_help_str(1000) == group.listed[name].short_help
        assert command.help


def test_every_group_and_command_has_an_example() -> None:
    for command in (app, *_COMMANDS.values(), *_INNER):
        assert examples(command.epilog), command.name


@pytest.mark.parametrize(
    ("words", "at", "completed"),
    [
        ("lmwire dia", 1, ["diagnose"]),
        ("lmwire capture ", 2, ["dissector", "analyze", "record", "watch"]),
        ("lmwire license pin --dif", 3, ["--diff"]),
        ("lmwire diagnose --format j", 3, ["json", "junit"]),
    ],
)
async def test_a_shell_completes_words(words: str, at: int, completed: list[str]) -> None:
    ended = await run(env=clean(_LMWIRE_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=str(at)))
    assert [line.rpartition(",")[2] for line in ended.out.splitlines()] == completed
    assert (ended.status, ended.err) == (0, "")


async def test_the_script_that_teaches_a_shell_is_printed() -> None:
    for shell in ("bash", "zsh", "fish"):
        ended = await run(env=clean(_LMWIRE_COMPLETE=f"{shell}_source"))
        assert (ended.status, ended.err) == (0, "")
        assert "_LMWIRE_COMPLETE" in ended.out


async def test_a_diagnosis_imports_only_what_it_uses() -> None:
    found = await _imported("diagnose", "1@127.0.0.1", "--format", "json")
    assert "lmwire.probe" in found
    unwanted = {
        "scapy",
        "lmwire_mockserver",
        "pydantic",
        "rich",
        "dns",
        "lmwire.explanations.lookup",
        "lmwire.report.text",
    }
    assert not found & unwanted
    found = await _imported("diagnose", "1@127.0.0.1")
    assert "lmwire.report.text" in found
    assert not found & {"scapy", "lmwire_mockserver", "pydantic", "dns", "rich.progress", "rich.markdown"}


_ELSEWHERE = """
import sys
sys.modules["fcntl"] = None  # as on Windows
sys.platform = "aix"
from lmwire.cli import main
main(sys.argv[1:])
"""


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("lab",), 2, "Usage: lmwire lab"),
        (("lab", "list"), 2, "which aix does not have"),
        (("firewall", "test", "--help"), 0, ""),
        (("firewall", "test", "--example"), 0, ""),
        (("locate", "--help"), 0, ""),
        (("mock", "--list"), 0, ""),
    ],
    ids=str,
)
def test_what_needs_linux_says_so_elsewhere_and_nothing_else_does(
    arguments: tuple[str, ...], status: int, words: str
) -> None:
    ended = subprocess.run(  # noqa: S603 # ours
        [sys.executable, "-c", _ELSEWHERE, *arguments], capture_output=True, text=True, check=False, env=clean()
    )
    assert ended.returncode == status, ended.stderr
    assert words in ended.stderr if words else ended.stderr == ""


async def test_python_m_lmwire() -> None:
    ended = await run("--version")
    assert (ended.status, ended.out, ended.err) == (0, f"lmwire {__version__}\n", "")


def test_schema_is_json() -> None:
    shown = invoke("schema")
    assert shown.exit_code == 0
    assert json.loads(shown.stdout)["$schema"].startswith("https://json-schema.org/draft/2020-12/")


def test_verdicts_lists_every_one() -> None:
    shown = invoke("verdicts")
    assert shown.exit_code == 0
    assert [line.split()[0] for line in shown.stdout.splitlines() if line[2] != " "] == list(SPECS)
    assert list(json.loads(invoke("verdicts", "--format", "json").stdout)) == list(SPECS)


def test_a_group_without_a_command_shows_its_help_as_the_program_does() -> None:
    shown = invoke("capture")
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert shown.stderr == invoke("capture", "--help").stdout


def test_a_help_that_cannot_be_written_is_no_bug_of_ours() -> None:
    with Path("/dev/full").open("w", encoding="ascii") as full:
        ended = subprocess.run([*COMMAND, "--help"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603 # our own program
    assert (ended.returncode, ended.stderr) == (
        CANT_WRITE,
        "lmwire: cannot write to standard output: No space left on device\n",
    )


def test_an_interrupt_while_it_is_loaded_ends_it_quietly() -> None:
    code = """if True:
        import sys
        class Held:
            def find_spec(self, name, *_):
                if name == "click":
                    raise KeyboardInterrupt
        sys.meta_path.insert(0, Held())
        from lmwire.__main__ import main
        main()
    """
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603 # ours
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")
