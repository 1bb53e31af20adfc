#!/usr/bin/env bash
# usage: bench/micro.sh
# The micro benchmarks of storage/ and protocol/: medians of the repetitions. Settings, from the
# environment:
#   BENCHMARKS="build/release/bench/storage_bench build/release/bench/protocol_bench"
#   REPETITIONS=5 FILTER=.
set -euo pipefail
. "$(dirname "$0")/common.sh"

release=$repo/build/release/bench
BENCHMARKS=${BENCHMARKS:-$release/storage_bench $release/protocol_bench}
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
result=$(result_file micro)
{
  print_facts
  echo "rows:       medians of $REPETITIONS repetitions"
  echo
  align_table <"$work/table"
} >"$result"
echo "written: $result"
