#!/bin/sh
# The machines of the link and of the lobby on buses that misbehave, on virtual time: 10,000 seeds of each simulation. The
# links' clocks are off and drift. A failing seed is printed; LINK_SEED or ROSTER_SEED runs it again alone.
#
#   scripts/simulate-10k.sh [SEEDS]

set -eu
cd "$(dirname "$0")/.."
seeds=${1:-10000}
LINK_SEEDS=$seeds cargo test --release --test link session
ROSTER_SEEDS=$seeds cargo test --release --test roster everybody_starts
ROSTER_SEEDS=$seeds cargo test --release --test roster leaving
