#!/usr/bin/env bash
# Eight days away, written as a week and a day, are stored as no time at all.
source "$(dirname "${BASH_SOURCE[0]}")/support/common.sh"
source "$(dirname "${BASH_SOURCE[0]}")/support/servers.sh"

tested "ics 3.12.0: an all-day event of a week and a day, put on Xandikos 0.2.8"
expected "a duration of weeks alone or of days, and no T without a time after it (RFC 5545, 3.3.6): P8D"

npm_packages ics@3.12.0
cat >"$work/write.mjs" <<'JS'
import { createEvent } from "ics";

const [days] = process.argv.slice(2);
const duration = days === "8" ? { days: 8 } : { weeks: 1, days: 1 };
process.stdout.write(createEvent({ uid: days, title: "Away", start: [2026, 6, 1], duration }).value);
JS
node "$work/write.mjs" "1 week, 1 day" >"$work/week.ics"
node "$work/write.mjs" 8 >"$work/days.ics"

seen "a week and a day" DURATION:P1W1DT "$(grep DURATION "$work/week.ics" | tr -d '\r')"
seen "eight days" DURATION:P8DT "$(grep DURATION "$work/days.ics" | tr -d '\r')"
start_xandikos
seen "PUT of a week and a day" 201 "$(put week.ics <"$work/week.ics")"
seen "PUT of eight days" 201 "$(put days.ics <"$work/days.ics")"
seen "objects on the first day" "days.ics week.ics" "$(found 20260601T000000Z 20260602T000000Z)"
seen "objects on the second day" "days.ics" "$(found 20260602T000000Z 20260603T000000Z)"
conclude
