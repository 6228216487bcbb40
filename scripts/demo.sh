#!/usr/bin/env bash
# Three separate processes add 2 and 2 and 2, on the loopback interface, without a relay. Checks that each of them prints
# 6 and exits 0; ends with status 1 otherwise, after a minute at the latest.
#
#   scripts/demo.sh            builds the release binary first, so that it works on a clean checkout
#   IROH_MPC=path scripts/demo.sh    takes this binary instead
#
# Plain bash 3.2 and POSIX tools: it runs on Linux, macOS and Windows (git-bash).
set -euo pipefail
cd "$(dirname "$0")/.."

readonly BOUND=60
readonly EXPECTED=6

binary=${IROH_MPC:-}
if [ -z "$binary" ]; then
    cargo build --release --locked --bin iroh-mpc
    binary=${CARGO_TARGET_DIR:-target}/release/iroh-mpc
fi

dir=$(mktemp -d)
pids=()
watchdog=
finish() {
    status=$?
    trap - EXIT
    for pid in $watchdog ${pids[@]+"${pids[@]}"}; do
        kill "$pid" 2>/dev/null || true
    done
    rm -rf "$dir"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

fail() {
    echo "demo: $1" >&2
    for party in 0 1 2; do
        echo "--- party $party, standard output, then standard error" >&2
        cat "$dir/$party.out" "$dir/$party.err" >&2 2>/dev/null || true
    done
    exit 1
}

# start PARTY ARGUMENTS...: starts a party in the background.
start() {
    party=$1
    shift
    "$binary" "$@" --program programs/add.garble.rs --input 2 --relay disabled --bind 127.0.0.1:0 --wait "${BOUND}s" \
        >"$dir/$party.out" 2>"$dir/$party.err" &
    pids+=($!)
    echo $! >>"$dir/pids"
}

echo "party 0: iroh-mpc new --program programs/add.garble.rs --input 2"
start 0 new --ticket-file "$dir/ticket"
host=${pids[0]}

# Whoever is still there when the bound has passed is ended; `wait` below then sees that.
(
    trap 'kill "$nap" 2>/dev/null; exit 0' TERM
    sleep "$BOUND" &
    nap=$!
    wait "$nap"
    touch "$dir/late"
    while read -r pid; do
        kill -9 "$pid"
    done <"$dir/pids"
) >/dev/null 2>&1 &
watchdog=$!

until [ -s "$dir/ticket" ]; do
    kill -0 "$host" 2>/dev/null || fail "the host ended without a ticket"
    sleep 0.1
done
ticket=$(cat "$dir/ticket")
for party in 1 2; do
    echo "party $party: iroh-mpc join ${ticket:0:12}… --program programs/add.garble.rs --input 2"
    start "$party" join "$ticket"
done

for party in 0 1 2; do
    status=0
    wait "${pids[$party]}" || status=$?
    result=$(tr -d '\r' <"$dir/$party.out")
    [ ! -e "$dir/late" ] || fail "no result within $BOUND s"
    [ "$status" = 0 ] || fail "party $party exited with $status"
    [ "$result" = "$EXPECTED" ] || fail "party $party printed '$result', not $EXPECTED"
    echo "party $party printed $result"
done
pids=()
echo "demo: three processes computed 2 + 2 + 2 = $EXPECTED"
