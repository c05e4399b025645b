#!/usr/bin/env bash
# India loses half an hour, and Dublin gets India's clock because both say IST.
source "$(dirname "${BASH_SOURCE[0]}")/support/common.sh"

tested "vobject 0.9.6.1 with dateutil 2.8.2: the VTIMEZONE that it writes for an event at 10:00 on 1 July 2026"
expected "offsets with their minutes (RFC 5545, 3.3.14: +0530), and for each event a zone that is right at its time
          (RFC 5545, 3.6.5): Dublin is at +0100 in July"

debian_packages python3-vobject=0.9.6.1-2 python3-dateutil=2.8.2-2 python3-six=1.16.0-4
cat >"$work/zones.py" <<'PYTHON'
import datetime, sys, dateutil.tz, vobject

for name in sys.argv[1:]:
    calendar = vobject.iCalendar()
    event = calendar.add("vevent")
    event.add("uid").value = name
    event.add("dtstart").value = datetime.datetime(2026, 7, 1, 10, tzinfo=dateutil.tz.gettz(name))
    lines = calendar.serialize().splitlines()
    print(next(line[5:] for line in lines if line.startswith("TZID:")), end=" ")
    print("/".join(sorted({line[11:] for line in lines if line.startswith("TZOFFSETTO:")})))
PYTHON
# The zone of the last place, after the ones before it were written by the same process.
zone() { debian_python "$work/zones.py" "$@" | tail -n 1; }

seen "Kolkata, +0530" "IST +0500" "$(zone Asia/Kolkata)"
seen "Kathmandu, +0545" "+0545 +0500" "$(zone Asia/Kathmandu)"
seen "Adelaide, +0930 and +1030" "ACST +0900/+1000" "$(zone Australia/Adelaide)"
seen "Dublin alone" "IST +0000/+0100" "$(zone Europe/Dublin)"
seen "Dublin after Kolkata" "IST +0500" "$(zone Asia/Kolkata Europe/Dublin)"
seen "Shanghai after Chicago" "CST -0500/-0600" "$(zone America/Chicago Asia/Shanghai)"
conclude
