#!/usr/bin/env bash
# Both local times with which the RFC explains the change of the clocks come out an hour off.
source "$(dirname "${BASH_SOURCE[0]}")/support/common.sh"

tested "ical.js 2.2.1: the two times of RFC 5545's explanation, with New York's VTIMEZONE, and an hourly series"
expected "a repeated time is the first of the two, a skipped one keeps the offset before the gap (RFC 5545, 3.3.5):
          4 November 2007 1:30 is EDT, 05:30Z; 11 March 2007 2:30 is 3:30 EDT, 07:30Z"

npm_packages ical.js@2.2.1
cat >"$work/instants.mjs" <<'JS'
import ICAL from "ical.js";

const [start, rule] = process.argv.slice(2);
const text = `BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//findings//EN
BEGIN:VTIMEZONE
TZID:America/New_York
BEGIN:DAYLIGHT
DTSTART:20070311T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:20071104T020000
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:one
DTSTAMP:20070101T000000Z
DTSTART;TZID=America/New_York:${start}
RRULE:${rule}
END:VEVENT
END:VCALENDAR`;
const calendar = new ICAL.Component(ICAL.parse(text.replaceAll("\n", "\r\n")));
const iterator = new ICAL.Event(calendar.getFirstSubcomponent("vevent")).iterator();
const instants = [];
for (let time = iterator.next(); time; time = iterator.next()) instants.push(time.toJSDate().toISOString().slice(11, 16));
console.log(instants.join(" "));
JS
instants() { node "$work/instants.mjs" "$@"; }

seen "20071104T013000, repeated" 06:30 "$(instants 20071104T013000 'FREQ=DAILY;COUNT=1')"
seen "20070311T023000, skipped" 06:30 "$(instants 20070311T023000 'FREQ=DAILY;COUNT=1')"
seen "every hour from midnight of 1 November 2026, five times: two hours apart at the start" \
  "04:00 06:00 07:00 08:00 09:00" "$(instants 20261101T000000 'FREQ=HOURLY;COUNT=5')"
conclude
