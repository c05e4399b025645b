#!/usr/bin/env bash
# Two servers take a limit for sync-collection and answer with more rows than that.
source "$(dirname "${BASH_SOURCE[0]}")/support/common.sh"
source "$(dirname "${BASH_SOURCE[0]}")/support/servers.sh"

tested "Xandikos 0.2.8 and Radicale 3.1.8: sync-collection of three objects with a limit of two"
expected "two rows and a 507 row for the calendar, or a refusal; never more than the limit (RFC 6578, 3.6 and 3.7)"

ask() {
  local hour
  for hour in 10 11 12; do event "at-$hour" "DTSTART:20260601T${hour}0000Z" DURATION:PT30M | put "$hour.ics" >/dev/null; done
  status=$(report "<D:sync-collection $NAMESPACES><D:sync-token/><D:sync-level>1</D:sync-level>
    <D:limit><D:nresults>2</D:nresults></D:limit><D:prop><D:getetag/></D:prop></D:sync-collection>" 0)
  rows=$(grep -oE '[0-9]+\.ics' "$work/answer" | sort | paste -sd ' ' || true)
  truncated=$(grep -c 507 "$work/answer" || true)
}

for server in xandikos radicale; do
  "start_$server"
  ask
  seen "$server, status" 207 "$status"
  seen "$server, rows" "10.ics 11.ics 12.ics" "$rows"
  seen "$server, lines with 507" 0 "$truncated"
done
conclude
