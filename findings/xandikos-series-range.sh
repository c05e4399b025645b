#!/usr/bin/env bash
# A weekly meeting is found in its first week only, and is free time in every other.
source "$(dirname "${BASH_SOURCE[0]}")/support/common.sh"
source "$(dirname "${BASH_SOURCE[0]}")/support/servers.sh"

tested "Xandikos 0.2.8: a series of three weeks, asked for by range and as free-busy"
expected "a series matches a range if any of its instances does (RFC 4791, 7.4), and free-busy holds each (7.10)"

start_xandikos
free_busy() {
  report "<C:free-busy-query $NAMESPACES><C:time-range start='$1' end='$2'/></C:free-busy-query>" >/dev/null
  grep -a '^FREEBUSY' "$work/answer" | grep -oE '[0-9]{8}T[0-9]{6}Z/[0-9TZ]+' || echo nothing
}

seen "status of the PUT" 201 \
  "$(event weekly DTSTART:20260601T100000Z DTEND:20260601T110000Z "RRULE:FREQ=WEEKLY;COUNT=3" | put weekly.ics)"
seen "objects on 1 June, the first meeting" weekly.ics "$(found 20260601T000000Z 20260602T000000Z)"
seen "objects on 8 June, the second meeting" nothing "$(found 20260608T000000Z 20260609T000000Z)"
seen "busy on 1 June" 20260601T100000Z/20260601T110000Z "$(free_busy 20260601T000000Z 20260602T000000Z)"
seen "busy on 8 June" nothing "$(free_busy 20260608T000000Z 20260609T000000Z)"
conclude
