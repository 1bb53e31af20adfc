#!/usr/bin/env bash
# usage: bench/connections.sh
# Many open connections: each answers a verified get first and last, for some time none asks
# anything, then some are busy, all stay open. For ringcached on both I/O backends and memcached: the
# memory beyond the idle server, the CPU time while nothing is asked and what receive buffers hold
# then. Fails if a reply is wrong or lost, or if ringcached needs more than the targets. Settings,
# from the environment:
#   RINGCACHED, RINGCACHED_LOAD, MEMCACHED    the programs
#   CONNECTIONS="10000"                       "10000 100000" where ulimit -n allows that
#   BUSY=1000 IDLE_S=10 DURATION_S=10
#   THREADS=4 ROUNDS=1
#   TARGET_KIB=3.07                           of each connection
#   TARGET_IDLE_PERCENT=0.1                   of one CPU
#   TARGET_BUFFERS_MIB=1                      receive buffers of all threads
set -euo pipefail
. "$(dirname "$0")/common.sh"

CONNECTIONS=${CONNECTIONS:-10000}
BUSY=${BUSY:-1000}
IDLE_S=${IDLE_S:-10}
DURATION_S=${DURATION_S:-10}
THREADS=${THREADS:-4}
ROUNDS=${ROUNDS:-1}
TARGET_KIB=${TARGET_KIB:-3.07}
TARGET_IDLE_PERCENT=${TARGET_IDLE_PERCENT:-0.1}
TARGET_BUFFERS_MIB=${TARGET_BUFFERS_MIB:-1}
# Few keys and no more sets, so that the memory measured is that of the connections.
keys=1000
other_descriptors=200

need_ringcached
need_load
need_memcached

# allow_connections COUNT: client and server each have one end of every connection; both inherit
# this limit.
allow_connections() {
  local wanted=$(($1 + other_descriptors))
  if [ "$(ulimit -n)" != unlimited ] && [ "$(ulimit -n)" -lt "$wanted" ]; then
    ulimit -n "$wanted" 2>/dev/null || die "open files are limited to $(ulimit -Hn) here, too few for
$1 connections. Raise ulimit -n, or set CONNECTIONS to $(($(ulimit -Hn) - other_descriptors)) or less."
  fi
}

# mib KIB [KIB_TO_SUBTRACT]
mib() {
  awk -v kib="$1" -v less="${2:-0}" 'BEGIN {printf "%.1f\n", (kib - less) / 1024}'
}

# judge NAME CONNECTIONS MIB IDLE_PERCENT BUFFERS_MIB
judge() {
  if [ "$1" = memcached ]; then
    echo "-"
  elif awk -v mib="$3" -v most_mib="$(awk -v n="$2" -v kib="$TARGET_KIB" 'BEGIN {print n * kib / 1024}')" \
    -v idle="$4" -v most_idle="$TARGET_IDLE_PERCENT" -v buffers="$5" -v most_buffers="$TARGET_BUFFERS_MIB" \
    'BEGIN {exit !(mib <= most_mib && idle <= most_idle && buffers <= most_buffers)}'; then
    echo passed
  else
    echo FAILED
  fi
}

# receive_buffers_mib NAME CONNECTIONS LOAD_PID: towards the end of the time in which nothing is asked.
receive_buffers_mib() {
  until [ "$(stats_of "$1" curr_connections)" -gt "$2" ]; do
    kill -0 "$3" 2>/dev/null || return 0
    sleep 0.2
  done
  sleep $((IDLE_S - 2))
  divide "$(stats_of "$1" read_buf_bytes)" $((1024 * 1024)) 2
}

# measure_row NAME CONNECTIONS
measure_row() {
  local name=$1 connections=$2 status=0 report=$work/load.txt load_pid start most beyond idle buffers
  "$RINGCACHED_LOAD" --lines --port "${server_port[$name]}" --pid "${server_pid[$name]}" --keys $keys \
    --ratio 0:1 --connections "$BUSY" --idle-connections $((connections - BUSY)) --idle-time "$IDLE_S" \
    --duration "$DURATION_S" >"$report" &
  load_pid=$!
  buffers=$(receive_buffers_mib "$name" "$connections" "$load_pid")
  wait "$load_pid" || status=$?
  [ "$status" -eq 0 ] || die "$name: the load ends with $status: $(cat "$report")"
  start=$(reported "$report" server_rss_start_kib)
  most=$(reported "$report" server_rss_peak_kib)
  beyond=$(mib "$most" "$start")
  idle=$(reported "$report" server_idle_cpu_percent)
  echo "$name $connections $BUSY $(mib "$start") $(mib "$(reported "$report" server_rss_opened_kib)")" \
    "$(mib "$(reported "$report" server_rss_end_kib)") $(mib "$most") $beyond" \
    "$(awk -v kib=$((most - start)) -v n="$connections" 'BEGIN {printf "%.2f", kib / n}') $idle $buffers" \
    "$(reported "$report" requests_per_s) $(reported "$report" server_cpu_us_per_request)" \
    "$(reported "$report" lost_replies) $(judge "$name" "$connections" "$beyond" "$idle" "$buffers")" \
    >>"$work/table"
  tail -n 1 "$work/table"
}

# measure_server NAME CONNECTIONS PROGRAM [OPTION...]
measure_server() {
  local name=$1 connections=$2 program=$3
  shift 3
  start_server "$name" "$program" -t "$THREADS" -m 1024 -c $((connections + 100)) "$@"
  measure_row "$name" "$connections"
  stop_server "$name"
}

print_result() {
  print_facts
  print_versions
  echo "servers:    -t $THREADS -m 1024"
  echo "load:       ringcached_load, nothing for $IDLE_S s, then $BUSY busy connections for $DURATION_S s," \
    "unpipelined gets of $keys keys"
  echo
  align_table <"$work/table"
  echo
  echo "Each of the connections answered one verified get before and one after the busy time and"
  echo "stayed open throughout. Memory is RSS in MiB: of the idle server, with all connections open,"
  echo "at the end with all still open, at its highest. beyond_MiB is highest less idle, KiB_each that of"
  echo "one connection. idle_cpu_% is of one CPU, while all were open and none asked; buffers_MiB is"
  echo "read_buf_bytes then. ringcached's are judged, against $TARGET_KIB KiB each, $TARGET_IDLE_PERCENT % and" \
    "$TARGET_BUFFERS_MIB MiB. Memory"
  echo "of the kernel (sockets, rings) is not in it."
}

echo "server connections busy idle_MiB opened_MiB end_MiB highest_MiB beyond_MiB KiB_each idle_cpu_%" \
  "buffers_MiB requests/s cpu_us_per_request lost verdict" >"$work/table"
for connections in $CONNECTIONS; do
  allow_connections "$connections"
  for ((round = 1; round <= ROUNDS; round++)); do
    measure_server ringcached_io_uring "$connections" "$RINGCACHED" -o io=uring
    measure_server ringcached_epoll "$connections" "$RINGCACHED" -o io=epoll
    measure_server memcached "$connections" "$MEMCACHED"
  done
done
result=$(result_file connections)
print_result >"$result"
echo "written: $result"
! grep -q FAILED "$work/table"
