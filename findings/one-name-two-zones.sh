#!/usr/bin/env bash
# Two objects define a zone of the same name. The second is read by the first one's clock.
source "$(dirname "${BASH_SOURCE[0]}")/support/common.sh"
source "$(dirname "${BASH_SOURCE[0]}")/support/servers.sh"

tested "Radicale 3.1.8 (vobject 0.9.6.1) and Xandikos 0.2.8 (icalendar 4.0.3): a VTIMEZONE of one name in two objects"
expected "a TZID without a leading slash names the VTIMEZONE of its own object (RFC 5545, 3.2.19)"

# office OFFSET: 10:00 on 1 June 2026 in a zone called Office.
office() {
  printf '%s\n' BEGIN:VCALENDAR VERSION:2.0 "PRODID:-//findings//EN" BEGIN:VTIMEZONE TZID:Office BEGIN:STANDARD \
    DTSTART:19700101T000000 "TZOFFSETFROM:$1" "TZOFFSETTO:$1" END:STANDARD END:VTIMEZONE BEGIN:VEVENT "UID:office$1" \
    DTSTAMP:20260101T000000Z "DTSTART;TZID=Office:20260601T100000" DURATION:PT1H END:VEVENT END:VCALENDAR | sed 's/$/\r/'
}

for server in radicale xandikos; do
  "start_$server"
  seen "$server, PUT at +0530" 201 "$(office +0530 | put india.ics)"
  seen "$server, objects at 04:30Z, which is 10:00 at +0530" india.ics "$(found 20260601T043000Z 20260601T050000Z)"
  seen "$server, PUT at +0900" 201 "$(office +0900 | put japan.ics)"
  seen "$server, objects at 01:00Z, which is 10:00 at +0900" nothing "$(found 20260601T010000Z 20260601T013000Z)"
  seen "$server, objects at 04:30Z" "india.ics japan.ics" "$(found 20260601T043000Z 20260601T050000Z)"
done
conclude
