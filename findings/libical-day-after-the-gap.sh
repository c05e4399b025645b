#!/usr/bin/env bash
# The day after the clocks go forward, a nightly series is an hour late once more.
source "$(dirname "${BASH_SOURCE[0]}")/support/common.sh"

tested "libical 3.0.16: daily at 2:30 in New York, over 14 March 2027, where 2:30 doesn't exist"
expected "the 14th at 07:30Z or not at all (RFC 5545, 3.3.5 or 3.3.10), and 2:30 again on the 15th, 06:30Z"

debian_packages libical3=3.0.16-1+b1 libicu72=72.1-3+deb12u1
cat >"$work/instances.py" <<'PYTHON'
import ctypes, datetime, sys

libical = ctypes.CDLL("libical.so.3")

class Time(ctypes.Structure):
    _fields_ = [(n, ctypes.c_int) for n in ("year", "month", "day", "hour", "minute", "second", "date", "daylight")]
    _fields_ += [("zone", ctypes.c_void_p)]

class Span(ctypes.Structure):
    _fields_ = [("start", ctypes.c_int64), ("end", ctypes.c_int64), ("busy", ctypes.c_int)]

Visit = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(Span), ctypes.c_void_p)
libical.icaltime_from_string.restype = Time
libical.icalcomponent_new_from_string.restype = ctypes.c_void_p
libical.icalcomponent_get_first_real_component.restype = ctypes.c_void_p
libical.icalcomponent_get_first_real_component.argtypes = [ctypes.c_void_p]
libical.icalcomponent_foreach_recurrence.argtypes = [ctypes.c_void_p, Time, Time, Visit, ctypes.c_void_p]

text = f"""BEGIN:VCALENDAR
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
DTSTAMP:20260101T000000Z
DTSTART;TZID=America/New_York:{sys.argv[1]}
DURATION:PT30M
RRULE:FREQ=DAILY;COUNT=4
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")
event = libical.icalcomponent_get_first_real_component(libical.icalcomponent_new_from_string(text.encode()))
seen = []
visit = Visit(lambda _, span, __: seen.append(datetime.datetime.utcfromtimestamp(span[0].start).strftime("%d-%H:%M")))
window = [libical.icaltime_from_string(time) for time in (b"20270101T000000Z", b"20280101T000000Z")]
libical.icalcomponent_foreach_recurrence(event, *window, visit, None)
print(" ".join(seen))
PYTHON
instances() { LD_LIBRARY_PATH="$work/debian/usr/lib/x86_64-linux-gnu" debian_python "$work/instances.py" "$1"; }

seen "daily at 3:30, days and times in UTC" "13-08:30 14-07:30 15-07:30 16-07:30" "$(instances 20270313T033000)"
seen "daily at 2:30, days and times in UTC" "13-07:30 14-07:30 15-07:30 16-06:30" "$(instances 20270313T023000)"
conclude
