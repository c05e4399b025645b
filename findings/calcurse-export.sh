#!/usr/bin/env bash
# What calcurse took in at a fixed instant it gives out for any zone, without the names that servers ask for.
source "$(dirname "${BASH_SOURCE[0]}")/support/common.sh"
source "$(dirname "${BASH_SOURCE[0]}")/support/servers.sh"

tested "calcurse 4.7.1: import and export of a meeting in UTC and two days away, then PUT on Radicale 3.1.8"
expected "UID and DTSTAMP in every event (RFC 5545, 3.6.1), the same instant, and one event of two days"

debian_packages calcurse=4.7.1-1 libncursesw6=6.4-4 libtinfo6=6.4-4
mkdir "$work/data"
calcurse() {
  TZ=America/New_York LD_LIBRARY_PATH="$work/debian/lib/x86_64-linux-gnu:$work/debian/usr/lib/x86_64-linux-gnu" \
    timeout 20 "$work/debian/usr/bin/calcurse" -q -D "$work/data" -C "$work/data" "$@" </dev/null
}

event meeting DTSTART:20260601T100000Z DTEND:20260601T110000Z SUMMARY:meeting >"$work/meeting.ics"
event away "DTSTART;VALUE=DATE:20260610" "DTEND;VALUE=DATE:20260612" SUMMARY:away >"$work/away.ics"
calcurse -i "$work/meeting.ics" >/dev/null
calcurse -x >"$work/meeting-out.ics"
calcurse -i "$work/away.ics" >/dev/null
calcurse -x >"$work/both-out.ics"

seen "the meeting, 10:00Z" DTSTART:20260601T060000 "$(grep DTSTART "$work/meeting-out.ics" | tr -d '\r')"
seen "two days away" "DTSTART;VALUE=DATE:20260610 RRULE:FREQ=DAILY;UNTIL=20260611" \
  "$(grep -A 1 'VALUE=DATE' "$work/both-out.ics" | tr -d '\r' | paste -sd ' ')"
seen "lines with UID or DTSTAMP" 0 "$(grep -cE '^(UID|DTSTAMP)' "$work/both-out.ics" || true)"
start_radicale
seen "Radicale, PUT of the meeting as it went in" 201 "$(put before.ics <"$work/meeting.ics")"
seen "Radicale, PUT of the meeting as it came out" 400 "$(put after.ics <"$work/meeting-out.ics")"
conclude
