#!/usr/bin/env bash
# usage: bench/hit_ratio.sh TRACE_DIR
# How much is missed when a look-aside client replays the traces TRACE_DIR/*.u32.xz (little-endian
# 32-bit ids): memcached with -m, ringcached with the same -m, and ringcached with the -m that makes it
# as large as memcached is at the end (RSS), which is the fair comparison: memcached's -m leaves out its
# hash table and buffers. Beside them, what exact LRU would miss with as many items. Settings, from the
# environment:
#   RINGCACHED, MEMCACHED, TRACE_REPLAY, CACHE_SIMULATION    the programs
#   TRACES="arc-OLTP web12 orm-busy"     those of the directory by default
#   SIZES=TRACE_DIR/kvcache_reg.sizes.json    histogram of value sizes
#   MAX_VALUE_BYTES=1048576              longer values are cut to this
#   MEMORY_MB="64"                       memcached's -m; one or several
#   CACHE_SHARE=0.1                      so large a share of all objects is to fit into MEMORY_MB
#   MAX_IDS=1000000                      ends each trace after so many requests (of each copy)
#   THREADS=1                            both servers' -t
#   VARIANTS="lru s3fifo"                eviction policies of ringcached
#   SERVER_OPTIONS=""                    of ringcached, beside those
set -euo pipefail
. "$(dirname "$0")/common.sh"

