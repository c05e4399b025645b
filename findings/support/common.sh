# Shared by all findings: a temporary folder, its removal, installing, and telling. It is sourced, never run.
set -euo pipefail
export TZ=UTC LC_ALL=C.UTF-8

work=$(mktemp -d)
started=()
changed=0

# Ends only what this script started, and removes what it made.
finish() {
  local pid
  for pid in "${started[@]}"; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap finish EXIT

# npm_packages NAME@VERSION...: into $work, without install scripts. npm's cache and logs stay in there, too.
npm_packages() {
  (cd "$work" && npm_config_cache="$work/npm" npm_config_update_notifier=false \
    npm install --ignore-scripts --no-audit --no-fund --no-save --loglevel=error "$@" >/dev/null)
}

# debian_packages NAME=VERSION...: unpacked into $work/debian, not installed. Needs a recent `apt-get update`.
debian_packages() {
  mkdir -p "$work/debs" "$work/debian"
  (cd "$work/debs" && apt-get -q -o APT::Sandbox::User=root download "$@" >/dev/null)
  local package
  for package in "$work"/debs/*.deb; do dpkg -x "$package" "$work/debian"; done
}

# Debian's own Python with the unpacked packages.
packages="$work/debian/usr/lib/python3/dist-packages"
debian_python() { HOME="$work" PYTHONPATH="$packages" /usr/bin/python3 "$@"; }

# tested WHAT / expected TEXT: what is looked at, and what its standard or its own manual says.
tested() { printf 'Tested:   %s\n' "$1"; }
expected() { printf 'Expected: %s\n' "$1"; }

# seen WHAT RECORDED ACTUAL: tells what came out today. The finding has changed if it isn't what was recorded.
seen() {
  printf 'Seen:     %s: %s\n' "$1" "$3"
  [[ "$2" == "$3" ]] && return
  printf 'CHANGED:  recorded was: %s\n' "$2"
  changed=1
}

# The last line of each script.
conclude() {
  if ((changed)); then echo "The finding no longer stands as recorded."; else echo "The finding stands."; fi
  exit "$changed"
}
