#!/usr/bin/env bash
# Writes the tables of costs.
#
#   scripts/costs.sh            the table in programs/README.md, which a test compares
#   scripts/costs.sh measure    the table in docs/programs.md: runs every program on its samples, all parties on this machine,
#                               over gossip (needs jq; IROH_MPC=path takes that binary instead of a release build)
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "${1:-}" != measure ]; then
    UPDATE_TABLES=1 cargo test --quiet --test programs the_table_of_costs_is_that_of_the_programs
    exit
fi

binary=${IROH_MPC:-}
if [ -z "$binary" ]; then
    cargo build --release --locked --bin iroh-mpc
    binary=${CARGO_TARGET_DIR:-target}/release/iroh-mpc
fi

table=$(mktemp)
trap 'rm -f "$table" "$table.new"' EXIT
printf '%s\n' "| program | parties | AND gates | MB in all | seconds |" "|---|---|---|---|---|" >"$table"
for program in programs/*.garble.rs; do
    name=$(basename "$program" .garble.rs)
    inputs=()
    for sample in "programs/samples/$name".*; do
        inputs+=(--input-file "$sample")
    done
    row='select(.event == "result") | [$name, $parties, .and_gates, (.bytes_sent / 1e5 | round / 10), (.seconds * 10 | round / 10)]
        | "| " + (map(tostring) | join(" | ")) + " |"'
    "$binary" simulate "$program" "${inputs[@]}" --json 2>/dev/null |
        jq -r --arg name "$name" --arg parties "$((${#inputs[@]} / 2))" "$row" >>"$table"
done

page=docs/programs.md
awk -v table="$table" '
    /^<!-- end of seconds -->/ { skip = 0 }
    !skip
    /^<!-- seconds -->/ { while ((getline line < table) > 0) print line; skip = 1 }' "$page" >"$table.new"
cp "$table.new" "$page"
