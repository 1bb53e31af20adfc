#!/usr/bin/env bash
# usage: bench/connections.sh
# Many open connections: each answers a verified get first and last, some are busy between, all stay
# open. For ringcached on both I/O backends and memcached: the memory beyond the idle server. Fails
# if a reply is wrong or lost, or if ringcached needs more than the target. Settings, from the
# environment:
#   RINGCACHED, RINGCACHED_LOAD, MEMCACHED    the programs
#   CONNECTIONS=10000 BUSY=1000 DURATION_S=10
#   THREADS=4 ROUNDS=1
#   TARGET_MIB=30
set -euo pipefail
. "$(dirname "$0")/common.sh"

CONNECTIONS=${CONNECTIONS:-10000}
BUSY=${BUSY:-1000}
DURATION_S=${DURATION_S:-10}
THREADS=${THREADS:-4}
ROUNDS=${ROUNDS:-1}
TARGET_MIB=${TARGET_MIB:-30}
# Few keys, so that the memory measured is that of the connections.
keys=1000
other_descriptors=200

need_ringcached
need_load
need_memcached

# Client and server each have one end of every connection; both inherit this limit.
allow_connections() {
  local wanted=$((CONNECTIONS + other_descriptors))
  if [ "$(ulimit -n)" != unlimited ] && [ "$(ulimit -n)" -lt "$wanted" ]; then
    ulimit -n "$wanted" 2>/dev/null || die "open files are limited to $(ulimit -Hn) here, too few for
$CONNECTIONS connections. Raise ulimit -n, or set CONNECTIONS to $(($(ulimit -Hn) - other_descriptors)) or less."
  fi
}

# mib KIB [KIB_TO_SUBTRACT]
mib() {
  awk -v kib="$1" -v less="${2:-0}" 'BEGIN {printf "%.1f\n", (kib - less) / 1024}'
}

# judge NAME MIB
judge() {
  if [ "$1" = memcached ]; then
    echo "-"
  elif awk -v used="$2" -v target="$TARGET_MIB" 'BEGIN {exit !(used <= target)}'; then
    echo passed
  else
    echo FAILED
  fi
}

measure_row() {
  local name=$1 status=0 report=$work/load.txt start most beyond
  "$RINGCACHED_LOAD" --lines --port "${server_port[$name]}" --pid "${server_pid[$name]}" --keys $keys \
    --connections "$BUSY" --idle-connections $((CONNECTIONS - BUSY)) --duration "$DURATION_S" \
    >"$report" || status=$?
  [ "$status" -eq 0 ] || die "$name: the load ends with $status: $(cat "$report")"
  start=$(reported "$report" server_rss_start_kib)
  most=$(reported "$report" server_rss_peak_kib)
  beyond=$(mib "$most" "$start")
  echo "$name $CONNECTIONS $BUSY $(mib "$start") $(mib "$(reported "$report" server_rss_opened_kib)")" \
    "$(mib "$(reported "$report" server_rss_end_kib)") $(mib "$most") $beyond" \
    "$(reported "$report" requests_per_s) $(reported "$report" server_cpu_us_per_request)" \
    "$(reported "$report" lost_replies) $(judge "$name" "$beyond")" >>"$work/table"
  tail -n 1 "$work/table"
}

measure_server() {
  local name=$1 program=$2
  shift 2
  start_server "$name" "$program" -t "$THREADS" -m 1024 -c $((CONNECTIONS + 100)) "$@"
  measure_row "$name"
  stop_server "$name"
}

print_result() {
  print_facts
  print_versions
  echo "servers:    -t $THREADS -m 1024"
  echo "load:       ringcached_load, $BUSY busy connections for $DURATION_S s, unpipelined, 1:10 sets to" \
    "gets of $keys keys"
  echo
  align_table <"$work/table"
  echo
  echo "Each of the connections answered one verified get before and one after the busy time and"
  echo "stayed open throughout. Memory is RSS in MiB: of the idle server, with all connections open,"
  echo "at the end with all still open, at its highest. beyond_MiB is highest less idle; ringcached's"
  echo "is judged, against $TARGET_MIB. Memory of the kernel (sockets, rings) is not in it."
}

allow_connections
echo "server connections busy idle_MiB opened_MiB end_MiB highest_MiB beyond_MiB requests/s" \
  "cpu_us_per_request lost verdict" >"$work/table"
for ((round = 1; round <= ROUNDS; round++)); do
  measure_server ringcached_io_uring "$RINGCACHED" -o io=uring
  measure_server ringcached_epoll "$RINGCACHED" -o io=epoll
  measure_server memcached "$MEMCACHED"
done
result=$(result_file connections)
print_result >"$result"
echo "written: $result"
! grep -q FAILED "$work/table"
