#!/usr/bin/env bash
# An extra date with an end of its own keeps the whole series out of the calendar.
source "$(dirname "${BASH_SOURCE[0]}")/support/common.sh"
source "$(dirname "${BASH_SOURCE[0]}")/support/servers.sh"

tested "Radicale 3.1.8: PUT of an event with RDATE;VALUE=PERIOD"
expected "stored: a period is one of the three value types of RDATE (RFC 5545, 3.8.5.2), as in the RFC's own example"

start_radicale
extra() {
  event "extra-$1" "DTSTART:20260701T100000Z" "DTEND:20260701T110000Z" "$2" | put "extra-$1.ics"
}
seen "RDATE as a date-time" 201 "$(extra moment RDATE:20260703T100000Z)"
seen "RDATE as a period with a duration" 400 "$(extra duration "RDATE;VALUE=PERIOD:20260703T100000Z/PT2H")"
seen "RDATE as a period with an end" 400 "$(extra end "RDATE;VALUE=PERIOD:20260703T100000Z/20260703T120000Z")"
seen "objects on 1 July" extra-moment.ics "$(found 20260701T000000Z 20260702T000000Z)"
conclude
