#!/usr/bin/env bash
# Two yearly examples of the RFC become weekly series, and a leap day is kept on 1 March.
source "$(dirname "${BASH_SOURCE[0]}")/support/common.sh"

tested "ical.js 2.2.1: yearly rules"
expected "one instance a year for the RFC's examples (RFC 5545, 3.8.5.3): 12 May 1997, 11 May 1998, 17 May 1999 and
          19 May 1997, 18 May 1998, 17 May 1999; 29 February only where there is one (RFC 5545, 3.3.10)"

npm_packages ical.js@2.2.1
cat >"$work/days.mjs" <<'JS'
import ICAL from "ical.js";

const [start, rule] = process.argv.slice(2);
const iterator = ICAL.Recur.fromString(rule).iterator(ICAL.Time.fromString(start));
console.log([0, 1, 2].map(() => iterator.next().toString().slice(0, 10)).join(" "));
JS
days() { node "$work/days.mjs" "$@"; }

seen "Monday of week 20: a week late, then weekly" "1997-05-19 1997-05-26 1997-06-02" \
  "$(days 1997-05-12T09:00:00 'FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO')"
seen "the 20th Monday: weekly" "1997-05-19 1997-05-26 1997-06-02" \
  "$(days 1997-05-19T09:00:00 'FREQ=YEARLY;BYDAY=20MO')"
seen "yearly from 29 February 2024" "2024-02-29 2025-03-01 2026-03-01" \
  "$(days 2024-02-29T09:00:00 'FREQ=YEARLY')"
seen "the same with its parts written out, rightly" "2024-02-29 2028-02-29 2032-02-29" \
  "$(days 2024-02-29T09:00:00 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29')"
conclude
