#!/usr/bin/env bash
# Signed out, slowed down or under maintenance, a person has no calendars.
source "$(dirname "${BASH_SOURCE[0]}")/support/common.sh"

tested "tsdav 2.3.4: fetchCalendars against a server that answers one status to everything"
expected "an error: 401, 429 and 503 say that the request wasn't served (RFC 9110, 15.5.2 and 15.6.4; RFC 6585, 4)"

npm_packages tsdav@2.3.4
cat >"$work/list.mjs" <<'JS'
import { createServer } from "node:http";
import { fetchCalendarObjects, fetchCalendars } from "tsdav";

const [call, status] = process.argv.slice(2);
const server = createServer((_, answer) => answer.writeHead(Number(status)).end("refused"));
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${server.address().port}/`;
const account = { accountType: "caldav", serverUrl: url, rootUrl: url, principalUrl: url, homeUrl: url };
const answer = call === "calendars" ? fetchCalendars({ account }) : fetchCalendarObjects({ calendar: { url } });
console.log(await answer.then((list) => `${list.length} found`, () => "an error"));
server.close();
server.closeAllConnections();
JS

for status in 401 403 429 500 503; do
  seen "$status, calendars" "0 found" "$(node "$work/list.mjs" calendars "$status")"
  seen "$status, objects of a calendar" "an error" "$(node "$work/list.mjs" objects "$status")"
done
conclude
