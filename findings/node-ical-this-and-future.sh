#!/usr/bin/env bash
# One weekly lesson and all that follow are moved to the afternoon. The reader moves one.
source "$(dirname "${BASH_SOURCE[0]}")/support/common.sh"

tested "node-ical 0.27.2 and ical.js 2.2.1: four weekly lessons at 10:00, from the second one on at 14:00"
expected "RANGE=THISANDFUTURE changes the named instance and all after it (RFC 5545, 3.2.13)"

npm_packages node-ical@0.27.2 ical.js@2.2.1
cat >"$work/hours.mjs" <<'JS'
import ICAL from "ical.js";
import ical from "node-ical";

const text = `BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//findings//EN
BEGIN:VEVENT
UID:one
DTSTAMP:20260101T000000Z
DTSTART:20260302T100000Z
DTEND:20260302T110000Z
RRULE:FREQ=WEEKLY;COUNT=4
END:VEVENT
BEGIN:VEVENT
UID:one
DTSTAMP:20260101T000000Z
RECURRENCE-ID;RANGE=THISANDFUTURE:20260309T100000Z
DTSTART:20260309T140000Z
DTEND:20260309T150000Z
END:VEVENT
END:VCALENDAR`.replaceAll("\n", "\r\n");

function byNodeIcal() {
  const range = { from: new Date("2026-03-01T00:00:00Z"), to: new Date("2026-04-01T00:00:00Z") };
  return ical.expandRecurringEvent(ical.sync.parseICS(text).one, range).map(({ start }) => start.toISOString());
}

function byIcalJs() {
  const [master, ...exceptions] = new ICAL.Component(ICAL.parse(text)).getAllSubcomponents("vevent");
  const event = new ICAL.Event(master, { exceptions });
  const iterator = event.iterator();
  const starts = [];
  for (let next = iterator.next(); next; next = iterator.next()) {
    starts.push(event.getOccurrenceDetails(next).startDate.toJSDate().toISOString());
  }
  return starts;
}

const readers = { "node-ical": byNodeIcal, "ical.js": byIcalJs };
console.log(readers[process.argv[2]]().map((start) => start.slice(5, 16)).join(" "));
JS

seen "ical.js" "03-02T10:00 03-09T14:00 03-16T14:00 03-23T14:00" "$(node "$work/hours.mjs" ical.js)"
seen "node-ical" "03-02T10:00 03-09T14:00 03-16T10:00 03-23T10:00" "$(node "$work/hours.mjs" node-ical)"
conclude
