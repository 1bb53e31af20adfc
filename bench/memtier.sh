#!/usr/bin/env bash
# usage: bench/memtier.sh
# memtier_benchmark against ringcached and memcached in turns. Fails if memtier prints an error line,
# a reply gets lost or a preloaded key is missed. Settings, from the environment:
#   RINGCACHED, MEMCACHED, MEMTIER      the programs
#   DURATION_S=10 ROUNDS=3              each row: so many pairs of runs of this length
#   THREADS=2 MEMORY_MB=1024            both servers' -t and -m
#   KEYS=100000 VALUE_BYTES=100
#   RATIOS="1:10 0:1" PIPELINES="1 16 64"
#   CLIENT_THREADS=2 CLIENTS_PER_THREAD=100
set -euo pipefail
. "$(dirname "$0")/common.sh"

MEMTIER=${MEMTIER:-memtier_benchmark}
DURATION_S=${DURATION_S:-10}
ROUNDS=${ROUNDS:-3}
THREADS=${THREADS:-2}
MEMORY_MB=${MEMORY_MB:-1024}
KEYS=${KEYS:-100000}
VALUE_BYTES=${VALUE_BYTES:-100}
RATIOS=${RATIOS:-1:10 0:1}
PIPELINES=${PIPELINES:-1 16 64}
CLIENT_THREADS=${CLIENT_THREADS:-2}
CLIENTS_PER_THREAD=${CLIENTS_PER_THREAD:-100}
connections=$((CLIENT_THREADS * CLIENTS_PER_THREAD))
hang_timeout_s=60

need_ringcached
need_memcached
need_program "$MEMTIER" "It is not in Debian: build it from
https://github.com/redis/memtier_benchmark (autoreconf -ivf && ./configure && make; it needs the
packages autoconf automake pkg-config libevent-dev zlib1g-dev libssl-dev) and name it in \$MEMTIER."

# memtier NAME OPTION...: runs it against a server; the summary is in $work/memtier.json.
memtier() {
  local name=$1 status=0 output=$work/memtier.out
  shift
  timeout --kill-after=5 $((DURATION_S + hang_timeout_s)) "$MEMTIER" \
    --server=127.0.0.1 --port="${server_port[$name]}" --protocol=memcache_text \
    --key-minimum=1 --key-maximum="$KEYS" --data-size="$VALUE_BYTES" --random-data \
    --distinct-client-seed --hide-histogram --json-out-file="$work/memtier.json" "$@" \
    >"$output" 2>&1 </dev/null || status=$?
  [ "$status" -ne 124 ] || die "memtier hangs on $name with: $*"
  [ "$status" -eq 0 ] || die "memtier ends with $status on $name with: $*: $(tail -n 5 "$output")"
  if tr '\r' '\n' <"$output" | grep -iE 'error|fail|refused|reset|dropped'; then
    die "memtier printed the above on $name with: $*"
  fi
}

# total NAME: a figure of the section "Totals" of memtier's summary.
total() {
  awk -v name="\"$1\":" '
    /"Totals":/ {inside = 1}
    inside && index($0, name) {sub(/.*: */, ""); print; exit}
  ' "$work/memtier.json"
}

# percentile NAME: likewise; the time series before it has percentiles of its own.
percentile() {
  awk -v name="\"$1\":" '
    /"Totals":/ {inside = 1}
    inside && /"Percentile Latencies":/ {found = 1}
    found && index($0, name) {sub(/.*: */, ""); sub(/,$/, ""); print; exit}
  ' "$work/memtier.json"
}

preload() {
  local name=$1 items
  memtier "$name" --threads=1 --clients=1 --ratio=1:0 --key-pattern=P:P --requests=allkeys \
    --pipeline=32
  items=$(stats_of "$name" curr_items)
  [ "$items" -eq "$KEYS" ] || die "$name holds $items items of $KEYS after the preload"
}

