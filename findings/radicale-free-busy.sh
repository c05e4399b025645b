#!/usr/bin/env bash
# Asked for free-busy, the server lists objects and says no time.
source "$(dirname "${BASH_SOURCE[0]}")/support/common.sh"
source "$(dirname "${BASH_SOURCE[0]}")/support/servers.sh"

tested "Radicale 3.1.8: free-busy-query over a day with one meeting"
expected "200 with one VFREEBUSY, or a refusal with DAV:supported-report (RFC 4791, 7.10; RFC 3253, 3.6)"

start_radicale
seen "status of the PUT" 201 "$(event meeting DTSTART:20260601T100000Z DTEND:20260601T110000Z | put meeting.ics)"
seen "status of the PUT, a year before" 201 \
  "$(event past DTSTART:20250601T100000Z DTEND:20250601T110000Z | put past.ics)"
seen "status of the report" 207 "$(report "<C:free-busy-query $NAMESPACES>
  <C:time-range start='20260601T000000Z' end='20260602T000000Z'/></C:free-busy-query>")"
seen "lines with VFREEBUSY" 0 "$(grep -c VFREEBUSY "$work/answer" || true)"
seen "objects named, the range left aside" "meeting.ics past.ics" \
  "$(grep -oE '[a-z]+\.ics' "$work/answer" | sort | paste -sd ' ')"
conclude
