#!/usr/bin/env bash
# usage: bench/memory_shift.sh
# Whether memory follows what is stored: one server is filled past its limit with values of 10
# bytes, then of 4 KiB, then of 64 bytes. At the end it must hold nearly as many of the last as a
# server that never held anything else, and its RSS must never exceed its bound. Everything is read
# back, every byte compared. Fails if a value is wrong, or for ringcached if one of the two does not
# hold. Settings, from the environment:
#   RINGCACHED, RINGCACHED_DENSITY, MEMCACHED    the programs
#   VALUE_BYTES="10 4096 64" TARGET=0.95    the least share of the fresh server's items per MiB
#   LIMIT_MIB=256 FILL=1.6    -m, and what is stored of each size, in limits
#   RINGCACHED_OPTIONS= MEMCACHED_OPTIONS=    more options of the servers
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/density_common.sh"

VALUE_BYTES=${VALUE_BYTES:-10 4096 64}
TARGET=${TARGET:-0.95}
read -ra sizes <<<"$VALUE_BYTES"

need_ringcached
need_density
need_memcached

# judge NAME SHARE HIGHEST_KIB
judge() {
  if [ "$1" = memcached ]; then
    echo "-"
  elif at_least "$2" "$TARGET" && within_bound "$3"; then
    echo passed
  else
    echo FAILED
  fi
}

# The highest RSS during each fill, in MiB, with slashes between.
highest_of_fills() {
  local i
  for i in "${!sizes[@]}"; do mib "$(reported "$1" "fill_${i}_highest_kib")"; done | paste -s -d /
}

# Items of the sizes before the last that are still there.
left_over() {
  local i sum=0
  for ((i = 0; i < ${#sizes[@]} - 1; i++)); do
    sum=$((sum + $(reported "$1" "fill_${i}_right")))
  done
  echo "$sum"
}

measure_row() {
  local name=$1 fresh=$work/fresh.txt shifted=$work/shifted.txt share highest
  "measure_$name" "$fresh" "${sizes[-1]}"
  "measure_$name" "$shifted" "${sizes[@]}"
  share=$(divide "$(density_of "$shifted")" "$(density_of "$fresh")" 3)
  highest=$(reported "$shifted" highest_kib)
  echo "$name $(density_of "$fresh") $(density_of "$shifted") $share $TARGET" \
    "$(left_over "$shifted") $(highest_of_fills "$shifted") $(mib "$highest") $(bound_mib)" \
    "$(judge "$name" "$share" "$highest")" >>"$work/table"
  tail -n 1 "$work/table"
}

print_result() {
  print_facts
  print_versions
  echo "servers:    -m $LIMIT_MIB, default threads; ringcached $RINGCACHED_OPTIONS, memcached $MEMCACHED_OPTIONS"
  echo "load:       ringcached_density, 24-byte keys, values of $VALUE_BYTES bytes in turn, of each $FILL limits"
  echo
  align_table <"$work/table"
  echo
  echo "fresh/MiB and shifted/MiB: items of the last size per MiB of RSS, in a server that held only"
  echo "these and in one that held the others before; left_over: items of the others that are still"
  echo "there. fills_MiB: the highest RSS during each fill; highest_MiB: at any time, judged"
  echo "against bound_MiB, 1.05 of -m and 8 MiB. No value was wrong."
}

echo "server fresh/MiB shifted/MiB share target left_over fills_MiB highest_MiB bound_MiB verdict" \
  >"$work/table"
measure_row ringcached
measure_row memcached
result=$(result_file memory_shift)
print_result >"$result"
echo "written: $result"
! grep -q FAILED "$work/table"
