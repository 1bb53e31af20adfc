# Sourced by the scripts of this folder: the programs, servers that end with the script, and what a
# result file says about where its figures come from.
# shellcheck shell=bash

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
RINGCACHED=${RINGCACHED:-$repo/build/release/server/ringcached}
RINGCACHED_LOAD=${RINGCACHED_LOAD:-$repo/build/release/bench/load/ringcached_load}
MEMCACHED=${MEMCACHED:-memcached}
RESULTS=${RESULTS:-$repo/bench/results}

start_timeout_s=10
declare -A server_pid server_port
work=$(mktemp -d)

clean_up() {
  local pid
  for pid in "${server_pid[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${server_pid[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

die() {
  echo "${0##*/}: $*" >&2
  exit 1
}

# need_program PROGRAM WHAT_TO_DO
need_program() {
  command -v "$1" >/dev/null || die "there is no $1. $2"
}

need_ringcached() {
  need_program "$RINGCACHED" "Build it with 'make test', or name it in \$RINGCACHED."
}

need_load() {
  need_program "$RINGCACHED_LOAD" "Build it with 'make test', or name it in \$RINGCACHED_LOAD."
}

need_memcached() {
  need_program "$MEMCACHED" "Install memcached, or name it in \$MEMCACHED."
}

# start_server NAME PROGRAM [OPTION...]: starts it on a free port of 127.0.0.1 and waits until the
# port is known. ringcached takes memcached's options, so both are started alike.
start_server() {
  local name=$1 program=$2 port_file=$work/$1.port pid user=()
  shift 2
  if [ "$(id -u)" -eq 0 ]; then user=(-u root); fi
  rm -f "$port_file"
  MEMCACHED_PORT_FILENAME=$port_file "$program" -l 127.0.0.1 -p -1 "${user[@]}" "$@" \
    >"$work/$name.log" 2>&1 &
  pid=$!
  server_pid[$name]=$pid
  local deadline=$((SECONDS + start_timeout_s))
  until [ -s "$port_file" ]; do
    kill -0 "$pid" 2>/dev/null || die "$name did not start: $(tail -n 3 "$work/$name.log")"
    [ "$SECONDS" -lt "$deadline" ] || die "$name did not open a port in $start_timeout_s s"
    sleep 0.05
  done
  server_port[$name]=$(awk '/^TCP INET:/ {print $3; exit}' "$port_file")
}

# stop_server NAME: fails unless it ends as asked.
stop_server() {
  local name=$1 status=0
  kill "${server_pid[$name]}"
  wait "${server_pid[$name]}" || status=$?
  unset "server_pid[$name]"
  [ "$status" -eq 0 ] || die "$name ended with status $status: $(tail -n 3 "$work/$name.log")"
}

# stats_of NAME STATISTIC...: the values, in this order, in one line.
stats_of() {
  local name=$1 connection
  shift
  exec {connection}<>"/dev/tcp/127.0.0.1/${server_port[$name]}"
  printf 'stats\r\nquit\r\n' >&"$connection"
  tr -d '\r' <&"$connection" | awk -v wanted="$*" '
    $1 == "STAT" {value[$2] = $3}
    END {
      n = split(wanted, names)
      for (i = 1; i <= n; i++) printf "%s%s", value[names[i]], i < n ? " " : "\n"
    }'
  exec {connection}>&-
}

# Nanoseconds that all threads of a server have been on a CPU.
cpu_ns_of() {
  cat /proc/"${server_pid[$1]}"/task/*/schedstat | awk '{sum += $1} END {printf "%.0f\n", sum}'
}

# divide A B [DIGITS]
divide() {
  awk -v a="$1" -v b="$2" -v digits="${3:-2}" \
    'BEGIN {if (b == 0) print "-"; else printf "%.*f\n", digits, a / b}'
}

# The median of its arguments.
median() {
  printf '%s\n' "$@" | sort -g | awk '
    {value[NR] = $1}
    END {
      middle = int((NR + 1) / 2)
      print NR % 2 ? value[middle] : (value[middle] + value[middle + 1]) / 2
    }'
}

# Aligns a table of words.
align_table() {
  awk '
    {
      for (i = 1; i <= NF; i++) {
        cell[NR, i] = $i
        if (length($i) > width[i]) width[i] = length($i)
      }
      if (NF > columns) columns = NF
    }
    END {
      for (row = 1; row <= NR; row++)
        for (i = 1; i <= columns; i++)
          printf "%*s%s", i == 1 ? -width[i] : width[i], cell[row, i], i < columns ? "  " : "\n"
    }'
}

# The commit, with -dirty behind it if a tracked file other than a result differs from it.
commit() {
  local id
  id=$(git -C "$repo" rev-parse --short=12 --verify HEAD 2>/dev/null) || { echo unknown && return; }
  if git -C "$repo" diff --quiet HEAD -- . ':!bench/results'; then echo "$id"; else echo "$id-dirty"; fi
}

version_of() {
  "$1" -V | head -n 1
}

load_average() {
  cut -d ' ' -f 1-3 /proc/loadavg
}

started=$(date -u '+%Y-%m-%d %H:%M UTC')
load_at_start=$(load_average)
commit_at_start=$(commit)

# The head of a result file. The load averages tell what else ran on the machine.
print_facts() {
  echo "date:       $started"
  echo "CPU:        $(awk -F': ' '/^model name/ {print $2; exit}' /proc/cpuinfo), $(nproc) cores"
  echo "memory:     $(awk '/^MemTotal/ {printf "%.1f GiB", $2 / 1024 / 1024}' /proc/meminfo)"
  echo "kernel:     $(uname -r)"
  echo "load:       $load_at_start at the start, $(load_average) at the end (1, 5, 15 minutes)"
  echo "commit:     $commit_at_start"
}

print_versions() {
  echo "ringcached: $(version_of "$RINGCACHED")"
  echo "memcached:  $(version_of "$MEMCACHED")"
}

# result_file WHAT: where the results of today go.
result_file() {
  mkdir -p "$RESULTS"
  echo "$RESULTS/$1-$(date -u +%F).txt"
}

# The value of a line "name value" of ringcached_load's report.
reported() {
  awk -v name="$2" '$1 == name {print $2; exit}' "$1"
}
