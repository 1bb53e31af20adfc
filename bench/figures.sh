#!/usr/bin/env bash
# usage: bench/figures.sh
# Writes the tables of the newest result file of each kind into README.md, between its two marks.
set -euo pipefail
cd "$(dirname "$0")"

first_mark='<!-- figures.sh writes from here -->'
last_mark='<!-- to here -->'

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
  for what in memtier connections syscalls density memory_shift memory hit-ratio lookups latency dump \
    micro simulation; do
    file=$(find results -name "$what-*.txt" | sort | tail -n 1)
    if [ -z "$file" ]; then continue; fi
    printf '\n[%s](%s): %s; Linux %s; commit %s\n\n' "$file" "$file" "$(fact_of "$file" CPU)" \
      "$(fact_of "$file" kernel)" "$(fact_of "$file" commit)"
    table_of "$file"
  done
}

figures >README.md.figures
trap 'rm -f README.md.figures README.md.new' EXIT
awk -v first="$first_mark" -v last="$last_mark" '
  $0 == last {inside = 0; print ""}
  !inside {print}
  $0 == first {
    inside = 1
    while ((getline line < "README.md.figures") > 0) print line
  }' README.md >README.md.new
mv README.md.new README.md
