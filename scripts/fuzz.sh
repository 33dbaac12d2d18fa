#!/usr/bin/env bash
# Change inputs by chance, and let lmwire read them: frames, captures, license files, logs, plans, texts, evidence.
#
#   scripts/fuzz.sh                     for an hour
#   scripts/fuzz.sh 300                 for five minutes
#   scripts/fuzz.sh 60 4711 license     again with the seed 4711, license files only
#
# Exit status 1: something raised an error that is not lmwire's own, or took too long or too much memory. The inputs
# are saved; put them into tests/fuzz/corpus once mended.
set -euo pipefail
cd "$(dirname "$0")/.."
exec .venv/bin/python -m tests.fuzz "${1:-3600}" "${@:2}"
