#!/usr/bin/env bash
# Two servers change a stored length into another one.
source "$(dirname "${BASH_SOURCE[0]}")/support/common.sh"
source "$(dirname "${BASH_SOURCE[0]}")/support/servers.sh"

tested "Radicale 3.1.8 (vobject 0.9.6.1) and Xandikos 0.2.8 (icalendar 4.0.3): a night shift of DURATION:PT25H"
expected "PT25H: a day isn't 24 hours where the clocks change between (RFC 5545, 3.3.6), and P1DT1H ends an hour off"

# In New York the clocks go forward in the night to 14 March 2027. The shift ends at 12:00 local time on that day.
shift_over_night() {
  printf '%s\n' BEGIN:VCALENDAR VERSION:2.0 "PRODID:-//findings//EN" BEGIN:VTIMEZONE TZID:America/New_York \
    BEGIN:DAYLIGHT DTSTART:20070311T020000 "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU" TZOFFSETFROM:-0500 \
    TZOFFSETTO:-0400 END:DAYLIGHT BEGIN:STANDARD DTSTART:20071104T020000 "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU" \
    TZOFFSETFROM:-0400 TZOFFSETTO:-0500 END:STANDARD END:VTIMEZONE BEGIN:VEVENT UID:shift DTSTAMP:20260101T000000Z \
    "DTSTART;TZID=America/New_York:20270313T100000" DURATION:PT25H SUMMARY:Shift END:VEVENT END:VCALENDAR |
    sed 's/$/\r/'
}
length() { send GET "$calendar/shift.ics" >/dev/null && grep -a '^DURATION' "$work/answer" | tr -d '\r'; }

start_radicale
seen "status of the PUT at Radicale" 201 "$(shift_over_night | put shift.ics)"
seen "its length as GET gives it" "DURATION:P1DT1H" "$(length)"
start_xandikos
seen "status of the PUT at Xandikos" 201 "$(shift_over_night | put shift.ics)"
seen "its length as GET gives it" "DURATION:P1DT1H" "$(length)"
conclude
