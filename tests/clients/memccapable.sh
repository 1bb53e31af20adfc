#!/usr/bin/env bash
# usage: memccapable.sh DAEMON [PORT_OPTION]
# Runs libmemcached's tests of a server, text and binary, against DAEMON. Two of the 54 want an ERROR
# where memcached ignores a word too many behind a delete; memcached 1.6.45 fails them, and so must
# DAEMON.
set -euo pipefail

unmeetable=("ascii delete" "ascii delete noreply")

run() {
  memccapable -t 5 -h 127.0.0.1 -p "$port" "$@" 2>&1
}

if [ "${1:-}" != --port ]; then
  if ! command -v memccapable >/dev/null; then
    echo "memccapable is missing: apt-get install libmemcached-tools" >&2
    exit 1
  fi
  exec /usr/bin/python3 -B "$(dirname "$0")/server_process.py" "$1" "${2:-0}" "$0" --port '{port}'
fi

port=$2
output=$(run || true)
echo "$output"
if ! grep -q "^.*${#unmeetable[@]} of 54 tests failed" <<<"$output"; then
  echo "memccapable: not exactly ${#unmeetable[@]} of 54 tests failed" >&2
  exit 1
fi
for name in "${unmeetable[@]}"; do
  if run -T "$name" >/dev/null; then
    echo "memccapable: '$name' passes, and so another test must have failed" >&2
    exit 1
  fi
done
echo "memccapable, version $(dpkg-query --show --showformat='${Version}' libmemcached-tools): 52 of 54 checks passed, the others as with memcached 1.6.45"
