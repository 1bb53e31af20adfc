#!/usr/bin/env bash
# usage: bench/compare.sh
# ringcached against memcached and against the floor, servers that answer every line with the same
# hit: CPU time a request of servers with one thread, from their processes' own accounting, in short
# slices of each server in turns, in random order, compared slice by slice. Every reply is judged, one
# in 100 byte by byte. Takes some minutes and 6 GiB. Settings, from the environment:
#   RINGCACHED, RINGCACHED_COMPARE, MEMCACHED   the programs
#   STORES="small full large"                   what the servers hold; large has 10 million keys
#   LOADS=".*"                                  a regular expression of the loads' names
#   ROUNDS=9 SLICE_S=0.15 LATENCY_SLICE_S=1     slices of each server, and how long they are
#   SEED=1
#   RESULTS=bench/results                       where the result file goes
set -euo pipefail
. "$(dirname "$0")/common.sh"

programs=$(dirname "$(dirname "$RINGCACHED")")/bench
RINGCACHED_COMPARE=${RINGCACHED_COMPARE:-$programs/compare/ringcached_compare}
STORES=${STORES:-small full large}
LOADS=${LOADS:-.*}
ROUNDS=${ROUNDS:-9}
SLICE_S=${SLICE_S:-0.15}
LATENCY_SLICE_S=${LATENCY_SLICE_S:-1}
SEED=${SEED:-1}
declare -A memory_mb=([small]=1024 [full]=64 [large]=4096)
most_connections=1100

need_ringcached
need_memcached
need_program "$RINGCACHED_COMPARE" "Build it with 'make test'."

# as_option NAME: how ringcached_compare is told of a server.
as_option() {
  echo "$1,${server_port[$1]},${server_pid[$1]}"
}

# Starts the floor's servers: by io_uring only where ringcached has it too.
start_floors() {
  local name
  floors=floor_epoll
  if [ "$ringcached_io" = io_uring ]; then floors="floor_epoll floor_io_uring"; fi
  for name in $floors; do
    start_server "$name" "$programs/floor/$name"
    floor_options+=(--floor "$(as_option "$name")")
  done
}

compare_store() {
  local store=$1 options=(-t 1 -m "${memory_mb[$1]}" -c "$most_connections")
  floor_options=()
  start_server ringcached "$RINGCACHED" "${options[@]}"
  start_server memcached "$MEMCACHED" "${options[@]}"
  ringcached_io=$(awk '/^ *I\/O/ {print $2; exit}' "$work/ringcached.log")
  if [ "$store" = small ]; then start_floors; fi
  "$RINGCACHED_COMPARE" --store "$store" --loads "$LOADS" --rounds "$ROUNDS" --slice "$SLICE_S" \
    --latency-slice "$LATENCY_SLICE_S" --seed "$SEED" --judged "$(as_option ringcached)" \
    --reference "$(as_option memcached)" "${floor_options[@]}" | tee -a "$work/rows" ||
    die "ringcached_compare failed with the store $store"
  for name in "${!server_pid[@]}"; do stop_server "$name"; done
}

print_result() {
  print_facts
  print_versions
  echo "servers:    -t 1, I/O of ringcached: $ringcached_io; one client thread"
  echo "rows:       medians of $ROUNDS slices of $SLICE_S s ($LATENCY_SLICE_S s for p99.9), seed $SEED"
  echo
  {
    echo "load measured against figure other compared lowest highest at_most verdict"
    cat "$work/rows"
  } | align_table
  echo
  echo "figure is ringcached's, in rows of floor_cpu_us/request the floor's. compared is figure / other in"
  echo "slices of the same round, against floor_us the difference: median, lowest, highest. The floor is"
  echo "the cheaper of its servers ($floors) in that round: a target below its share of memcached's CPU"
  echo "cannot be met on that machine."
}

: >"$work/rows"
for store in $STORES; do compare_store "$store"; done
result=$(result_file compare)
print_result >"$result"
echo "written: $result"
