#!/usr/bin/env bash
# Monthly series lose the 31st, miss the last day and forget the hour.
source "$(dirname "${BASH_SOURCE[0]}")/support/common.sh"

tested "ts-ics 2.4.6: extendByRecurrenceRule for monthly rules, in UTC"
expected "a month without a 31st has no instance, -1 is the last day, BYSETPOS picks from the set, and what a rule
          doesn't say comes from DTSTART, the hour too (RFC 5545, 3.3.10)"

npm_packages ts-ics@2.4.6
cat >"$work/times.mjs" <<'JS'
import { convertIcsRecurrenceRule, extendByRecurrenceRule } from "ts-ics";

const [start, rule] = process.argv.slice(2);
const range = { start: new Date(start), end: new Date("2030-01-01T00:00:00Z") };
const times = extendByRecurrenceRule(convertIcsRecurrenceRule(undefined, { value: rule }), range);
console.log(times.slice(0, 3).map((time) => time.toISOString().slice(0, 16)).join(" "));
JS
times() { node "$work/times.mjs" "$@"; }

seen "monthly from 31 January: the 28th for good" "2026-01-31T09:00 2026-02-28T09:00 2026-03-28T09:00" \
  "$(times 2026-01-31T09:00:00Z 'FREQ=MONTHLY;COUNT=3')"
seen "the last day of each month: the day before it" "2026-02-27T09:00 2026-03-30T09:00 2026-04-29T09:00" \
  "$(times 2026-01-31T09:00:00Z 'FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3')"
seen "the second Tuesday at 9:00, from 13 January: midnight" "2026-02-10T00:00 2026-03-10T00:00 2026-04-14T00:00" \
  "$(times 2026-01-13T09:00:00Z 'FREQ=MONTHLY;BYDAY=2TU;COUNT=3')"
seen "the same by BYSETPOS: the third Tuesday at midnight" "2026-01-20T00:00 2026-02-17T00:00 2026-03-17T00:00" \
  "$(times 2026-01-13T09:00:00Z 'FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2;COUNT=3')"
conclude
