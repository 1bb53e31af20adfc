#!/usr/bin/env bash
# usage: bench/micro.sh
# The micro benchmarks of storage/ and protocol/: medians of the repetitions, and from those of
# lookups what is compared with a target. storage_bench keeps caches of 10 million keys, which takes
# 10 GiB; FILTER='/10000$|/200000$' does without. Settings, from the environment:
#   BENCHMARKS="storage_bench filter_bench protocol_bench, each by its path"
#   REPETITIONS=5 FILTER=.
set -euo pipefail
. "$(dirname "$0")/common.sh"

release=$repo/build/release/bench
BENCHMARKS=${BENCHMARKS:-$release/storage/storage_bench $release/storage/filter_bench $release/protocol_bench}
REPETITIONS=${REPETITIONS:-5}
FILTER=${FILTER:-.}

# Of Google Benchmark's table, the medians: name, CPU time with its unit, items per second.
medians() {
  awk '
    $1 ~ /_median$/ {
      items = "-"
      for (i = 7; i <= NF; i++) if (sub(/^items_per_second=/, "", $i)) items = $i
      sub(/_median$/, "", $1)
      print $1, $4 $5, items
    }' | sort --version-sort
}

echo "benchmark cpu_time items/s" >"$work/table"
for program in $BENCHMARKS; do
  need_program "$program" "Build it with 'make test'."
  "$program" --benchmark_filter="$FILTER" --benchmark_repetitions="$REPETITIONS" \
    --benchmark_report_aggregates_only=true \
    --benchmark_enable_random_interleaving=true --benchmark_color=false 2>"$work/log" |
    medians >>"$work/table" || die "$program failed: $(cat "$work/log")"
done

# Of the medians, the time of a row in ns, or nothing.
ns_of() {
  awk -v name="$1" '
    $1 == name {
      factor = $2 ~ /ms$/ ? 1e6 : $2 ~ /us$/ ? 1e3 : 1
      print $2 * factor
      exit
    }' "$work/table"
}

# judge WHAT VALUE TARGET: a row, if there is a value; without a target nothing is judged.
judge() {
  if [ -z "$2" ] || [ "$2" = "-" ]; then return; fi
  awk -v what="$1" -v value="$2" -v target="$3" 'BEGIN {
    print what, value, target, target == "-" ? "-" : value <= target ? "passed" : "FAILED"}'
}

# ratio WHAT ROW OTHER_ROW TARGET
ratio() {
  local above below
  above=$(ns_of "$2")
  below=$(ns_of "$3")
  if [ -n "$above" ] && [ -n "$below" ]; then judge "$1" "$(divide "$above" "$below")" "$4"; fi
}

targets_of_size() {
  local keys=$1 hit_ns_target=$2 miss_target=$3 batch_ns
  judge "random_load_ns/$keys" "$(ns_of "PointerChaseLoad/$keys")" -
  judge "hit_independent_ns/$keys" "$(ns_of "HitIndependent/bloom_off/$keys")" "$hit_ns_target"
  # A benchmark's batch is of 32 keys.
  batch_ns=$(ns_of "HitBatched/bloom_off/$keys")
  judge "hit_in_batches_ns/$keys" "${batch_ns:+$(divide "$batch_ns" 32 1)}" "$hit_ns_target"
  judge "hit_dependent_ns/$keys" "$(ns_of "HitDependent/bloom_off/$keys")" -
  ratio "hit_dependent_in_loads/$keys" "HitDependent/bloom_off/$keys" "PointerChaseLoad/$keys" "$4"
  ratio "miss_with_filter/without/$keys" "MissDependent/bloom_on/$keys" \
    "MissDependent/bloom_off/$keys" "$miss_target"
  ratio "hit_dependent_with_filter/without/$keys" "HitDependent/bloom_on/$keys" \
    "HitDependent/bloom_off/$keys" -
  ratio "hit_independent_with_filter/without/$keys" "HitIndependent/bloom_on/$keys" \
    "HitIndependent/bloom_off/$keys" -
}

# For 10 thousand keys everything is in the processor's cache, so a count of loads says nothing.
targets() {
  echo "what measured at_most verdict"
  targets_of_size 10000 60 - -
  targets_of_size 200000 - 0.5 2.3
  targets_of_size 1000000 - 0.5 2.3
  targets_of_size 10000000 200 0.5 2.3
}

# print_result TABLE: facts and the table.
print_result() {
  print_facts
  echo "rows:       medians of $REPETITIONS repetitions, CPU time"
  echo
  align_table <"$1"
}

result=$(result_file micro)
print_result "$work/table" >"$result"
echo "written: $result"
targets >"$work/targets"
if [ "$(wc -l <"$work/targets")" -gt 1 ]; then
  result=$(result_file lookups)
  print_result "$work/targets" >"$result"
  echo "written: $result"
fi
