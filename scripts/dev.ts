// `npm run dev`: all parts on this machine, left running, with what is needed to try them by hand.
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { googleControl } from "./demo/google.ts";
import { API, startStack } from "./local/stack.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const AGENT = "agent-ada";
const EMAIL = "ada@example.com";

const logFile = join(await mkdtemp(join(tmpdir(), "calendar-sync-log-")), "worker.log");
const stack = await startStack({ watch: true, logFile, settings: { DEBUG_CALENDAR_SYNC: "true" } });
const { worker, google } = stack;
const now = Date.now();
/** A day with nothing in it but what you put there. */
const day = new Date(now + 3 * DAY_MS).toISOString().slice(0, 10);

const person = googleControl(google.url, EMAIL);
await person.addUser({ email: EMAIL, timeZone: "Europe/Berlin", name: "Ada Lovelace" });
await person.generate({
  count: 200,
  from: now,
  to: now + 60 * DAY_MS,
  timeZone: "Europe/Berlin",
  keepFree: [{ start: Date.parse(day) - DAY_MS, end: Date.parse(day) + 2 * DAY_MS }],
});

const agentToken = await stack.agentToken(AGENT);
const api = worker.url + API;
const events = `${google.url}/_control/calendars/${encodeURIComponent(EMAIL)}/events`;

const consentLines = `URL=$(curl -s -c /tmp/consent.jar "$API/google/auth?agentId=${AGENT}" -H "Authorization: Bearer $TOKEN" -H 'Accept: application/json' | sed 's/.*"authorizationUrl":"\\([^"]*\\)".*/\\1/')
BACK=$(curl -s -o /dev/null -w '%{redirect_url}' "$URL" -d user=${EMAIL} -d decision=allow \\
  -d scope=https://www.googleapis.com/auth/calendar.events \\
  -d scope=https://www.googleapis.com/auth/calendar.calendarlist.readonly)
curl -s -b /tmp/consent.jar "$BACK" -H 'Accept: application/json'`;

console.log(`
Worker           ${worker.url}
  API document   ${api}/docs
  connect page   ${api}/connect?token=${agentToken}
  log            ${logFile}
Simulated Google ${google.url}   sign in as ${EMAIL}; control under ${google.url}/_control/state
Database         ${stack.database.url}

A token that reaches every agent, two addresses and an empty day, for these lines and those of the README:

export TOKEN='${stack.serviceToken}'
export API='${api}'
export GOOGLE_EVENTS='${events}'
export DAY='${day}'

Connect Google: open the connect page in a browser, or let these lines do what the browser would:

${consentLines}

Then:

curl -s "$API/connections?agentId=${AGENT}" -H "Authorization: Bearer $TOKEN"

curl -s "$API/availability" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"agentId":"${AGENT}","date":"${day}","startTime":"10:00","endTime":"10:30","timeZone":"Europe/Berlin"}'

curl -s "$API/events" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"agentId":"${AGENT}","bookingId":"booking-1","title":"Consultation","clientName":"Grace Hopper","start":"${day}T18:00:00Z","end":"${day}T18:30:00Z"}'

The agent adds an event in Google; the answer about availability follows within a second:

curl -s "$GOOGLE_EVENTS" -H 'Content-Type: application/json' \\
  -d '{"summary":"Dentist","start":{"dateTime":"${day}T10:00:00","timeZone":"Europe/Berlin"},"end":{"dateTime":"${day}T11:00:00","timeZone":"Europe/Berlin"}}'

The minute cron is fired every minute. Ctrl-C ends everything.
`);

// wrangler dev never fires crons by itself.
setInterval(() => {
  worker.cron("* * * * *").catch((error: unknown) => console.error("The cron failed:", String(error)));
}, MINUTE_MS);
