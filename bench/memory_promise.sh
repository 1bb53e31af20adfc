#!/usr/bin/env bash
# usage: bench/memory_promise.sh
# The promise that -m is the process: resident memory never exceeds -m + 5 % + 8 MiB, at any sizes,
# after any shift of sizes, with many connections. Each server is filled with values of one size
# after the other, beyond its limit each time, while all connections are open. Judged is the highest
# resident memory of each phase, as the kernel remembers it. Settings, from the environment:
#   RINGCACHED, RINGCACHED_LOAD    the programs
#   SERVERS="8:16 64:4 256:4"      megabytes:threads
#   SIZES="10 200 4096 102400 921600 mixed 200 921600 10"
#   CONNECTIONS=10000 BUSY=50 DURATION_S=2
#   OPTIONS=""                     further options of the server
set -euo pipefail
. "$(dirname "$0")/common.sh"

SERVERS=${SERVERS:-8:16 64:4 256:4}
SIZES=${SIZES:-10 200 4096 102400 921600 mixed 200 921600 10}
CONNECTIONS=${CONNECTIONS:-10000}
BUSY=${BUSY:-50}
DURATION_S=${DURATION_S:-2}
OPTIONS=${OPTIONS:-}
other_descriptors=200
mixed_sizes="10 200 4096 102400 921600"
# What a key, its item's header and its place in the index take at least.
overhead_bytes=60
# How often the limit's worth of values is stored, in percent, and the fewest keys.
fill_percent=130
min_keys=64

need_ringcached
need_load

allow_connections() {
  local wanted=$((CONNECTIONS + other_descriptors))
  if [ "$(ulimit -n)" != unlimited ] && [ "$(ulimit -n)" -lt "$wanted" ]; then
    ulimit -n "$wanted" 2>/dev/null ||
      die "open files are limited to $(ulimit -Hn) here: set CONNECTIONS to $(($(ulimit -Hn) - other_descriptors)) or less"
  fi
}

# keys_for SIZE: as many as fill the limit with some to spare.
keys_for() {
  local keys=$((megabytes * 1048576 / 100 * fill_percent / ($1 + overhead_bytes)))
  echo $((keys > min_keys ? keys : min_keys))
}

# load SIZE [OPTION...]
load() {
  local size=$1
  shift
  "$RINGCACHED_LOAD" --lines --port "${server_port[server]}" --value-bytes "$size" --keys "$(keys_for "$size")" \
    --warmup 0 --duration "$DURATION_S" --allow-misses "$@"
}

# load_ended STATUS REPORT: a server whose limit is too small for so many unfinished stores may refuse
# some, as memcached does; anything else that is not as it should be ends the script.
load_ended() {
  if [ "$1" -eq 0 ]; then return; fi
  grep -q 'SERVER_ERROR out of memory storing object' "$2" || die "-m $megabytes: $(cat "$2")"
  refusals=some
}

# All connections are open; every value that comes back is verified.
load_one_size() {
  local status=0
  load "$1" --connections "$BUSY" --idle-connections $((CONNECTIONS - BUSY)) --ratio 1:1 \
    >"$work/load.txt" || status=$?
  load_ended "$status" "$work/load.txt"
}

# Several loads at once. They store under the same keys, so they do not ask for what they stored.
load_mixed() {
  local size status loads=()
  for size in $mixed_sizes; do
    load "$size" --connections "$BUSY" --ratio 1:0 >"$work/load-$size.txt" &
    loads+=($!)
  done
  for size in $mixed_sizes; do
    status=0
    wait "${loads[0]}" || status=$?
    loads=("${loads[@]:1}")
    load_ended "$status" "$work/load-$size.txt"
  done
}

# memory_of VmRSS|VmHWM: in KiB
memory_of() {
  awk -v name="$1:" '$1 == name {print $2}' "/proc/${server_pid[server]}/status"
}

# From here on VmHWM is the highest since now.
forget_highest() {
  echo 5 >"/proc/${server_pid[server]}/clear_refs"
}

judge() {
  awk -v kib="$1" -v megabytes="$megabytes" \
    'BEGIN {print kib <= (megabytes * 1.05 + 8) * 1024 ? "passed" : "FAILED"}'
}

mib() {
  awk -v kib="$1" 'BEGIN {printf "%.1f\n", kib / 1024}'
}

mib_of_bytes() {
  awk -v bytes="$1" 'BEGIN {printf "%.1f\n", bytes / 1048576}'
}

# row PHASE
row() {
  local highest resident cache other items
  highest=$(memory_of VmHWM)
  resident=$(memory_of VmRSS)
  read -r cache other items < <(stats_of server cache_resident_bytes other_bytes curr_items)
  echo "$megabytes $threads $1 $(mib "$highest") $(mib "$resident") $(mib_of_bytes "$cache")" \
    "$(mib_of_bytes "$other") $items $refusals $(mib $((megabytes * 1024 * 105 / 100 + 8192))) $(judge "$highest")" \
    >>"$work/table"
  tail -n 1 "$work/table"
}

measure_server() {
  local megabytes=${1%:*} threads=${1#*:} size
  # The options are split into words on purpose.
  # shellcheck disable=SC2086
  start_server server "$RINGCACHED" -m "$megabytes" -t "$threads" -c $((CONNECTIONS * 2)) $OPTIONS
  refusals=none
  row idle
  for size in $SIZES; do
    forget_highest
    refusals=none
    if [ "$size" = mixed ]; then load_mixed; else load_one_size "$size"; fi
    row "$size"
  done
  stop_server server
}

print_result() {
  print_facts
  echo "ringcached: $(version_of "$RINGCACHED")"
  echo "options:    -c $((CONNECTIONS * 2)) $OPTIONS"
  echo "load:       ringcached_load, $CONNECTIONS connections, $BUSY of them busy for $DURATION_S s, behind a"
  echo "            fill of $fill_percent % of -m; mixed: five loads of $BUSY connections, sets of $mixed_sizes bytes"
  echo
  align_table <"$work/table"
  echo
  echo "One server per -m, its phases in this order. Memory is in MiB: the highest RSS of the phase, RSS at"
  echo "its end, the cache's part and the rest as stats shows them, and what is promised: -m + 5 % + 8 MiB."
  echo "refusals: stores answered with SERVER_ERROR out of memory storing object."
}

allow_connections
echo "m t value_bytes highest end cache other items refusals promised verdict" >"$work/table"
for server in $SERVERS; do measure_server "$server"; done
result=$(result_file memory)
print_result >"$result"
echo "written: $result"
! grep -q FAILED "$work/table"
