#!/usr/bin/env bash
# usage: bench/changes.sh COMMIT|lto...
# What a change of the server gave: builds each COMMIT and the one before it (for "lto", HEAD with
# link-time optimisation and without), runs both servers, and compares their CPU time a request in
# short slices in turns, as compare.sh does with memcached. Some minutes each. Settings, from the
# environment:
#   RINGCACHED_COMPARE                        the program that loads them
#   STORES="small full" LOADS="(get|misses|meta|binary|set)_.*p16|multiget_50"
#   ROUNDS=21 SLICE_S=0.15 SEED=1
#   RESULTS=bench/results
set -euo pipefail
. "$(dirname "$0")/common.sh"

RINGCACHED_COMPARE=${RINGCACHED_COMPARE:-$repo/build/release/bench/compare/ringcached_compare}
STORES=${STORES:-small full}
LOADS=${LOADS:-(get|misses|meta|binary|set)_.*p16|multiget_50}
ROUNDS=${ROUNDS:-21}
SLICE_S=${SLICE_S:-0.15}
SEED=${SEED:-1}
declare -A memory_mb=([small]=1024 [full]=64 [large]=4096)

need_program "$RINGCACHED_COMPARE" "Build it with 'make test'."
if [ $# -eq 0 ]; then
  sed -n '2s/^# //p' "$0" >&2
  exit 64
fi

# build NAME COMMIT [CMAKE_OPTION...]: a server for start_server, at $work/NAME/build.
build() {
  local name=$1 commit=$2
  shift 2
  rm -rf "${work:?}/$name"
  mkdir "$work/$name"
  git -C "$repo" archive "$commit" | tar -x -C "$work/$name"
  { cmake -S "$work/$name" -B "$work/$name/build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo \
    -DCMAKE_CXX_COMPILER=g++ -DRINGCACHED_TESTS=OFF -DRINGCACHED_BENCH=OFF "$@" &&
    cmake --build "$work/$name/build" --target ringcached; } >"$work/$name.log" 2>&1 ||
    die "$commit does not build: $(tail -n 20 "$work/$name.log")"
}

# compare_servers WHAT SUBJECT
compare_servers() {
  local what=$1 subject=$2 store name
  for store in $STORES; do
    for name in new old; do
      start_server "$name" "$work/$name/build/server/ringcached" -t 1 -m "${memory_mb[$store]}" -c 1100
    done
    "$RINGCACHED_COMPARE" --store "$store" --loads "$LOADS" --rounds "$ROUNDS" --slice "$SLICE_S" \
      --seed "$SEED" --judged "new,${server_port[new]},${server_pid[new]}" \
      --reference "old,${server_port[old]},${server_pid[old]}" >"$work/rows" || die "$what: the load failed"
    for name in new old; do stop_server "$name"; done
    awk -v what="$what" -v subject="$subject" \
      '{print what, subject, $1, $2, $4, $5, $6, $7, $8}' "$work/rows" | tee -a "$work/table"
  done
}

print_result() {
  print_facts
  echo "servers:    -t 1; one client thread"
  echo "rows:       medians of $ROUNDS slices of $SLICE_S s, seed $SEED"
  echo
  align_table <"$work/table"
  echo
  echo "new_us and old_us with the change and without it; new/old in slices of the same round: median, lowest,"
  echo "highest."
}

echo "commit change load measured new_us old_us new/old lowest highest" >"$work/table"
for what in "$@"; do
  if [ "$what" = lto ]; then
    build new HEAD -DCMAKE_INTERPROCEDURAL_OPTIMIZATION=ON
    build old HEAD
    compare_servers "$(git -C "$repo" rev-parse --short=7 HEAD)" with_link-time_optimisation
  else
    build new "$what"
    build old "$what^"
    compare_servers "$(git -C "$repo" rev-parse --short=7 "$what")" \
      "$(git -C "$repo" log -1 --format=%s "$what" | tr ' ' _)"
  fi
done
result=$(result_file changes)
print_result >"$result"
echo "written: $result"
