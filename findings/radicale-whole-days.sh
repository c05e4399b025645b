#!/usr/bin/env bash
# Three days away, written as a duration, are over after the first instant.
source "$(dirname "${BASH_SOURCE[0]}")/support/common.sh"
source "$(dirname "${BASH_SOURCE[0]}")/support/servers.sh"

tested "Radicale 3.1.8: ranges on an absence of three days, once with DURATION and once with DTEND"
expected "both are found on every day of the three (RFC 4791, 9.9: DTSTART plus DURATION)"

start_radicale
seen "PUT with DURATION" 201 "$(event duration "DTSTART;VALUE=DATE:20260610" DURATION:P3D | put duration.ics)"
seen "PUT with DTEND" 201 "$(event end "DTSTART;VALUE=DATE:20260610" "DTEND;VALUE=DATE:20260613" | put end.ics)"
seen "PUT of two days from noon" 201 "$(event noon DTSTART:20260610T120000Z DURATION:P2D | put noon.ics)"
seen "objects on 10 June" "duration.ics end.ics noon.ics" "$(found 20260610T000000Z 20260611T000000Z)"
seen "objects on 11 June" end.ics "$(found 20260611T000000Z 20260612T000000Z)"
seen "objects on 10 June at 15:00" "end.ics" "$(found 20260610T150000Z 20260610T160000Z)"
conclude
