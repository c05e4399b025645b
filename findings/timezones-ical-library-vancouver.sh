#!/usr/bin/env bash
# A law of March 2026 is written back to 1970, and every earlier winter moves by an hour.
source "$(dirname "${BASH_SOURCE[0]}")/support/common.sh"

tested "timezones-ical-library 2.3.2: its VTIMEZONE of Vancouver, as ical.js 2.2.1 reads it"
expected "a VTIMEZONE right for the times that refer to it (RFC 5545, 3.6.5): Vancouver was at -08 until 8 March 2026,
          so that 9:00 on 16 February 2026 is 17:00Z; from then on it is at -07 for good (tz database, NEWS of 2026b)"

npm_packages timezones-ical-library@2.3.2 ical.js@2.2.1
cat >"$work/instant.mjs" <<'JS'
import ICAL from "ical.js";
import { tzlib_get_ical_block } from "timezones-ical-library";

const [zone, start] = process.argv.slice(2);
const text = `BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//findings//EN
${tzlib_get_ical_block(zone)[0]}
BEGIN:VEVENT
UID:one
DTSTAMP:20260101T000000Z
DTSTART;TZID=${zone}:${start}
END:VEVENT
END:VCALENDAR`;
const calendar = new ICAL.Component(ICAL.parse(text.replace(/\r?\n/g, "\r\n")));
console.log(new ICAL.Event(calendar.getFirstSubcomponent("vevent")).startDate.toJSDate().toISOString().slice(0, 16));
JS
instant() { node "$work/instant.mjs" "$@"; }

seen "9:00 in Vancouver on 16 February 2027, rightly" 2027-02-16T16:00 "$(instant America/Vancouver 20270216T090000)"
seen "9:00 in Vancouver on 16 February 2026" 2026-02-16T16:00 "$(instant America/Vancouver 20260216T090000)"
seen "9:00 in Vancouver on 16 February 2016" 2016-02-16T16:00 "$(instant America/Vancouver 20160216T090000)"
seen "9:00 in Los Angeles on 16 February 2026, rightly" 2026-02-16T17:00 "$(instant America/Los_Angeles 20260216T090000)"
conclude
