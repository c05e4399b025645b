#!/usr/bin/env bash
# A refused PUT answers 207, which most clients read as stored.
source "$(dirname "${BASH_SOURCE[0]}")/support/common.sh"
source "$(dirname "${BASH_SOURCE[0]}")/support/servers.sh"

tested "Xandikos 0.2.8: PUT of a new object with a UID that another object of the calendar has"
expected "a status of 4xx: the precondition no-uid-conflict (RFC 4791, 5.3.2.1) has failed (RFC 4918, 16)"

start_xandikos
meeting() { event one-uid DTSTART:20260601T100000Z DTEND:20260601T110000Z; }

seen "status of the first PUT" 201 "$(meeting | put first.ics)"
seen "status of the second PUT, under another name" 207 "$(meeting | put second.ics)"
seen "status inside the answer" "HTTP/1.1 412 Precondition Failed" "$(grep -oE 'HTTP/1.1 [0-9]+ [A-Za-z ]+' "$work/answer")"
seen "status of GET of the second" 404 "$(send GET "$calendar/second.ics")"
conclude
