"""What is written, read back by parsers that are not ours."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import botocore.session
import hcl2
import kubernetes_validate
import tree_sitter_powershell
import yaml
from botocore import xform_name
from botocore.validate import ParamValidator
from tree_sitter import Language, Node, Parser

__all__ = ["aws_call", "hcl_resources", "netsh_rules", "powershell_kinds", "powershell_rules", "yaml_policy"]

_KUBERNETES: Final = "1.30"
_NETSH: Final = re.compile(
    r'netsh advfirewall firewall add rule name="(?P<name>[^"%!^&|<>]+)" dir=in action=allow protocol=TCP'
    r" localport=(?P<localport>\d+) remoteip=(?P<remoteip>[0-9a-f.:/,]+|Any) \|\| exit /b 1",
    re.ASCII,
)


def _tree(text: str) -> Node:
    parser = Parser(Language(tree_sitter_powershell.language()))
    root = parser.parse(text.encode()).root_node
    assert not root.has_error
    return root


def _nodes(node: Node) -> list[Node]:
    return [each for child in node.named_children for each in (child, *_nodes(child))]


def _text(node: Node) -> str:
    assert node.text is not None
    return node.text.decode()


def powershell_kinds(text: str) -> list[str]:
    """The kinds of the nodes of a script in their order, comments at its top counted as one."""
    kinds = [node.type for node in _nodes(_tree(text))]
    first = next(number for number, kind in enumerate(kinds) if kind != "comment")
    return ["comment", *kinds[first:]]


def powershell_rules(text: str) -> list[dict[str, str]]:
    """The parameters of every New-NetFirewallRule; there is no other command."""
    rules = []
    for command in (node for node in _nodes(_tree(text)) if node.type == "command"):
        name = command.child_by_field_name("command_name")
        elements = command.child_by_field_name("command_elements")
        assert name is not None
        assert elements is not None
        assert _text(name) == "New-NetFirewallRule"
        rule: dict[str, str] = {}
        parameter = ""
        for element in elements.named_children:
            if element.type == "command_parameter":
                parameter = _text(element).removeprefix("-")
            elif element.type != "command_argument_sep":
                strings = [_text(node) for node in _nodes(element) if node.type == "string_literal"]
                rule[parameter] = ",".join(text.strip("'") for text in strings) if strings else _text(element)
        rules.append(rule)
    return rules


def netsh_rules(text: str) -> list[dict[str, str]]:
    """The rules of a command file, which has nothing else but `@echo off` and remarks."""
    lines = text.splitlines()
    assert lines[0] == "@echo off"
    rules = []
    for line in lines[1:]:
        if re.fullmatch(r"rem [^%^&|<>\r\n]*", line):
            continue
        match = _NETSH.fullmatch(line)
        assert match is not None, line
        rules.append(match.groupdict())
    return rules


def hcl_resources(text: str) -> dict[str, dict[str, Any]]:
    """The ingress rules of a Terraform file, by name; there is nothing else but a variable."""
    read = hcl2.loads(text)
    assert set(read) == {"__comments__", "variable", "resource"}
    found: dict[str, dict[str, Any]] = {}
    for entry in read["resource"]:
        ((kind, named),) = entry.items()
        assert kind == '"aws_vpc_security_group_ingress_rule"'
        for name, fields in named.items():
            assert name not in found
            found[name.strip('"')] = {
                key: value.strip('"') if isinstance(value, str) else value for key, value in fields.items()
            }
    return found


def yaml_policy(text: str) -> dict[str, Any]:
    """A NetworkPolicy, held against the schema of Kubernetes, strictly."""
    (policy,) = yaml.safe_load_all(text)
    kubernetes_validate.validate(policy, _KUBERNETES, strict=True)
    return dict(policy)


def aws_call(words: list[str]) -> dict[str, Any]:
    """What a call of AWS's command line sends, held against AWS's own description of the service."""
    assert words[:2] == ["aws", "ec2"]
    model = botocore.session.Session().get_service_model("ec2")
    operation = model.operation_model("".join(part.capitalize() for part in words[2].split("-")))
    options = {f"--{xform_name(name, '-')}": name for name in operation.input_shape.members}
    sent: dict[str, Any] = {}
    for option, value in zip(words[3::2], words[4::2], strict=True):
        sent[options[option]] = json.loads(value) if value.startswith("[") else value
    report = ParamValidator().validate(sent, operation.input_shape)
    assert not report.has_errors(), report.generate_report()
    return sent
