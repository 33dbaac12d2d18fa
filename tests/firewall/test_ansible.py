"""The playbook, run by Ansible itself, with modules in place of those that change a firewall.

The two modules check their arguments as those of ansible.posix and community.general document them, and note them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from lmwire.firewall import Language, write
from lmwire.firewall.comments import about
from lmwire.firewall.model import RuleSet
from tests.firewall.samples import BOTH, EVERYBODY, HOSTILE, TRIAD
from tests.firewall.test_devices import hostile

pytestmark = pytest.mark.slow

PLAYBOOK: Final = Path(sys.executable).with_name("ansible-playbook")
V4, HOST, V6 = "10.20.0.0/16", "10.30.7.41/32", "2001:db8:20::/48"

_MODULE: Final = """#!/usr/bin/python
import json
from ansible.module_utils.basic import AnsibleModule
module = AnsibleModule(argument_spec={spec}, supports_check_mode=True)
with open({noted!r}, "a") as file:
    file.write(json.dumps({{key: value for key, value in module.params.items() if value is not None}}) + "\\n")
module.exit_json(changed=True)
"""
_FIREWALLD: Final = {
    "rich_rule": {"type": "str"},
    "zone": {"type": "str"},
    "permanent": {"type": "bool"},
    "immediate": {"type": "bool", "default": False},
    "state": {"type": "str", "required": True, "choices": ["absent", "disabled", "enabled", "present"]},
}
_UFW: Final = {
    "rule": {"type": "str", "choices": ["allow", "deny", "limit", "reject"]},
    "proto": {"type": "str", "choices": ["ah", "any", "esp", "ipv6", "tcp", "udp", "gre", "igmp"]},
    "from_ip": {"type": "str", "default": "any"},
    "to_ip": {"type": "str", "default": "any"},
    "to_port": {"type": "str"},
    "comment": {"type": "str"},
    "insert": {"type": "int"},
    "insert_relative_to": {
        "type": "str",
        "default": "zero",
        "choices": ["zero", "first-ipv4", "last-ipv4", "first-ipv6", "last-ipv6"],
    },
    "delete": {"type": "bool", "default": False},
}


def _prepare(folder: Path, firewalld: bool, ufw: bool) -> dict[str, str]:
    """Make the two modules and the two commands; return the environment that finds them and nothing of the user's."""
    for place, name, spec in (("ansible/posix", "firewalld", _FIREWALLD), ("community/general", "ufw", _UFW)):
        modules = folder / "collections/ansible_collections" / place / "plugins/modules"
        modules.mkdir(parents=True)
        (modules / f"{name}.py").write_text(_MODULE.format(spec=spec, noted=str(folder / f"{name}.noted")))
    commands = folder / "commands"
    commands.mkdir()
    for name, script in (("firewall-cmd", "echo running"), ("ufw", "echo 'Status: active'")):
        wanted = firewalld if name == "firewall-cmd" else ufw
        (commands / name).write_text(f"#!/bin/sh\n{script}\n" if wanted else "#!/bin/sh\nexit 252\n")
        (commands / name).chmod(0o755)
    return {
        "PATH": f"{commands}{os.pathsep}/usr/bin:/bin",
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_COLLECTIONS_PATH": str(folder / "collections"),
        "ANSIBLE_CONFIG": str(folder / "none.cfg"),
        "ANSIBLE_LOCAL_TEMP": str(folder / "local"),
        "ANSIBLE_REMOTE_TEMP": str(folder / "remote"),
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        "ANSIBLE_NOCOLOR": "1",
    }


