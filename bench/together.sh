#!/usr/bin/env bash
# usage: bench/together.sh
# What prefetching and huge pages give 16 lookups together, among 1 and 10 million keys of 24 bytes
# with 100-byte values: each by itself, and both. In nanoseconds a key, and in random loads of the
# same machine over as much memory. Takes 5 GiB. Settings, from the environment:
#   STORAGE_BENCH=build/release/bench/storage/storage_bench REPETITIONS=3
set -euo pipefail
. "$(dirname "$0")/common.sh"

STORAGE_BENCH=${STORAGE_BENCH:-$repo/build/release/bench/storage/storage_bench}
REPETITIONS=${REPETITIONS:-3}
keys_together=16
target_ns=70

need_program "$STORAGE_BENCH" "Build it with 'make test'."

"$STORAGE_BENCH" --benchmark_filter='^(Hit16|PointerChaseLoad)/(.*/)?(1000000|10000000)$' \
  --benchmark_repetitions="$REPETITIONS" --benchmark_report_aggregates_only=true \
  --benchmark_enable_random_interleaving=true --benchmark_color=false >"$work/report" 2>"$work/log" ||
  die "storage_bench failed: $(cat "$work/log")"

# Medians of CPU time, in ns, of "NAME/KEYS" or "NAME/HOW/KEYS".
rows() {
  awk -v together="$keys_together" -v target="$target_ns" '
    $1 !~ /_median$/ {next}
    {
      sub(/_median$/, "", $1)
      parts = split($1, part, "/")
      if (part[1] == "PointerChaseLoad") {load[part[parts]] = $4; next}
      name[++count] = part[2]; keys[count] = part[parts]; ns[count] = $4 / together
    }
    END {
      print "16_lookups keys ns_a_key random_load_ns loads_a_key at_most verdict"
      for (i = 1; i <= count; i++) {
        judged = name[i] == "huge_pages_prefetched" && keys[i] == 10000000
        printf "%s %d %.0f %.0f %.2f %s %s\n", name[i], keys[i], ns[i], load[keys[i]],
          ns[i] / load[keys[i]], judged ? target : "-", !judged ? "-" : ns[i] <= target ? "passed" : "FAILED"
      }
    }' "$work/report"
}

result=$(result_file together)
{
  print_facts
  echo "rows:       medians of $REPETITIONS repetitions, CPU time"
  echo
  rows | { read -r header && echo "$header" && sort -k2,2n -k1,1; } | align_table
} >"$result"
echo "written: $result"
