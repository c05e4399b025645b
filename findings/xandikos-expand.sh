#!/usr/bin/env bash
# An expanded series comes without zones, and doesn't follow the change of the clocks.
source "$(dirname "${BASH_SOURCE[0]}")/support/common.sh"
source "$(dirname "${BASH_SOURCE[0]}")/support/servers.sh"

tested "Xandikos 0.2.8: expand of a series at 10:00 in New York, over the change of the clocks on 14 March 2027"
expected "every instance as a UTC time, with Z (RFC 4791, 9.6.5): 15:00Z on 13 March, 14:00Z from the 14th on"

start_xandikos
new_york() {
  printf '%s\n' BEGIN:VCALENDAR VERSION:2.0 "PRODID:-//findings//EN" BEGIN:VTIMEZONE TZID:America/New_York \
    BEGIN:DAYLIGHT DTSTART:20070311T020000 "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU" TZOFFSETFROM:-0500 \
    TZOFFSETTO:-0400 END:DAYLIGHT BEGIN:STANDARD DTSTART:20071104T020000 "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU" \
    TZOFFSETFROM:-0400 TZOFFSETTO:-0500 END:STANDARD END:VTIMEZONE BEGIN:VEVENT UID:daily DTSTAMP:20260101T000000Z \
    "DTSTART;TZID=America/New_York:20270313T100000" DURATION:PT1H "RRULE:FREQ=DAILY;COUNT=3" END:VEVENT END:VCALENDAR |
    sed 's/$/\r/'
}

seen "status of the PUT" 201 "$(new_york | put daily.ics)"
query 20270313T000000Z 20270316T000000Z \
  "<C:calendar-data><C:expand start='20270313T000000Z' end='20270316T000000Z'/></C:calendar-data>" >/dev/null
instances=$(grep -a '^DTSTART' "$work/answer" | tr -d '\r')
seen "the first instance, without Z" DTSTART:20270313T150000 "$(sed -n 1p <<<"$instances")"
seen "the second, after the change" DTSTART:20270314T150000 "$(sed -n 2p <<<"$instances")"
seen "the third" DTSTART:20270315T150000 "$(sed -n 3p <<<"$instances")"
conclude
