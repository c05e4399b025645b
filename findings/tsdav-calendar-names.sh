#!/usr/bin/env bash
# A calendar called 2026.10 comes back as 2026.1, and one called true as a boolean.
source "$(dirname "${BASH_SOURCE[0]}")/support/common.sh"
source "$(dirname "${BASH_SOURCE[0]}")/support/servers.sh"

tested "tsdav 2.3.4 with Radicale 3.1.8: displayname of calendars, as fetchCalendars returns it"
expected "the text that the server keeps: displayname holds any text (RFC 4918, 15.2); tsdav's types say string"

start_radicale
npm_packages tsdav@2.3.4
cat >"$work/name.mjs" <<'JS'
import { createDAVClient } from "tsdav";

const [home, name] = process.argv.slice(2);
const login = { username: "agent", password: "none" };
const client = await createDAVClient({
  ...{ serverUrl: new URL("/", home).href, credentials: login, authMethod: "Basic", defaultAccountType: "caldav" },
});
const url = `${home}${encodeURIComponent(name)}/`;
await client.makeCalendar({ url, props: { "d:displayname": name } });
const calendar = (await client.fetchCalendars()).find((each) => each.url === url);
console.log(`${calendar.displayName} (${typeof calendar.displayName})`);
JS
name_of() { node "$work/name.mjs" "${calendar%calendar}" "$1"; }
stored_at_radicale() {
  send PROPFIND "${calendar%calendar}$1/" -H 'Depth: 0' -H 'Content-Type: application/xml' --data-binary \
    "<D:propfind xmlns:D='DAV:'><D:prop><D:displayname/></D:prop></D:propfind>" >/dev/null
  grep -oE '<displayname>[^<]*' "$work/answer" | cut -d '>' -f 2
}

seen "Work" "Work (string)" "$(name_of Work)"
seen "2026.10" "2026.1 (number)" "$(name_of 2026.10)"
seen "2026.10 as Radicale keeps it" "2026.10" "$(stored_at_radicale 2026.10)"
seen "1e3" "1000 (number)" "$(name_of 1e3)"
seen "true" "true (boolean)" "$(name_of true)"
conclude
