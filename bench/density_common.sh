# Sourced by density.sh and memory_shift.sh behind common.sh: fills a server, reads it back, and
# what follows from the report.
# shellcheck shell=bash

RINGCACHED_DENSITY=${RINGCACHED_DENSITY:-$repo/build/release/bench/density/ringcached_density}
LIMIT_MIB=${LIMIT_MIB:-256}
FILL=${FILL:-1.6}
RINGCACHED_OPTIONS=${RINGCACHED_OPTIONS:-}
MEMCACHED_OPTIONS=${MEMCACHED_OPTIONS:-}
key_bytes=24

need_density() {
  need_program "$RINGCACHED_DENSITY" "Build it with 'make test', or name it in \$RINGCACHED_DENSITY."
}

# measure_items NAME REPORT VALUE_BYTES...: of a started server.
measure_items() {
  local name=$1 report=$2 status=0
  shift 2
  "$RINGCACHED_DENSITY" --port "${server_port[$name]}" --pid "${server_pid[$name]}" \
    --limit-mib "$LIMIT_MIB" --fill "$FILL" --value-bytes "$@" >"$report" || status=$?
  [ "$status" -eq 0 ] || die "$name: ringcached_density ends with $status: $(cat "$report")"
}

# measure_ringcached REPORT VALUE_BYTES...
measure_ringcached() {
  local options
  read -ra options <<<"$RINGCACHED_OPTIONS"
  start_server ringcached "$RINGCACHED" -m "$LIMIT_MIB" "${options[@]}"
  measure_items ringcached "$@"
  stop_server ringcached
}

# measure_memcached REPORT VALUE_BYTES...
measure_memcached() {
  local options
  read -ra options <<<"$MEMCACHED_OPTIONS"
  start_server memcached "$MEMCACHED" -m "$LIMIT_MIB" "${options[@]}"
  measure_items memcached "$@"
  stop_server memcached
}

mib() {
  awk -v kib="$1" 'BEGIN {printf "%.1f\n", kib / 1024}'
}

in_limits() {
  divide "$1" $((LIMIT_MIB * 1024)) 3
}

# per_mib ITEMS KIB
per_mib() {
  awk -v items="$1" -v kib="$2" 'BEGIN {printf "%.0f\n", items / (kib / 1024)}'
}

# Items per MiB by a report.
density_of() {
  per_mib "$(reported "$1" items)" "$(reported "$1" rss_kib)"
}

# overhead_bytes ITEMS KIB VALUE_BYTES: per item.
overhead_bytes() {
  awk -v items="$1" -v kib="$2" -v payload=$(($3 + key_bytes)) \
    'BEGIN {printf "%.1f\n", kib * 1024 / items - payload}'
}

# What ringcached's RSS may be at any time.
bound_mib() {
  awk -v m="$LIMIT_MIB" 'BEGIN {printf "%.1f\n", m * 1.05 + 8}'
}

# within_bound KIB
within_bound() {
  awk -v kib="$1" -v bound="$(bound_mib)" 'BEGIN {exit !(kib / 1024 <= bound)}'
}

# at_least A B
at_least() {
  awk -v a="$1" -v b="$2" 'BEGIN {exit !(a >= b)}'
}
