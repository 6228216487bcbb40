#!/bin/sh
# The machines of the link and of the lobby on buses that misbehave, on virtual time, with clocks that are off and drift:
# 10,000 seeds of each simulation. A failing seed is printed; LINK_SEED or ROSTER_SEED runs it again alone.
#
#   scripts/simulate-10k.sh [SEEDS [PART]...]
#
# The parts are `link`, and of the lobby `everybody_starts`, `leaving`, `stalling` and `hostile`; the first three by default.
# The lobby signs for real, so its parts take the most time: tests of a part run side by side, one on each core, and fewer
# SEEDS take less in proportion.

set -eu
cd "$(dirname "$0")/.."
seeds=${1:-10000}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- link everybody_starts leaving
for part; do
    begun=$(date +%s)
    case $part in
    link) LINK_SEEDS=$seeds cargo test --release --test link session ;;
    *) ROSTER_SEEDS=$seeds cargo test --release --test roster "$part" ;;
    esac
    echo "$part: $seeds seeds in $(($(date +%s) - begun)) s"
done
