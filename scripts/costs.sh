#!/usr/bin/env bash
# Writes the tables of costs.
#
#   scripts/costs.sh            the table in programs/README.md, which a test compares
#   scripts/costs.sh measure    the table in docs/programs.md: runs every program on its first vector over gossip, all parties on this
#                               machine, between its own seats and between exactly three parties (a release build, some minutes)
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1:-}" in
measure) cargo bench --locked --bench programs -- --write ;;
*) UPDATE_TABLES=1 cargo test --quiet --test programs the_table_of_costs_is_that_of_the_programs ;;
esac
