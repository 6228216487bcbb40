#!/bin/sh
# Puts random mistakes into programs, 200,000 times, and has the front end
# check the results, in processes of 500 with 4 GB of address space and a
# minute each: none may hang, run out of memory or crash. Takes about five
# minutes on four cores. Another first mutant may be given:
#   scripts/garble-mutants.sh 200000
# GARBLE_CORPUS can name a directory with further programs.
set -eu
cd "$(dirname "$0")/.."
first="${1:-0}"
count="${GARBLE_MUTANTS:-200000}"
test=$(cargo test --test garble --no-run --message-format json |
    sed -n 's/.*"name":"garble".*"executable":"\([^"]*\)".*/\1/p')
seq "$first" 500 "$((first + count - 1))" |
    GARBLE_MUTANTS=500 xargs -P "${GARBLE_PROCESSES:-4}" -I '{}' sh -c '
        GARBLE_SEED={} prlimit --as=4000000000 timeout 60 "$0" mistakes_end --nocapture \
            || { echo "mutants from {} on: exit code $?" >&2; exit 255; }' "$test" |
    awk -v count="$count" '/ mutants, / { n += $1; typed += $3 }
        END { print n " mutants, " typed " of them programs"; exit n < count }'
