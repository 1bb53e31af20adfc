#!/usr/bin/env bash
# usage: bench/figures.sh [--check]
# Writes what the newest result files say to where people read it: their tables into README.md here,
# between its two marks; figures into the front page, between the marks there; and the pictures. With
# --check nothing is written, and the exit status says whether anything would change.
set -euo pipefail
cd "$(dirname "$0")"

first_mark='<!-- figures.sh writes from here -->'
last_mark='<!-- to here -->'
declare -A plots=([plot.py]=overview [plot_compare.py]=compare [plot_threads.py]=threads)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A result file is facts, an empty line, a table, and whatever follows behind another empty line.
table_of() {
  awk '
    /^$/ {if (++gaps == 2) exit; next}
    gaps == 1 {
      line = "|"; rule = "|"
      for (i = 1; i <= NF; i++) {line = line " " $i " |"; rule = rule (i == 1 ? "---|" : "--:|")}
      print line
      if (!rows++) print rule
    }' "$1"
}

fact_of() {
  awk -v name="$2:" '$1 == name {sub(/^[^ ]+ +/, ""); print; exit}' "$1"
}

figures() {
  local what file
  for what in compare profile changes memtier connections syscalls density memory_shift memory hit-ratio lookups together threads latency \
    dump micro simulation; do
    file=$(find results -name "$what-*.txt" | sort | tail -n 1)
    if [ -z "$file" ]; then continue; fi
    printf '\n[%s](%s): %s; Linux %s; commit %s\n\n' "$file" "$file" "$(fact_of "$file" CPU)" \
      "$(fact_of "$file" kernel)" "$(fact_of "$file" commit)"
    table_of "$file"
  done
}

# README.md with the tables between its marks.
with_tables() {
  figures >"$work/figures"
  awk -v first="$first_mark" -v last="$last_mark" -v figures="$work/figures" '
    $0 == last {inside = 0; print ""}
    !inside {print}
    $0 == first {
      inside = 1
      while ((getline line < figures) > 0) print line
    }' README.md
}

# put NEW OLD
put() {
  if cmp -s "$1" "$2"; then return; fi
  if [ "$mode" = --check ]; then
    echo "bench/$2 is not what bench/figures.sh makes of the results; run it" >&2
    stale=1
  else
    cp "$1" "$2"
  fi
}

mode=${1-}
stale=0
case $mode in
  '' | --check) ;;
  *)
    sed -n '2s/^# //p' "${0##*/}" >&2
    exit 64
    ;;
esac

with_tables >"$work/tables.md"
for plot in "${!plots[@]}"; do python3 -B "$plot" >"$work/${plots[$plot]}.svg"; done
python3 -B front_page.py ../README.md >"$work/front_page.md"
put "$work/tables.md" README.md
for picture in "${plots[@]}"; do put "$work/$picture.svg" "results/$picture.svg"; done
put "$work/front_page.md" ../README.md
exit "$stale"
