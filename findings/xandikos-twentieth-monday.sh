#!/usr/bin/env bash
# A rule that the standard gives as its example is lost when the object is stored.
source "$(dirname "${BASH_SOURCE[0]}")/support/common.sh"
source "$(dirname "${BASH_SOURCE[0]}")/support/servers.sh"

tested "Xandikos 0.2.8 with python-icalendar 4.0.3: a series on the 20th Monday of the year, and one on the 2nd"
expected "the object with its rule: BYDAY=20MO is an example of RFC 5545, 3.8.5.3"

start_xandikos
yearly() { event "$1" DTSTART:20260518T090000Z DTEND:20260518T100000Z "RRULE:FREQ=YEARLY;BYDAY=$1"; }
rule() { send GET "$calendar/$1" >/dev/null && grep -a '^RRULE' "$work/answer" | tr -d '\r'; }

seen "status of the PUT with BYDAY=2MO" 201 "$(yearly 2MO | put second.ics)"
seen "its rule as GET gives it" "RRULE:FREQ=YEARLY;BYDAY=2MO" "$(rule second.ics)"
seen "status of the PUT with BYDAY=20MO" 201 "$(yearly 20MO | put twentieth.ics)"
seen "its rule as GET gives it" "RRULE:None" "$(rule twentieth.ics)"
conclude
