#!/usr/bin/env bash
# usage: bench/profile.sh
# Where the server's CPU time goes under loads of compare.sh: the kernel's part and ours, from samples
# (perf, cpu-clock), in microseconds a request. ringcached with one thread, ringcached_load. Settings,
# from the environment:
#   RINGCACHED, RINGCACHED_LOAD               the programs
#   SAMPLED_S=3 LOADS=".*"                    a regular expression of the names below
#   RESULTS=bench/results
set -euo pipefail
. "$(dirname "$0")/common.sh"

SAMPLED_S=${SAMPLED_S:-3}
LOADS=${LOADS:-.*}
frequency_hz=4000
warmup_s=1

need_ringcached
need_load
need_program perf "Install the package linux-perf."
perf record -q -e cpu-clock -o "$work/probe" true 2>/dev/null || die "perf may not sample here. Run this as root."

# Name, -m, keys, and what else ringcached_load is told.
loads() {
  cat <<'LOADS'
one_key_50   1024 1        --ratio 0:1
one_key_1000 1024 1        --ratio 0:1 --connections 1000
one_key_p16  1024 1        --ratio 0:1 --pipeline 16
one_key_p64  1024 1        --ratio 0:1 --pipeline 64
get_p16      1024 100000   --ratio 0:1 --pipeline 16
multiget_50  1024 100000   --ratio 0:1 --multiget 50
misses_p16   1024 100000   --ratio 0:1 --pipeline 16 --absent-keys
meta_p16     1024 100000   --ratio 0:1 --pipeline 16 --protocol meta
binary_p16   1024 100000   --ratio 0:1 --pipeline 16 --protocol binary
rate_20      1024 100000   --ratio 0:1 --rate 20000
set_p16      1024 100000   --ratio 1:0 --pipeline 16
set_full_p16 64   1000000  --ratio 1:0 --pipeline 16
get_10m_p16  4096 10000000 --ratio 0:1 --pipeline 16
LOADS
}

# share_of SORT REGEX [OPTION...]: percent of the samples whose dso or symbol that is.
share_of() {
  local sort=$1 wanted=$2
  shift 2
  perf report -i "$work/perf.data" --stdio -g none --sort "$sort" "$@" 2>/dev/null |
    awk -v wanted="$wanted" '
      /^#/ {next}
      {for (i = 2; i <= NF; i++) if ($i ~ wanted) {sub("%", "", $1); sum += $1; next}}
      END {print sum + 0}'
}

# us PERCENT
us() {
  awk -v share="$1" -v all="$cpu_us" 'BEGIN {printf "%.3f", all * share / 100}'
}

# sample_load NAME MB KEYS OPTION...
sample_load() {
  local name=$1 mb=$2 keys=$3 load_pid cpu_us kernel
  shift 3
  start_server ringcached "$RINGCACHED" -t 1 -m "$mb" -c 1100
  "$RINGCACHED_LOAD" --lines --port "${server_port[ringcached]}" --keys "$keys" --warmup 0 \
    --duration 0 --allow-misses "$@" >"$work/preload.txt" || die "$name: $(cat "$work/preload.txt")"
  "$RINGCACHED_LOAD" --lines --port "${server_port[ringcached]}" --pid "${server_pid[ringcached]}" \
    --keys "$keys" --no-preload --warmup $warmup_s --duration $((SAMPLED_S + 1)) "$@" >"$work/load.txt" &
  load_pid=$!
  sleep $warmup_s
  perf record -q -e cpu-clock -F $frequency_hz -g -p "${server_pid[ringcached]}" -o "$work/perf.data" \
    -- sleep "$SAMPLED_S" >/dev/null 2>&1 || die "perf cannot sample the server"
  wait "$load_pid" || die "$name: $(cat "$work/load.txt")"
  stop_server ringcached
  cpu_us=$(reported "$work/load.txt" server_cpu_us_per_request)
  kernel=$(share_of dso kernel --no-children)
  echo "$name $(reported "$work/load.txt" requests_per_s) $cpu_us $(us "$kernel")" \
    "$(us "$(share_of symbol '^io_send$' --children)") $(us "$(share_of symbol '^io_recv$' --children)")" \
    "$(us "$(share_of symbol '^io_cqring_wait$' --children)")" \
    "$(us "$(share_of dso '^ringcached$' --no-children)")" \
    "$(us "$(share_of dso '^libc' --no-children)")" >>"$work/table"
  tail -n 1 "$work/table"
}

print_result() {
  print_facts
  echo "ringcached: $(version_of "$RINGCACHED"), -t 1"
  echo "samples:    $frequency_hz a second for $SAMPLED_S s; 50 connections, values of 100 bytes"
  echo
  align_table <"$work/table"
  echo
  echo "Microseconds of the server's CPU a request. kernel_us holds send_us (what sending costs, the peer's"
  echo "half of the loopback included), receive_us and wait_us; own_us is ringcached's own code, libc_us"
  echo "what it calls there. With epoll the three parts are 0. A request of multiget_50 has 50 keys."
}

echo "load requests/s cpu_us kernel_us send_us receive_us wait_us own_us libc_us" >"$work/table"
while read -r name mb keys options; do
  if ! [[ $name =~ ^($LOADS)$ ]]; then continue; fi
  # shellcheck disable=SC2086  # words
  sample_load "$name" "$mb" "$keys" $options </dev/null
done < <(loads)
result=$(result_file profile)
print_result >"$result"
echo "written: $result"