def played(
    folder: Path, text: str, *more: str, firewalld: bool = True, ufw: bool = False
) -> tuple[int, list[dict[str, Any]], str]:
    """Play the text on this machine. Return the exit status, the arguments of the modules, and the output."""
    env = _prepare(folder, firewalld, ufw)
    (folder / "rules.yml").write_text(text)
    (folder / "inventory").write_text("[license_servers]\nlocalhost ansible_connection=local\n")
    done = subprocess.run(  # noqa: S603 # the playbook is what is tested
        [PLAYBOOK, "-i", "inventory", "rules.yml", "-e", "ansible_become=false", *more],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    noted = [line for path in sorted(folder.glob("*.noted")) for line in path.read_text().splitlines()]
    return done.returncode, [json.loads(line) for line in noted], done.stdout + done.stderr


def _rich(source: str, port: int) -> str:
    family = "ipv6" if ":" in source else "ipv4"
    return f'rule family="{family}" source address="{source}" port port="{port}" protocol="tcp" accept'


@pytest.mark.parametrize(("extra", "state"), [((), "enabled"), (("-e", "lmwire_undo=true"), "disabled")])
def test_firewalld_gets_every_port_and_loses_it_again(tmp_path: Path, extra: tuple[str, ...], state: str) -> None:
    status, noted, output = played(tmp_path, write(BOTH, Language.ANSIBLE), *extra)
    assert status == 0, output
    assert noted == [
        {"rich_rule": _rich(source, port), "permanent": True, "immediate": True, "state": state}
        for port in (27000, 27001)
        for source in (V4, HOST, V6)
    ]


@pytest.mark.parametrize(("extra", "undo"), [((), False), (("-e", "lmwire_undo=true"), True)])
def test_ufw_gets_every_port_and_loses_it_again(tmp_path: Path, extra: tuple[str, ...], undo: bool) -> None:
    status, noted, output = played(tmp_path, write(BOTH, Language.ANSIBLE), *extra, firewalld=False, ufw=True)
    assert status == 0, output
    assert [(each["from_ip"], each["to_ip"], each["to_port"]) for each in noted] == [
        (source, "::/0" if ":" in source else "0.0.0.0/0", str(port))
        for port in (27000, 27001)
        for source in (V4, HOST, V6)
    ]
    assert {(each["rule"], each["proto"], each["delete"]) for each in noted} == {("allow", "tcp", undo)}
    assert {each.get("insert") for each in noted} == ({None} if undo else {0})
    assert {each["comment"] for each in noted} == {"lmgrd of licsrv", "vendor daemon ibmratl of licsrv"}


def test_a_host_without_either_firewall_is_told(tmp_path: Path) -> None:
    status, noted, output = played(tmp_path, write(BOTH, Language.ANSIBLE), firewalld=False)
    assert (status, noted) == (2, [])
    assert "Neither firewalld nor ufw runs here." in output


def test_a_check_changes_nothing_and_still_finds_the_firewall(tmp_path: Path) -> None:
    status, noted, output = played(tmp_path, write(TRIAD, Language.ANSIBLE), "--check")
    assert (status, len(noted)) == (0, 2), output


def test_hostile_names_stay_texts(tmp_path: Path) -> None:
    """All names in one play: Ansible must not find a template in a comment."""
    plays = [write(hostile(name), Language.ANSIBLE) for name in HOSTILE]
    for text, name in zip(plays, HOSTILE, strict=True):
        ((play,),) = yaml.safe_load_all(text)
        comments = [each["comment"] for each in play["vars"]["lmwire_rules"]]
        assert comments == [about(rule, 200) for rule in hostile(name).rules]
    together = plays[0] + "".join(text.removeprefix("---\n") for text in plays[1:])
    status, noted, output = played(tmp_path, together, "--syntax-check")
    assert (status, noted) == (0, []), output


def test_a_hostile_name_is_given_to_ufw_as_a_text(tmp_path: Path) -> None:
    name = "{{ lookup('pipe', 'touch owned') }}{% raw %}"
    text = write(hostile(name), Language.ANSIBLE)
    status, noted, output = played(tmp_path, text, firewalld=False, ufw=True)
    assert status == 0, output
    assert [each["comment"] for each in noted] == [about(rule, 200) for rule in hostile(name).rules]
    assert not (tmp_path / "owned").exists()


def test_everybody_is_one_ip_version_at_a_time() -> None:
    ((play,),) = yaml.safe_load_all(write(_both_for_everybody(), Language.ANSIBLE))
    assert {(each["family"], each["source"], each["to"]) for each in play["vars"]["lmwire_rules"]} == {
        ("ipv4", "0.0.0.0/0", "0.0.0.0/0"),
        ("ipv6", "::/0", "::/0"),
    }


def _both_for_everybody() -> RuleSet:
    return RuleSet(rules=BOTH.rules, sources=EVERYBODY.sources, anybody=True)


def test_the_group_can_be_named() -> None:
    ((play,),) = yaml.safe_load_all(write(BOTH, Language.ANSIBLE, into="1e3"))
    assert play["hosts"] == "1e3"
