#!/usr/bin/env bash
# usage: bench/threads.sh
# What threads lose by sharing one cache: 1 to THREADS of them on it, against as many with a cache
# each, in pairs of short slices. No server and no client takes part. Fails if a value that was read
# is wrong, or if gets on a shared cache are slower than the target allows. Settings, from the
# environment:
#   THREAD_SCALING=build/release/bench/storage/thread_scaling
#   THREADS=16 (no more than there are processors) PAIRS=15 SLICE_MS=150
set -euo pipefail
. "$(dirname "$0")/common.sh"

THREAD_SCALING=${THREAD_SCALING:-$repo/build/release/bench/storage/thread_scaling}
THREADS=${THREADS:-16}
PAIRS=${PAIRS:-15}
SLICE_MS=${SLICE_MS:-150}

need_program "$THREAD_SCALING" "Build it with 'make test', or name it in \$THREAD_SCALING."

# Two threads on two processors leave no room for others.
print_whether_busy() {
  if awk -v load="${load_at_start%% *}" 'BEGIN {exit !(load >= 1.5)}'; then
    echo "busy:       yes; other work had the processors too, and a thread that loses its own holds others up"
  fi
}

print_result() {
  print_facts
  print_whether_busy
  echo "cache:      100000 keys of 24 bytes with 100-byte values; Zipf 0.99; $PAIRS pairs of slices of $SLICE_MS ms"
  echo
  sed '/^$/,$d' "$work/report" | align_table
  echo
  echo "ns: of one operation, medians. ratio: operations per second on the shared cache / on private"
  echo "ones, of each pair; median, lowest, highest. One thread has nobody to share with: its ratio is"
  echo "the measurement's own error."
  sed '1,/^$/d' "$work/report"
}

"$THREAD_SCALING" --threads "$THREADS" --pairs "$PAIRS" --slice-ms "$SLICE_MS" >"$work/report" ||
  die "thread_scaling failed: $(cat "$work/report")"
result=$(result_file threads)
print_result >"$result"
echo "written: $result"
! grep -q FAILED "$work/report"
