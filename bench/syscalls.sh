#!/usr/bin/env bash
# usage: bench/syscalls.sh
# System calls per request of ringcached (io_uring, epoll) and memcached, counted by the kernel
# (perf). Fails if a reply is wrong or lost, or if io_uring with one thread needs more than the
# target: with more threads each has fewer connections whose requests it could work off together.
# Settings, from the environment:
#   RINGCACHED, RINGCACHED_LOAD, MEMCACHED    the programs
#   WINDOW_S=10 THREADS="1 2 4"
#   LOADS="50,1,0.10 1000,1,0.05 50,16,0.01"  connections, pipeline, target per request
set -euo pipefail
. "$(dirname "$0")/common.sh"

WINDOW_S=${WINDOW_S:-10}
THREADS=${THREADS:-1 2 4}
LOADS=${LOADS:-50,1,0.10 1000,1,0.05 50,16,0.01}
event=raw_syscalls:sys_enter
warmup_s=2

need_ringcached
need_load
need_memcached
need_program perf "Install the package linux-perf."
perf stat -e $event true 2>/dev/null || die "perf may not count $event here. Run this as root, with
tracefs mounted (mount -t tracefs nodev /sys/kernel/tracing)."

# counted NAME: the requests that a server has answered so far.
counted() {
  local gets sets
  read -r gets sets < <(stats_of "$1" cmd_get cmd_set)
  echo $((gets + sets))
}

# perf counts between the two words to its control pipe; it answers each once it has obeyed.
open_perf() {
  local name=$1
  rm -f "$work/control" "$work/answer"
  mkfifo "$work/control" "$work/answer"
  perf stat -x , -e $event -p "${server_pid[$name]}" --delay=-1 \
    --control="fifo:$work/control,$work/answer" -o "$work/perf.out" >/dev/null 2>"$work/perf.err" &
  perf_pid=$!
  exec {control}<>"$work/control" {answer}<>"$work/answer"
}

tell_perf() {
  local reply
  echo "$1" >&"$control"
  if ! read -r -t 10 reply <&"$answer" || [ "$reply" != ack ]; then
    die "perf does not obey '$1': $(cat "$work/perf.err")"
  fi
}

close_perf() {
  kill -INT "$perf_pid"
  wait "$perf_pid" || true
  exec {control}>&- {answer}>&-
  system_calls=$(awk -F , -v event=$event '$3 == event {print $1}' "$work/perf.out")
  [ -n "$system_calls" ] || die "perf counted nothing: $(cat "$work/perf.err" "$work/perf.out")"
}

# The server's own count is read just outside and just inside of perf's window, so the number of
# requests that fall into it is known to lie between the two differences.
count_window() {
  local name=$1 outer inner
  outer=$(counted "$name")
  tell_perf enable
  inner=$(counted "$name")
  sleep "$WINDOW_S"
  inner=$(($(counted "$name") - inner))
  tell_perf disable
  outer=$(($(counted "$name") - outer))
  requests_at_least=$inner
  requests_at_most=$outer
}

# The load runs longer than the window on both sides.
measure() {
  local name=$1 load_pid status=0
  "$RINGCACHED_LOAD" --lines --port "${server_port[$name]}" --warmup 0 --duration 0 >"$work/preload.txt"
  open_perf "$name"
  "$RINGCACHED_LOAD" --lines --port "${server_port[$name]}" --connections "$connections" \
    --pipeline "$pipeline" --no-preload --warmup 0 --duration $((warmup_s + WINDOW_S + 2)) --pid "${server_pid[$name]}" \
    >"$work/load.txt" &
  load_pid=$!
  sleep $warmup_s
  count_window "$name"
  kill -0 "$load_pid" || die "the load on $name ended within the window"
  close_perf
  wait "$load_pid" || status=$?
  [ "$status" -eq 0 ] || die "the load on $name failed: $(cat "$work/load.txt")"
}

# judge NAME THREADS CALLS: whether the system calls per request, at most, are within the target.
judge() {
  if [ "$1" != ringcached_io_uring ] || [ "$2" -ne 1 ]; then
    echo "- -"
  elif awk -v calls="$3" -v target="$target" 'BEGIN {exit !(calls <= target)}'; then
    echo "$target passed"
  else
    echo "$target FAILED"
  fi
}

# measure_row NAME PROGRAM [OPTION...]
measure_row() {
  local name=$1 per_request
  start_server "$@" -t "$threads" -m 1024 -c $((connections + 100))
  measure "$name"
  stop_server "$name"
  per_request=$(divide "$system_calls" "$requests_at_least" 4)
  echo "$connections $pipeline $name $threads $system_calls $requests_at_least $requests_at_most" \
    "$per_request $(divide "$system_calls" "$requests_at_most" 4)" \
    "$(reported "$work/load.txt" requests_per_s)" \
    "$(reported "$work/load.txt" server_cpu_us_per_request)" \
    "$(judge "$name" "$threads" "$per_request")" >>"$work/table"
  tail -n 1 "$work/table"
}

print_result() {
  print_facts
  print_versions
  echo "perf:       $(perf --version)"
  echo "load:       ringcached_load," \
    "$(reported "$work/load.txt" ratio_sets_gets) sets to gets, $WINDOW_S s"
  echo
  align_table <"$work/table"
  echo
  echo "system_calls were counted while between requests_min and requests_max were answered, so they"
  echo "were between calls_min and calls_max per request. Judged is calls_max of io_uring with one thread."
}

echo "connections pipeline server threads system_calls requests_min requests_max calls_max calls_min" \
  "requests/s cpu_us_per_request at_most verdict" >"$work/table"
for load in $LOADS; do
  IFS=, read -r connections pipeline target <<<"$load"
  for threads in $THREADS; do
    measure_row ringcached_io_uring "$RINGCACHED" -o io=uring
    measure_row ringcached_epoll "$RINGCACHED" -o io=epoll
    measure_row memcached "$MEMCACHED"
  done
done
result=$(result_file syscalls)
print_result >"$result"
echo "written: $result"
! grep -q FAILED "$work/table"
