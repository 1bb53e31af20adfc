#!/usr/bin/env bash
# usage: bench/latency.sh
# The longest stores, gets and deletes of a cache that fills up with 10 million items and then gives
# up old ones for new ones, each call timed, beside a control that meets the same machine. Fails if
# a call took more than SLOW_NS and may have worked as long, unless such a thing happened to the
# control too. Settings, from the environment:
#   STORE_LATENCY=build/release/bench/storage/store_latency
#   ITEMS=10000000 MORE_ITEMS=10000000 VALUE_BYTES=36 LIMIT_MIB=1024
#   SLOW_NS=1000000
set -euo pipefail
. "$(dirname "$0")/common.sh"

STORE_LATENCY=${STORE_LATENCY:-$repo/build/release/bench/storage/store_latency}
ITEMS=${ITEMS:-10000000}
MORE_ITEMS=${MORE_ITEMS:-10000000}
VALUE_BYTES=${VALUE_BYTES:-36}
LIMIT_MIB=${LIMIT_MIB:-1024}
SLOW_NS=${SLOW_NS:-1000000}

need_program "$STORE_LATENCY" "Build it with 'make test', or name it in \$STORE_LATENCY."

# The program's table with a verdict for each kind of call, by the column slow_on_cpu.
judged_table() {
  awk '
    /^$/ {exit}
    {row[++rows] = $0; on_cpu[rows] = $9; if ($1 == "control") control = $9}
    END {
      print row[1], "verdict"
      for (i = 2; i <= rows; i++) {
        verdict = on_cpu[i] == 0 ? "passed" : control > 0 ? "see_control" : "FAILED"
        print row[i], row[i] ~ /^control/ ? "-" : verdict
      }
    }' "$work/report"
}

print_result() {
  print_facts
  echo "cache:      $LIMIT_MIB MiB; $ITEMS items stored first, then $MORE_ITEMS, with 24-byte keys and $VALUE_BYTES-byte values"
  echo
  align_table <"$work/table"
  echo
  echo "slow: calls of more than $SLOW_NS ns. slow_on_cpu: of these, with more CPU time than that in"
  echo "their batch of some 100 calls; the others waited for the processor. The control computes"
  echo "without memory, in slices between those of the calls and as long as they."
  sed '1,/^$/d' "$work/report"
}

"$STORE_LATENCY" --items "$ITEMS" --more-items "$MORE_ITEMS" --value-bytes "$VALUE_BYTES" \
  --limit-mib "$LIMIT_MIB" --slow-ns "$SLOW_NS" >"$work/report" ||
  die "store_latency failed: $(cat "$work/report")"
judged_table >"$work/table"
result=$(result_file latency)
print_result >"$result"
echo "written: $result"
! grep -q FAILED "$work/table"
