#!/bin/sh
# Compares 10,000 generated Garble programs, 16 inputs each, lowered to
# circuits (plain and optimised) and by the reference evaluator. Takes some
# minutes on four cores. Another first seed may be given:
#   scripts/garble-10k.sh 50000
set -eu
cd "$(dirname "$0")/.."
GARBLE_PROGRAMS="${GARBLE_PROGRAMS:-10000}" GARBLE_SEED="${1:-0}" \
    exec cargo test --release --test garble generated -- --nocapture