# measure NAME RATIO PIPELINE: appends a line "rate cpu_us p50_ms p99_ms" to $work/NAME.runs.
measure() {
  local name=$1 ratio=$2 pipeline=$3 gets sets hits gets_before sets_before hits_before cpu_ns
  read -r gets_before sets_before hits_before < <(stats_of "$name" cmd_get cmd_set get_hits)
  cpu_ns=$(cpu_ns_of "$name")
  memtier "$name" --threads="$CLIENT_THREADS" --clients="$CLIENTS_PER_THREAD" --ratio="$ratio" \
    --key-pattern=R:R --test-time="$DURATION_S" --pipeline="$pipeline"
  cpu_ns=$(($(cpu_ns_of "$name") - cpu_ns))
  read -r gets sets hits < <(stats_of "$name" cmd_get cmd_set get_hits)
  gets=$((gets - gets_before)) sets=$((sets - sets_before)) hits=$((hits - hits_before))
  check_run "$name" "$ratio at pipeline $pipeline" "$((gets + sets))" "$gets" "$hits" "$pipeline"
  echo "$(divide "$(total Count)" "$DURATION_S" 0) $(divide "$cpu_ns" "$(((gets + sets) * 1000))")" \
    "$(percentile p50.00) $(percentile p99.00)" >>"$work/$name.runs"
}

# memtier leaves without waiting for what is in flight at the end, which may be as much as all
# connections' pipelines; the server may have answered more than memtier counted, but not more than
# that.
check_run() {
  local name=$1 row=$2 served=$3 gets=$4 hits=$5 pipeline=$6 counted unseen misses
  counted=$(total Count)
  unseen=$((served - counted))
  misses=$((gets - hits))
  if [ "$unseen" -lt 0 ] || [ "$unseen" -gt $((connections * pipeline)) ]; then
    die "$name, $row: served $served requests, memtier counted $counted"
  fi
  [ "$misses" -eq 0 ] || die "$name, $row: $misses of $gets gets missed"
  [ "$(total Misses/sec)" = 0.00 ] || die "$name, $row: memtier counted misses"
  [ "$(total 'Connection Errors')" -eq 0 ] || die "$name, $row: memtier counted connection errors"
}

# column NAME FIELD: that field of all runs of a server.
column() {
  awk -v field="$2" '{print $field}' "$work/$1.runs"
}

# paired FIELD: ringcached's figure over memcached's, for each pair of runs.
paired() {
  paste -d ' ' <(column ringcached "$1") <(column memcached "$1") | awk '{print $1 / $2}'
}

print_row() {
  local ratio=$1 pipeline=$2 field row=("$1" "$2")
  for field in 1 2 4; do
    # shellcheck disable=SC2046  # one argument a run
    row+=("$(median $(column ringcached $field))" "$(median $(column memcached $field))"
      "$(divide "$(median $(paired $field))" 1)")
  done
  echo "${row[*]} 100%" >>"$work/table"
}

# The order within a pair alternates, so that neither server always comes first.
measure_row() {
  local ratio=$1 pipeline=$2 round name order
  rm -f "$work"/*.runs
  for ((round = 1; round <= ROUNDS; round++)); do
    order="ringcached memcached"
    if ((round % 2 == 0)); then order="memcached ringcached"; fi
    for name in $order; do measure "$name" "$ratio" "$pipeline"; done
  done
  print_row "$ratio" "$pipeline"
  tail -n 1 "$work/table"
}

print_result() {
  print_facts
  print_versions
  echo "memtier:    $("$MEMTIER" --version | head -n 1)"
  echo "servers:    -t $THREADS -m $MEMORY_MB; I/O of ringcached: $ringcached_io"
  echo "client:     memcache_text, $connections connections, $KEYS keys, $VALUE_BYTES bytes a value"
  echo "rows:       medians of $ROUNDS pairs of runs of $DURATION_S s each, order alternating"
  echo
  align_table <"$work/table"
  echo
  echo "ratio_sets_gets and pipeline are memtier's. Server CPU is per request. Each third column is"
  echo "the median of ringcached / memcached within a pair. memtier printed no error line, no reply"
  echo "was lost, and every get of every run was a hit."
}

options=(-t "$THREADS" -m "$MEMORY_MB" -c $((connections + 100)))
start_server ringcached "$RINGCACHED" "${options[@]}"
start_server memcached "$MEMCACHED" "${options[@]}"
ringcached_io=$(awk '/^ *I\/O/ {print $2; exit}' "$work/ringcached.log")
preload ringcached
preload memcached

echo "ratio_sets_gets pipeline ringcached_ops/s memcached_ops/s ops_ratio ringcached_cpu_us" \
  "memcached_cpu_us cpu_ratio ringcached_p99_ms memcached_p99_ms p99_ratio hits" >"$work/table"
for ratio in $RATIOS; do
  for pipeline in $PIPELINES; do measure_row "$ratio" "$pipeline"; done
done
stop_server ringcached
stop_server memcached
result=$(result_file memtier)
print_result >"$result"
echo "written: $result"
