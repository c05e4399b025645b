#!/usr/bin/env bash
# Ten o'clock in Kolkata is stored as IST without a definition, and both servers take it for UTC.
source "$(dirname "${BASH_SOURCE[0]}")/support/common.sh"
source "$(dirname "${BASH_SOURCE[0]}")/support/servers.sh"

tested "icalendar 4.0.3: an event at 10:00 in Asia/Kolkata (zoneinfo), put on Radicale 3.1.8 and Xandikos 0.2.8"
expected "a TZID that the object defines (RFC 5545, 3.2.19), found at 04:30Z; or a refusal, as an undefined TZID isn't
          valid data (RFC 4791, 4.1 and 5.3.2.1: valid-calendar-data)"

debian_packages python3-icalendar=4.0.3-5 $PYTHON_CALENDARS
cat >"$work/write.py" <<'PYTHON'
import datetime, icalendar, sys, zoneinfo

event = icalendar.Event()
event.add("uid", "kolkata")
event.add("dtstamp", datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc))
event.add("dtstart", datetime.datetime(2026, 6, 1, 10, tzinfo=zoneinfo.ZoneInfo("Asia/Kolkata")))
event.add("duration", datetime.timedelta(hours=1))
calendar = icalendar.Calendar()
calendar.add("version", "2.0")
calendar.add("prodid", "-//findings//EN")
calendar.add_component(event)
sys.stdout.buffer.write(calendar.to_ical())
PYTHON
debian_python "$work/write.py" >"$work/kolkata.ics"

seen "the start" "DTSTART;TZID=IST;VALUE=DATE-TIME:20260601T100000" "$(grep DTSTART "$work/kolkata.ics" | tr -d '\r')"
seen "definitions of a zone" 0 "$(grep -c VTIMEZONE "$work/kolkata.ics" || true)"
for server in radicale xandikos; do
  "start_$server"
  seen "$server, status of the PUT" 201 "$(put kolkata.ics <"$work/kolkata.ics")"
  seen "$server, objects at 04:30Z, 10:00 in Kolkata" nothing "$(found 20260601T043000Z 20260601T050000Z)"
  seen "$server, objects at 10:00Z, 15:30 in Kolkata" kolkata.ics "$(found 20260601T100000Z 20260601T103000Z)"
done
conclude
