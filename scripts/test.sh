#!/usr/bin/env bash
# Install what the tests need, then lint, type-check and test. The one command of the README, and all that CI runs.
#
#   scripts/test.sh                 everything
#   scripts/test.sh tests/wire      the same, with these arguments for pytest
#
# Root on Linux: the tests build network namespaces. Nothing is left behind but .venv.
set -euo pipefail
cd "$(dirname "$0")/.."

# command → Debian package. A missing tool fails here; nothing is skipped for the want of one.
tools=(nmap:nmap nft:nftables ip:iproute2 iptables-restore:iptables tshark:tshark dumpcap:wireshark-common
       dig:dnsutils setpriv:util-linux nsenter:util-linux ufw:ufw firewall-offline-cmd:firewalld)
missing=()
for tool in "${tools[@]}"; do
    command -v "${tool%%:*}" >/dev/null || missing+=("${tool##*:}")
done
if ((${#missing[@]})); then
    if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
        echo "Install first (as root): ${missing[*]}" >&2
        exit 2
    fi
    export DEBIAN_FRONTEND=noninteractive
    # firewalld would be started where systemd runs; only its tool is wanted, not another firewall for this machine.
    policy=/usr/sbin/policy-rc.d
    if [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod +x $policy
        trap 'rm -f $policy' EXIT
    fi
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

python3 -m venv .venv
.venv/bin/python -m pip install --quiet --upgrade "pip>=25.1"
.venv/bin/python -m pip install --quiet --editable ".[real-client,capture]" --group lint --group test
export PATH="$PWD/.venv/bin:$PATH"

ruff check .
ruff format --check .
mypy
lint-imports --no-cache
# More workers than cores: most tests wait for a time-out that a real client would wait for, too.
pytest -n "${PYTEST_WORKERS:-6}" "$@"