[ $# -eq 1 ] || die "usage: bench/hit_ratio.sh TRACE_DIR"
directory=$1
TRACE_REPLAY=${TRACE_REPLAY:-$repo/build/release/bench/replay/trace_replay}
CACHE_SIMULATION=${CACHE_SIMULATION:-$repo/build/release/bench/simulation/cache_simulation}
SIZES=${SIZES:-$directory/kvcache_reg.sizes.json}
TRACES=${TRACES:-$(find "$directory" -name '*.u32.xz' -printf '%f\n' | sort | sed 's/\.u32\.xz$//')}
MAX_VALUE_BYTES=${MAX_VALUE_BYTES:-1048576}
MEMORY_MB=${MEMORY_MB:-64}
CACHE_SHARE=${CACHE_SHARE:-0.1}
MAX_IDS=${MAX_IDS:-1000000}
THREADS=${THREADS:-1}
VARIANTS=${VARIANTS:-lru s3fifo}
SERVER_OPTIONS=${SERVER_OPTIONS:-}
# Key, value and what a cache needs for an item, on average.
mean_item_bytes=400
# Attempts at an -m that makes ringcached at most as large as memcached.
max_attempts=4

need_ringcached
need_memcached
need_program "$TRACE_REPLAY" "Build it with 'make test', or name it in \$TRACE_REPLAY."
need_program "$CACHE_SIMULATION" "Build it with 'make test', or name it in \$CACHE_SIMULATION."
need_program xz "Install xz-utils."

report=$work/report.txt

# So many copies of the trace that CACHE_SHARE of their objects fill the memory.
copies_for() {
  od -An -v -t u4 -w4 -N $((4 * MAX_IDS)) "$work/trace.u32" | awk \
    -v bytes="$(($1 << 20))" -v share="$CACHE_SHARE" -v item_bytes="$mean_item_bytes" '
      $1 > highest {highest = $1}
      END {
        copies = int(bytes / (share * (highest + 1) * item_bytes) + 0.5)
        print copies < 1 ? 1 : copies
      }'
}

workload_options() {
  echo --trace "$work/trace.u32" --max-ids "$MAX_IDS" --copies "$copies" --sizes "$SIZES" \
    --max-value-bytes "$MAX_VALUE_BYTES"
}

# replay NAME PROGRAM OPTION...: a fresh server; sets misses, rss_kib, items, refused, gets.
replay() {
  local name=$1 status=0
  start_server "$@"
  # shellcheck disable=SC2046  # one option a word
  "$TRACE_REPLAY" --port "${server_port[$name]}" --pid "${server_pid[$name]}" \
    $(workload_options) >"$report" || status=$?
  [ "$status" -eq 0 ] || die "$name: the replay ends with $status"
  gets=$(reported "$report" gets)
  misses=$(reported "$report" misses)
  refused=$(reported "$report" refused_sets)
  rss_kib=$(reported "$report" server_rss_kib)
  seconds=$(reported "$report" seconds)
  items=$(stats_of "$name" curr_items)
  stop_server "$name"
}

# Misses of exact LRU with as many items as the last replay ended with.
exact_misses() {
  # shellcheck disable=SC2046  # one option a word
  "$CACHE_SIMULATION" $(workload_options) --policy exact-lru --max-items "$items" \
    --no-comparison >"$report"
  awk '$1 == "misses" {printf "%.0f\n", $2}' "$report"
}

mib() {
  awk -v kib="$1" 'BEGIN {printf "%.1f\n", kib / 1024}'
}

# percent_more A B: by how much A is more than B.
percent_more() {
  awk -v a="$1" -v b="$2" 'BEGIN {printf "%+.2f%%\n", 100 * (a / b - 1)}'
}

# print_row SERVER COMPARED MEGABYTES
print_row() {
  local exact
  exact=$(exact_misses)
  echo "$trace $1 $2 $3 $(mib "$rss_kib") $items $misses $(divide "$misses" "$gets" 4)" \
    "$(percent_more "$misses" "$memcached_misses") $(percent_more "$misses" "$exact") $refused" \
    "$(divide "$gets" "$seconds" 0)" >>"$work/table"
  tail -n 1 "$work/table"
}

# replay_ringcached VARIANT MEGABYTES
replay_ringcached() {
  local options=(-t "$THREADS" -m "$2")
  # LRU is what it does unless told otherwise.
  if [ "$1" != lru ]; then options+=("--eviction=$1"); fi
  # shellcheck disable=SC2086  # one option a word
  replay "ringcached" "$RINGCACHED" "${options[@]}" $SERVER_OPTIONS
}

# Starts from the last replay, with $1 MB. Its size follows -m megabyte for megabyte, about.
replay_at_equal_rss() {
  local variant=$1 megabytes=$2 attempt
  for ((attempt = 1; attempt <= max_attempts; attempt++)); do
    megabytes=$(awk -v megabytes="$megabytes" -v more="$((memcached_rss_kib - rss_kib))" '
      BEGIN {steps = more / 1024; whole = int(steps); print megabytes + (whole > steps ? whole - 1 : whole)}')
    [ "$megabytes" -gt 0 ] || die "ringcached does not get as small as memcached"
    replay_ringcached "$variant" "$megabytes"
    if [ "$rss_kib" -le "$memcached_rss_kib" ]; then break; fi
  done
  [ "$rss_kib" -le "$memcached_rss_kib" ] ||
    die "no -m found that makes ringcached at most $memcached_rss_kib KiB large"
  print_row "ringcached_$variant" equal_rss "$megabytes"
}

measure() {
  local megabytes=$1 variant
  copies=$(copies_for "$megabytes")
  replay memcached "$MEMCACHED" -t "$THREADS" -m "$megabytes"
  memcached_rss_kib=$rss_kib
  memcached_misses=$misses
  print_row memcached - "$megabytes"
  for variant in $VARIANTS; do
    if ! knows_variant "$variant"; then
      echo "$trace: this ringcached does not know --eviction=$variant" >&2
      continue
    fi
    replay_ringcached "$variant" "$megabytes"
    print_row "ringcached_$variant" equal_m "$megabytes"
    replay_at_equal_rss "$variant" "$megabytes"
  done
}

knows_variant() {
  [ "$1" = lru ] || "$RINGCACHED" --help | grep -q -e --eviction
}

print_result() {
  print_facts
  print_versions
  echo "servers:    -t $THREADS${SERVER_OPTIONS:+; ringcached: $SERVER_OPTIONS}"
  echo "client:     trace_replay, one connection; 24 bytes a key, values by $(basename "$SIZES") up to"
  echo "            $MAX_VALUE_BYTES bytes, the first $MAX_IDS ids of each trace, its copies interleaved"
  echo "            so that $CACHE_SHARE of all objects would fill memcached's -m"
  echo
  align_table <"$work/table"
  echo
  echo "RSS and items are the server's at the end. equal_m: ringcached with memcached's -m. equal_rss:"
  echo "with the largest -m found that leaves its RSS at most memcached's. to_memcached: misses beyond"
  echo "memcached's in the row above. to_exact_lru: misses beyond those of exact LRU, simulated, with as"
  echo "many items of the same trace. Every hit was the right value."
}

echo "trace server compared m_MB rss_MiB items misses miss_ratio to_memcached to_exact_lru" \
  "refused_sets gets/s" >"$work/table"
for trace in $TRACES; do
  xz -dc "$directory/$trace.u32.xz" >"$work/trace.u32"
  for megabytes in $MEMORY_MB; do measure "$megabytes"; done
done
result=$(result_file hit-ratio)
print_result >"$result"
echo "written: $result"
