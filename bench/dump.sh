#!/usr/bin/env bash
# usage: bench/dump.sh
# All keys dumped to one client (lru_crawler metadump all) while 50 connections read random keys, on
# ringcached and memcached in turns: how long a dump takes, the readers' p99 with dumps and without,
# the resident memory. Fails if a target is missed or a dump of ringcached lacks a key. Settings,
# from the environment:
#   RINGCACHED, RINGCACHED_LOAD, MEMCACHED    the programs
#   KEYS=10000000 VALUE_BYTES=32 PAIRS=9      try it with KEYS=200000 PAIRS=2 DURATION_S=3
#   DURATION_S=30       of the reads with dumps, each server and pair; a dump must fit in
#   CONNECTIONS=50 THREADS=4
#   MEMORY_MB=64 + 128 bytes a key            both servers' -m, enough for all keys
#   TIME_TARGET=2 P99_TARGET=1.5 BEYOND_MIB=8
set -euo pipefail
. "$(dirname "$0")/common.sh"

KEYS=${KEYS:-10000000}
VALUE_BYTES=${VALUE_BYTES:-32}
PAIRS=${PAIRS:-9}
DURATION_S=${DURATION_S:-30}
CONNECTIONS=${CONNECTIONS:-50}
THREADS=${THREADS:-4}
MEMORY_MB=${MEMORY_MB:-$((64 + KEYS * 128 / 1048576))}
TIME_TARGET=${TIME_TARGET:-2}
P99_TARGET=${P99_TARGET:-1.5}
BEYOND_MIB=${BEYOND_MIB:-8}
client=$repo/bench/dump_client.py
run_columns="dump_s p99 p99_dumping p99_ratio reads_kept dumps missing highest grown"
warmup_s=1
# So long after the reads began the first dump begins: within their warm-up.
lead_s=0.5

need_ringcached
need_load
need_memcached
need_program python3 "Install python3."

# load NAME OPTION...
load() {
  local name=$1
  shift
  "$RINGCACHED_LOAD" --lines --port "${server_port[$name]}" --keys "$KEYS" --value-bytes "$VALUE_BYTES" \
    --connections "$CONNECTIONS" --ratio 0:1 "$@"
}

fill() {
  local name=$1 items
  load "$name" --warmup 0 --duration 0 >"$work/load.txt" || die "$name: $(cat "$work/load.txt")"
  items=$(stats_of "$name" curr_items)
  [ "$items" -eq "$KEYS" ] || die "$name holds $items of $KEYS keys: raise MEMORY_MB"
}

# read_keys NAME SECONDS: each value that is read is verified, and a miss is an error.
read_keys() {
  load "$1" --no-preload --warmup "$warmup_s" --duration "$2"
}

# client_of NAME OPTION...
client_of() {
  python3 "$client" --port "${server_port[$1]}" --pid "${server_pid[$1]}" "${@:2}"
}

# while_reading NAME READS OUTPUT COMMAND...: READS takes the load's report.
while_reading() {
  local name=$1 reads=$2 output=$3 reader
  shift 3
  read_keys "$name" "$DURATION_S" >"$reads" &
  reader=$!
  sleep "$lead_s"
  "$@" --while-pid "$reader" >"$output" || die "$name: the dump failed"
  wait "$reader" || die "$name: the reads failed: $(cat "$reads")"
}

# The first dump of each server has every line looked at; its time does not count.
check_keys() {
  local name=$1
  while_reading "$name" "$work/load.txt" "$work/check.txt" client_of "$name" --check "$KEYS"
  echo "$name $(reported "$work/check.txt" missing) $(reported "$work/check.txt" repeated)" \
    "$(reported "$work/check.txt" unknown)" >>"$work/checks"
  tail -n 1 "$work/checks"
}

# memory_of NAME VmRSS|VmHWM: in KiB
memory_of() {
  awk -v name="$2:" '$1 == name {print $2}' "/proc/${server_pid[$1]}/status"
}

mib() {
  awk -v kib="$1" 'BEGIN {printf "%.1f\n", kib / 1024}'
}

