#!/usr/bin/env bash
# Runs sessions of three separate processes one after the other, each with random inputs, on the loopback interface, and
# counts the right results. Ends with status 1 if any was wrong or took more than 20 s.
#
#   scripts/sessions.sh [COUNT] [SEED]      200 sessions by default, from a seed that is printed
#
# IROH_MPC=path takes another binary than the release build. Times need bash 5; an older one counts whole seconds.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C

readonly COUNT=${1:-200}
readonly SEED=${2:-$((RANDOM * 32768 + RANDOM))}
# A session that takes longer is too slow; one that takes twice as long is ended.
readonly SLOW_MS=20000
readonly BOUND=40

binary=${IROH_MPC:-}
if [ -z "$binary" ]; then
    cargo build --release --locked --bin iroh-mpc
    binary=${CARGO_TARGET_DIR:-target}/release/iroh-mpc
fi

dir=$(mktemp -d)
watchdog=
pids=()
stop() {
    for pid in $watchdog ${pids[@]+"${pids[@]}"}; do
        kill "$pid" 2>/dev/null || true
    done
    watchdog=
    pids=()
}
finish() {
    status=$?
    trap - EXIT
    stop
    rm -rf "$dir"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

now_ms() {
    if [ -n "${EPOCHREALTIME:-}" ]; then
        echo $((${EPOCHREALTIME/./} / 1000))
    else
        echo $(($(date +%s) * 1000))
    fi
}

# Below 2^30, so that no sum overflows.
random() {
    input=$((RANDOM * 32768 + RANDOM))
}

start() {
    party=$1
    shift
    "$binary" "$@" --program programs/add.garble.rs --relay disabled --bind 127.0.0.1:0 --wait "${BOUND}s" \
        >"$dir/$party.out" 2>"$dir/$party.err" &
    pids+=($!)
    echo $! >>"$dir/pids"
}

# Ends this session's processes when the bound has passed, so that none is waited for in vain.
watch() {
    (
        trap 'kill "$nap" 2>/dev/null; exit 0' TERM
        sleep "$BOUND" &
        nap=$!
        wait "$nap"
        while read -r pid; do
            kill -9 "$pid"
        done <"$dir/pids"
    ) >/dev/null 2>&1 &
    watchdog=$!
}

# One session: sets `took` (milliseconds from the last start to the last exit) and `whole` (from the first start), and
# prints what is wrong, if anything is.
session() {
    local inputs=() sum=0 party status result begun last
    for party in 0 1 2; do
        random
        inputs+=("$input")
        sum=$((sum + input))
    done
    rm -f "$dir"/*
    : >"$dir/pids"
    begun=$(now_ms)
    start 0 new --input "${inputs[0]}" --ticket-file "$dir/ticket"
    watch
    until [ -s "$dir/ticket" ]; do
        kill -0 "${pids[0]}" 2>/dev/null || break
        sleep 0.02
    done
    ticket=$(cat "$dir/ticket" || true)
    start 1 join "$ticket" --input "${inputs[1]}"
    last=$(now_ms)
    start 2 join "$ticket" --input "${inputs[2]}"
    wrong=
    for party in 0 1 2; do
        status=0
        wait "${pids[$party]}" || status=$?
        result=$(tr -d '\r' <"$dir/$party.out")
        if [ "$status" != 0 ] || [ "$result" != "$sum" ]; then
            wrong="$wrong party $party: exit $status, '$result' for $sum."
        fi
    done
    took=$(($(now_ms) - last))
    whole=$(($(now_ms) - begun))
    pids=()
    stop
    if [ -n "$wrong" ]; then
        echo "inputs ${inputs[*]}:$wrong"
        tail -n +1 "$dir"/*.err
    fi
}

echo "sessions: $COUNT from seed $SEED"
RANDOM=$SEED
right=0
slow=0
times=()
for ((number = 1; number <= COUNT; number++)); do
    session
    times+=("$took")
    if [ -z "$wrong" ]; then
        right=$((right + 1))
    else
        echo "session $number is wrong"
    fi
    if [ "$whole" -gt "$SLOW_MS" ]; then
        slow=$((slow + 1))
        echo "session $number took $whole ms"
    fi
    if [ $((number % 20)) = 0 ]; then
        echo "$number sessions, $right right"
    fi
done

sorted=($(printf '%s\n' "${times[@]}" | sort -n))
at() {
    echo "${sorted[$(((${#sorted[@]} - 1) * $1 / 100))]} ms"
}
echo "sessions: $right of $COUNT right, $slow past $((SLOW_MS / 1000)) s"
echo "from the last start to the last exit: least $(at 0), median $(at 50), 95 of 100 within $(at 95), most $(at 100)"
[ "$right" = "$COUNT" ] && [ "$slow" = 0 ]
