#!/usr/bin/env bash
# usage: bench/density.sh
# How many items fit in how much memory: ringcached and memcached with the same -m are each filled
# past it with incompressible values of one size and everything is read back, every byte compared.
# Items that came back right are divided by the highest RSS of the whole process since the fill
# ended. Fails if a value is wrong, if ringcached holds less per MiB than the target, or if its RSS
# ever exceeds its bound. Settings, from the environment:
#   RINGCACHED, RINGCACHED_DENSITY, MEMCACHED    the programs
#   SIZES="10:1.7 64:1.45 200:1.25 1000:1.12 4000:1.12"    value bytes:target ratio
#   LIMIT_MIB=256 FILL=1.6    -m, and what is stored: keys and values together, in limits
#   RINGCACHED_OPTIONS= MEMCACHED_OPTIONS=    more options of the servers
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/density_common.sh"

SIZES=${SIZES:-10:1.7 64:1.45 200:1.25 1000:1.12 4000:1.12}

need_ringcached
need_density
need_memcached

# judge RATIO TARGET HIGHEST_KIB
judge() {
  if at_least "$1" "$2" && within_bound "$3"; then echo passed; else echo FAILED; fi
}

# columns_of REPORT VALUE_BYTES: items, items per MiB, overhead per item, RSS, RSS in limits.
columns_of() {
  local items rss_kib
  items=$(reported "$1" items)
  rss_kib=$(reported "$1" rss_kib)
  echo "$items $(per_mib "$items" "$rss_kib") $(overhead_bytes "$items" "$rss_kib" "$2")" \
    "$(mib "$rss_kib") $(in_limits "$rss_kib")"
}

# side_by_side "A1 A2 ..." "B1 B2 ...": A1 B1 A2 B2 ...
side_by_side() {
  paste -d ' ' <(tr ' ' '\n' <<<"$1") <(tr ' ' '\n' <<<"$2") | paste -s -d ' '
}

measure_row() {
  local value_bytes=$1 target=$2 ours=$work/ringcached.txt theirs=$work/memcached.txt ratio highest
  measure_ringcached "$ours" "$value_bytes"
  measure_memcached "$theirs" "$value_bytes"
  ratio=$(divide "$(density_of "$ours")" "$(density_of "$theirs")" 3)
  highest=$(reported "$ours" highest_kib)
  echo "$value_bytes $ratio $target" \
    "$(side_by_side "$(columns_of "$ours" "$value_bytes")" "$(columns_of "$theirs" "$value_bytes")")" \
    "$(mib "$highest") $(bound_mib) $(mib "$(reported "$theirs" highest_kib)")" \
    "$(judge "$ratio" "$target" "$highest")" >>"$work/table"
  tail -n 1 "$work/table"
}

print_result() {
  print_facts
  print_versions
  echo "servers:    -m $LIMIT_MIB, default threads; ringcached $RINGCACHED_OPTIONS, memcached $MEMCACHED_OPTIONS"
  echo "load:       ringcached_density, 24-byte keys, keys and values of $FILL limits, everything read back"
  echo
  align_table <"$work/table"
  echo
  echo "rc is ringcached, mc memcached. items: read back at the end with every byte right; no value"
  echo "was wrong. RSS: of the whole process by its page tables, huge pages included, the highest"
  echo "from the end of the fill to the end of the reading; overhead_B is RSS / items less key and"
  echo "value. highest_MiB is the highest at any time, sampled every 20 ms and by the kernel's mark;"
  echo "ringcached's must stay within bound_MiB, 1.05 of -m and 8 MiB."
}

echo "value_B ratio target rc_items mc_items rc_items/MiB mc_items/MiB rc_overhead_B mc_overhead_B" \
  "rc_RSS_MiB mc_RSS_MiB rc_RSS/m mc_RSS/m rc_highest_MiB bound_MiB mc_highest_MiB verdict" \
  >"$work/table"
for size in $SIZES; do measure_row "${size%:*}" "${size#*:}"; done
result=$(result_file density)
print_result >"$result"
echo "written: $result"
! grep -q FAILED "$work/table"