# measure_quiet NAME before|after
measure_quiet() {
  local reads=$work/$1.$2
  read_keys "$1" "$(divide "$DURATION_S" 2)" >"$reads" ||
    die "$1: the reads failed: $(cat "$reads")"
}

# Dumps follow each other until the reads end, so that no part of these has none beside it. VmHWM is
# made the highest since now.
measure_dumping() {
  echo 5 >"/proc/${server_pid[$1]}/clear_refs"
  while_reading "$1" "$work/$1.dumping" "$work/$1.dumps" client_of "$1"
  memory_of "$1" VmHWM >"$work/$1.highest"
  grep '^dump ' "$work/$1.dumps" >>"$work/$1.all_dumps" ||
    die "$1 needs more than DURATION_S=$DURATION_S s for a dump"
}

# mean_p99_ms REPORT...
mean_p99_ms() {
  awk '$1 == "latency_p99_us" {sum += $2; n++} END {printf "%.3f\n", sum / n / 1000}' "$@"
}

requests() {
  awk '$1 == "requests" {sum += $2} END {print sum}' "$@"
}

# The least and the most that the dumps of a run lacked, or had too much if negative.
missing_keys() {
  awk -v keys="$KEYS" '
    $1 == "dump" {
      missing = keys - $3
      if (!n++ || missing < least) least = missing
      if (n == 1 || missing > most) most = missing
    }
    END {print least == most ? least : least ".." most}' "$work/$1.dumps"
}

# Appends a line of run_columns to $work/NAME.runs.
note_run() {
  local files=$work/$1 quiet dumping
  quiet=$(mean_p99_ms "$files.before" "$files.after")
  dumping=$(mean_p99_ms "$files.dumping")
  # shellcheck disable=SC2046  # one argument a dump
  echo "$(median $(awk '$1 == "dump" {print $2}' "$files.dumps"))" "$quiet" "$dumping" \
    "$(divide "$dumping" "$quiet" 3)" \
    "$(divide "$(requests "$files.dumping")" "$(requests "$files.before" "$files.after")")" \
    "$(grep -c '^dump ' "$files.dumps")" "$(missing_keys "$1")" "$(mib "$(cat "$files.highest")")" \
    "$(mib $(($(reported "$files.dumps" rss_highest_kib) -
      $(reported "$files.dumps" rss_start_kib))))" >>"$files.runs"
}

# The order of the servers alternates. Reads without dumps lie half before and half after those with
# them, because what else the machine does drifts.
measure_pair() {
  local name order="ringcached memcached"
  if (($1 % 2 == 0)); then order="memcached ringcached"; fi
  for name in $order; do
    measure_quiet "$name" before
    measure_dumping "$name"
    measure_quiet "$name" after
    note_run "$name"
  done
  note_pair "$1" "${order%% *}"
}

# note_pair PAIR FIRST
note_pair() {
  local ours theirs
  ours=$(tail -n 1 "$work/ringcached.runs")
  theirs=$(tail -n 1 "$work/memcached.runs")
  echo "$1 $2 $(divide "${ours%% *}" "${theirs%% *}" 3) $ours $theirs" | tee -a "$work/pairs"
}

# column NAME FIELD: that field of all runs of a server.
column() {
  awk -v field="$2" '{print $field}' "$work/$1.runs"
}

# judge VALUE BOUND
judge() {
  awk -v value="$1" -v bound="$2" 'BEGIN {print value <= bound ? "met" : "MISSED"}'
}

# summary WHAT BOUND median|most VALUE...: judges by the median or the most, unless the bound is -.
summary() {
  local what=$1 bound=$2 by=$3 least most middle verdict=-
  shift 3
  least=$(printf '%s\n' "$@" | sort -g | head -n 1)
  most=$(printf '%s\n' "$@" | sort -g | tail -n 1)
  middle=$(median "$@")
  if [ "$bound" != - ]; then
    verdict=$(judge "$([ "$by" = most ] && echo "$most" || echo "$middle")" "$bound")
  fi
  echo "$what $bound $by $middle $least $most $verdict" >>"$work/table"
}

