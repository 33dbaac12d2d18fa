"""Ansible: a playbook for license servers on Linux. It uses the firewall that runs there: firewalld or ufw."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lmwire.firewall.comments import about
from lmwire.firewall.languages import FirewallPlace
from lmwire.firewall.quoting import yaml
from lmwire.firewall.writers.writer import Into, RuleWriter, WriterInput, commented, opening_lines, testing

__all__ = ["ANSIBLE"]

_COMMENT: Final = 200
_ANYWHERE: Final = {4: "0.0.0.0/0", 6: "::/0"}
_TASKS: Final = """\
  tasks:
    - name: Ask whether firewalld runs
      ansible.builtin.command:
        argv: [firewall-cmd, --state]
      register: lmwire_firewalld
      changed_when: false
      failed_when: false
      check_mode: false
    - name: Ask whether ufw is active
      ansible.builtin.command:
        argv: [ufw, status]
      environment:
        LC_ALL: C
      register: lmwire_ufw
      changed_when: false
      failed_when: false
      check_mode: false
    - name: Stop if neither firewall runs
      ansible.builtin.assert:
        that: >-
          lmwire_firewalld.rc | default(1) == 0
          or 'Status: active' in lmwire_ufw.stdout | default('')
        fail_msg: "Neither firewalld nor ufw runs here. Write the rules with --format nftables or iptables."
        quiet: true
    - name: Set the ports in firewalld
      ansible.posix.firewalld:
        rich_rule: >-
          rule family="{{ item.family }}" source address="{{ item.source }}"
          port port="{{ item.port }}" protocol="tcp" accept
        permanent: true
        immediate: true
        state: "{{ 'disabled' if lmwire_undo | default(false) | bool else 'enabled' }}"
      loop: "{{ lmwire_rules }}"
      when: lmwire_firewalld.rc | default(1) == 0
    - name: Set the ports in ufw
      community.general.ufw:
        rule: allow
        proto: tcp
        from_ip: "{{ item.source }}"
        to_ip: "{{ item.to }}"
        to_port: "{{ item.port }}"
        comment: "{{ item.comment }}"
        insert: "{{ omit if lmwire_undo | default(false) | bool else 0 }}"
        insert_relative_to: "first-{{ item.family }}"
        delete: "{{ lmwire_undo | default(false) | bool }}"
      loop: "{{ lmwire_rules }}"
      when:
        - lmwire_firewalld.rc | default(1) != 0
        - "'Status: active' in lmwire_ufw.stdout | default('')"
"""


def _write(given: WriterInput) -> Iterator[str]:
    yield "---"
    yield from commented("#", opening_lines(given, *_manual(given)))
    yield f"- name: Open the ports of the license server {given.name}"
    yield f'  hosts: "{given.into}"'
    yield "  become: true"
    yield "  gather_facts: false"
    yield "  vars:"
    yield "    lmwire_rules:"
    for flow in given.flows:
        for source in flow.sources:
            yield f"      - family: ipv{flow.version}"
            yield f'        source: "{source}"'
            yield f'        to: "{_ANYWHERE[flow.version]}"'
            yield f"        port: {flow.port}"
            yield f"        comment: {yaml(about(flow.rule, _COMMENT), _COMMENT)}"
    yield from _TASKS.splitlines()


def _manual(given: WriterInput) -> Iterator[str]:
    yield (
        "Load: ansible-playbook -i INVENTORY FILE; with --check, it changes nothing. The license servers are the "
        f"group {given.into} of the inventory; --into names another group or a host."
    )
    yield (
        "It needs the collections ansible.posix and community.general: ansible-galaxy collection install ansible.posix "
        "community.general"
    )
    yield (
        "For license servers on Linux with firewalld (its default zone) or ufw, which allow replies automatically. Run "
        "again, it changes nothing."
    )
    yield testing(given.rules)
    yield "Undo: ansible-playbook -i INVENTORY FILE -e lmwire_undo=true"


ANSIBLE: Final = RuleWriter(
    write=_write,
    places=(FirewallPlace.SERVER,),
    into=Into(
        what="the inventory's group or host",
        pattern=r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,60}[A-Za-z0-9_])?",
        example="license_servers",
        usual={FirewallPlace.SERVER: "license_servers"},
    ),
)
