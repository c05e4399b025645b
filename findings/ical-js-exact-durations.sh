#!/usr/bin/env bash
# An appointment of two hours over the change of the clocks lasts one hour or three.
source "$(dirname "${BASH_SOURCE[0]}")/support/common.sh"

tested "ical.js 2.2.1: endDate of events with DURATION over the change of the clocks in New York"
expected "hours are exact, and only days and weeks go by the local clock (RFC 5545, 3.3.6)"

npm_packages ical.js@2.2.1
cat >"$work/minutes.mjs" <<'JS'
import ICAL from "ical.js";

const [start, duration] = process.argv.slice(2);
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
DURATION:${duration}
END:VEVENT
END:VCALENDAR`;
const calendar = new ICAL.Component(ICAL.parse(text.replaceAll("\n", "\r\n")));
const { startDate, endDate } = new ICAL.Event(calendar.getFirstSubcomponent("vevent"));
console.log((endDate.toJSDate() - startDate.toJSDate()) / 60_000);
JS
minutes() { node "$work/minutes.mjs" "$@"; }

seen "minutes of PT2H on an ordinary night" 120 "$(minutes 20260307T010000 PT2H)"
seen "minutes of PT2H from 1:00 on 8 March 2026" 60 "$(minutes 20260308T010000 PT2H)"
seen "minutes of PT2H from 0:30 on 1 November 2026" 180 "$(minutes 20261101T003000 PT2H)"
seen "minutes of PT24H from noon on 7 March 2026" 1380 "$(minutes 20260307T120000 PT24H)"
seen "minutes of P1D from noon on 7 March 2026, rightly" 1380 "$(minutes 20260307T120000 P1D)"
conclude