# Faults of the checked dump, and how many keys each of the others lacked or had too much.
faults() {
  awk -v name="$1" '$1 == name {print $2 + $3 + $4}' "$work/checks"
  awk -v keys="$KEYS" '{print $3 < keys ? keys - $3 : $3 - keys}' "$work/$1.all_dumps"
}

# Arguments of summary() are split on purpose: one a pair or dump.
# shellcheck disable=SC2046
summarize() {
  echo "what bound judged_by median least most verdict" >"$work/table"
  summary dump_time/memcached "$TIME_TARGET" median $(awk 'NR > 1 {print $3}' "$work/pairs")
  summary p99_dumping/without "$P99_TARGET" median $(column ringcached 4)
  summary highest_MiB "$((MEMORY_MB + BEYOND_MIB))" most $(column ringcached 8)
  summary keys_wrong_in_a_dump 0 most $(faults ringcached)
  summary memcached_p99_dumping/without - median $(column memcached 4)
  summary memcached_highest_MiB - most $(column memcached 8)
  summary memcached_keys_wrong_in_a_dump - most $(faults memcached)
  summary dump_s_per_1M_keys - median $(column ringcached 1 | per_million)
  summary memcached_dump_s_per_1M_keys - median $(column memcached 1 | per_million)
}

per_million() {
  awk -v keys="$KEYS" '{printf "%.3f\n", $1 * 1000000 / keys}'
}

# The fastest dump of all, in MiB/s.
fastest_dump() {
  cat "$work"/*.all_dumps | awk '$4 > most {most = $4} END {print most}'
}

print_result() {
  print_facts
  print_versions
  echo "command:    KEYS=$KEYS VALUE_BYTES=$VALUE_BYTES PAIRS=$PAIRS DURATION_S=$DURATION_S" \
    "MEMORY_MB=$MEMORY_MB bench/dump.sh"
  echo "servers:    -t $THREADS -m $MEMORY_MB, both with the same $KEYS keys of 17 bytes and" \
    "values of $VALUE_BYTES"
  echo "load:       ringcached_load, $CONNECTIONS connections that get random keys, unpipelined," \
    "closed loop"
  echo "client:     dump_client.py reads $own_mib_per_s MiB/s from a writer that does nothing" \
    "else; the fastest dump came at $(fastest_dump) MiB/s"
  echo
  align_table <"$work/table"
  echo
  echo "Least and most: of the $PAIRS pairs; of the dumps for keys_wrong_in_a_dump. In each pair"
  echo "either server is read for $DURATION_S s with dumps, one after the other, and for half as"
  echo "long before and after without; a dump counts if it ended before the reads did. Every value"
  echo "read was verified, none was missed. keys_wrong_in_a_dump: missing keys, or keys too much;"
  echo "in the checked dump, of which every line was looked at: missing, repeated and unknown keys."
  echo "memcached's walk lacks and repeats keys that are locked or move while it passes, as its"
  echo "protocol.txt says."
  echo
  align_table <"$work/pairs"
  echo
  echo "A line a pair; peer is memcached. dump_s: the median of the run's dumps, from the command"
  echo "to END. p99: of the gets, in ms, without (the mean of both halves) and with dumps."
  echo "reads_kept: reads with dumps over reads without. missing: keys that dumps lacked,"
  echo "least..most. highest: VmHWM with dumps; grown: the highest VmRSS sampled there, less what"
  echo "it was before; both in MiB."
  echo
  align_table <"$work/checks"
}

options=(-t "$THREADS" -m "$MEMORY_MB")
own_mib_per_s=$(python3 "$client" --measure-itself | awk '$1 == "own_mib_per_s" {print $2}')
start_server ringcached "$RINGCACHED" "${options[@]}"
start_server memcached "$MEMCACHED" "${options[@]}"
echo "checked_dump missing repeated unknown" >"$work/checks"
for name in ringcached memcached; do
  fill "$name"
  check_keys "$name"
done
echo "pair first dump_ratio $run_columns peer_${run_columns// / peer_}" >"$work/pairs"
for ((pair = 1; pair <= PAIRS; pair++)); do measure_pair "$pair"; done
stop_server ringcached
stop_server memcached
summarize
result=$(result_file dump)
print_result >"$result"
echo "written: $result"
! grep -q MISSED "$work/table"
