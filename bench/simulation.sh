#!/usr/bin/env bash
# usage: bench/simulation.sh TRACE_DIR
# Simulated caches (cache_simulation) against exact LRU: the traces TRACE_DIR/*.u32.xz (little-endian
# 32-bit ids) under each policy, with overwrites and expiring items, and live sets that are
# rewritten. Settings, from the environment:
#   CACHE_SIMULATION                     the program
#   SIZES=TRACE_DIR/kvcache_reg.sizes.json    histogram of value sizes
#   CACHE_SHARES="0.05 0.1"              capacity, of all objects' bytes
#   OBJECTS=400000                       at least so many a trace, by interleaved copies of it
set -euo pipefail
. "$(dirname "$0")/common.sh"

[ $# -eq 1 ] || die "usage: bench/simulation.sh TRACE_DIR"
traces=$1
CACHE_SIMULATION=${CACHE_SIMULATION:-$repo/build/release/bench/simulation/cache_simulation}
SIZES=${SIZES:-$traces/kvcache_reg.sizes.json}
CACHE_SHARES=${CACHE_SHARES:-0.05 0.1}
OBJECTS=${OBJECTS:-400000}
need_program "$CACHE_SIMULATION" "Build it with 'make test', or name it in \$CACHE_SIMULATION."
need_program xz "Install xz-utils."

report=$work/report.txt

# value NAME: of the report, "-" where a row has none.
value() {
  local found
  found=$(reported "$report" "$1")
  echo "${found:--}"
}

# Copies of a trace that have OBJECTS objects.
copies_of() {
  od -An -v -t u4 -w4 "$1" | awk -v wanted="$OBJECTS" '
    $1 > highest {highest = $1}
    END {print int((wanted + highest) / (highest + 1))}'
}

# simulate LABEL OPTION...: one row of the table; the workload is in $workload.
simulate() {
  local label=$1
  shift
  "$CACHE_SIMULATION" --sizes "$SIZES" "$@" >"$report"
  echo "$workload $label $(value miss_ratio) $(value beyond_exact_same_items)" \
    "$(value beyond_exact_same_bytes) $(value live_share) $(value copied_per_stored)" \
    "$(value reclaimed_per_stored) $(value max_age_ticks) $(value lost)" >>"$work/table"
  tail -n 1 "$work/table"
}

simulate_policies() {
  local policy
  for policy in lru s3fifo; do simulate "$policy" "$@" --policy "$policy"; done
}

simulate_trace() {
  local file=$1 name options share
  name=$(basename "$file" .u32.xz)
  xz -dc "$file" >"$work/trace.u32"
  options=(--trace "$work/trace.u32" --copies "$(copies_of "$work/trace.u32")")
  for share in $CACHE_SHARES; do
    workload="$name,$share"
    simulate_policies "${options[@]}" --cache-share "$share"
    simulate fifo-reinsertion "${options[@]}" --cache-share "$share" --policy fifo-reinsertion
    simulate segmented-lru "${options[@]}" --cache-share "$share" --policy segmented-lru
  done
  workload="$name,$share,overwrites_10%"
  simulate_policies "${options[@]}" --cache-share "$share" --overwrites 0.1
  workload="$name,$share,overwrites_30%"
  simulate_policies "${options[@]}" --cache-share "$share" --overwrites 0.3
  workload="$name,$share,expiring_30%"
  simulate_policies "${options[@]}" --cache-share "$share" --ttl-share 0.3
  workload="$name,$share,any_value_size"
  simulate_policies "${options[@]}" --cache-share "$share" --max-value-bytes $((1 << 20))
}

simulate_rewrites() {
  local live order
  for live in 0.5 0.7 0.8 0.85; do
    for order in random in-order hot; do
      workload="rewrite,$live,$order"
      simulate lru --live-share "$live" --rewrite "$order"
    done
  done
}

print_result() {
  print_facts
  echo "traces:     copies interleaved until there are $OBJECTS objects; 24 bytes a key, values by"
  echo "            $(basename "$SIZES"), cut at 8 KiB"
  echo "log:        64 segments, one of them kept free"
  echo
  align_table <"$work/table"
  echo
  echo "workload is a trace and the capacity as a share of all objects' bytes; any_value_size does not"
  echo "cut values; expiring: so many objects expire after 1/50 or 1/10 of the trace. Or a live set, so"
  echo "large a share of the capacity, that is set again ten times. same_items and same_bytes: misses"
  echo "beyond those of exact LRU with as many items as the policy held on average, and with the whole"
  echo "capacity in bytes. Copied bytes and reclaimed segments are for each that was stored. max_age:"
  echo "of an item that was looked at for eviction or compaction, in ticks of 1/64 of the capacity"
  echo "stored. lost: sets of the live set that found their object evicted; what first filled it counts"
  echo "as stored."
}

echo "workload policy miss_ratio same_items same_bytes live copied reclaimed max_age lost" \
  >"$work/table"
for file in "$traces"/*.u32.xz; do simulate_trace "$file"; done
simulate_rewrites
result=$(result_file simulation)
print_result >"$result"
echo "written: $result"
