// `npm run dev`: starts all parts on this machine, and prints commands to try them by hand.
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { googleControl } from "./demo/google.ts";
import { addAppleCalendar, makeAppPassword } from "./demo/icloud.ts";
import { addMailbox } from "./demo/microsoft.ts";
import { connectLink } from "./local/client.ts";
import { API, startStack } from "./local/stack.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const AGENT = "agent-ada";
const NAME = "Ada Lovelace";
const EMAIL = "ada@example.com";
const WORK_EMAIL = "ada@contoso.example";
const HOME_EMAIL = "ada@outlook.example";
const ICLOUD_EMAIL = "ada@icloud.example";
const TIME_ZONE = "Europe/Berlin";

const logFile = join(await mkdtemp(join(tmpdir(), "calendar-sync-log-")), "worker.log");
const stack = await startStack({ watch: true, logFile, settings: { DEBUG_CALENDAR_SYNC: "true" } });
const { worker, google, microsoft, icloud } = stack;
const now = Date.now();
/** A day without generated events. */
const day = new Date(now + 3 * DAY_MS).toISOString().slice(0, 10);

const person = googleControl(google.url, EMAIL);
await person.addUser({ email: EMAIL, timeZone: TIME_ZONE, name: NAME });
const mailboxOf = { timeZone: TIME_ZONE, name: NAME };
const work = await addMailbox(microsoft.url, { email: WORK_EMAIL, kind: "work", ...mailboxOf });
const home = await addMailbox(microsoft.url, { email: HOME_EMAIL, kind: "personal", ...mailboxOf });
const apple = await addAppleCalendar(icloud.url, {
  ...{ email: ICLOUD_EMAIL, password: makeAppPassword(), timeZone: TIME_ZONE },
});
for (const [calendar, count] of [
  [person, 200],
  [work, 100],
  [home, 20],
] as const) {
  await calendar.generate({
    count,
    from: now,
    to: now + 60 * DAY_MS,
    timeZone: TIME_ZONE,
    keepFree: [{ start: Date.parse(day) - DAY_MS, end: Date.parse(day) + 2 * DAY_MS }],
  });
}

const api = worker.url + API;
const page = await connectLink({
  ...{ apiUrl: api, token: stack.serviceToken, agentId: AGENT },
  ...{ minutes: 1_440, singleUse: false },
});
const events = `${google.url}/_control/calendars/${encodeURIComponent(EMAIL)}/events`;

/** The steps of a browser as curl lines: start, agree on the provider's page, come back. */
const consentLines = (provider: string, form: readonly string[]) => {
  const agreed = [...form, "decision=allow"].map((field) => ` \\\n  -d ${field}`).join("");
  return `URL=$(curl -s -c /tmp/consent.jar "$API/${provider}/auth?agentId=${AGENT}" -H "Authorization: Bearer $TOKEN" -H 'Accept: application/json' | sed 's/.*"authorizationUrl":"\\([^"]*\\)".*/\\1/')
BACK=$(curl -s -o /dev/null -w '%{redirect_url}' "$URL"${agreed})
curl -s -b /tmp/consent.jar "$BACK" -H 'Accept: application/json'`;
};
const googleScopes = ["calendar.events", "calendar.calendarlist.readonly"].map(
  (scope) => `scope=https://www.googleapis.com/auth/${scope}`,
);

console.log(`
Worker           ${worker.url}
  API document   ${api}/docs
  connect page   ${page}   (for a day)
  log            ${logFile}
Simulated Google ${google.url}   sign in as ${EMAIL}; control under ${google.url}/_control/state
Simulated Microsoft ${microsoft.url}   control under ${microsoft.url}/_control/state
  Office 365     sign in as ${WORK_EMAIL}
  Outlook.com    sign in as ${HOME_EMAIL}
Simulated iCloud ${icloud.url}   control under ${icloud.url}/_control/state
  Apple          user ${ICLOUD_EMAIL}, app-specific password ${apple.password}
Database         ${stack.database.url}

A token that reaches every agent, three addresses and an empty day, for these lines and those of the README:

export TOKEN='${stack.serviceToken}'
export API='${api}'
export GOOGLE_EVENTS='${events}'
export OUTLOOK_EVENTS='${work.eventsUrl}'
export DAY='${day}'

Another link to the page of any agent, as the marketplace makes one:

curl -s "$API/connect-links" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"agentId":"${AGENT}"}'

Connect Google: open the connect page in a browser, or let these lines do what the browser would:

${consentLines("google", [`user=${EMAIL}`, ...googleScopes])}

Office 365 beside it (Outlook.com the same way: outlook in place of office365, ${HOME_EMAIL}):

${consentLines("office365", [`user=${WORK_EMAIL}`])}

Apple Calendar, which takes a password instead of consent:

curl -s "$API/apple/auth" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"agentId":"${AGENT}","username":"${ICLOUD_EMAIL}","password":"${apple.password}"}'

Then:

curl -s "$API/connections?agentId=${AGENT}" -H "Authorization: Bearer $TOKEN"

curl -s "$API/availability" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"agentId":"${AGENT}","date":"${day}","startTime":"10:00","endTime":"10:30","timeZone":"Europe/Berlin"}'

curl -s "$API/events" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"agentId":"${AGENT}","bookingId":"booking-1","title":"Consultation","clientName":"Grace Hopper","start":"${day}T18:00:00Z","end":"${day}T18:30:00Z"}'

The agent adds an event in Google; the answer about availability follows within a second:

curl -s "$GOOGLE_EVENTS" -H 'Content-Type: application/json' \\
  -d '{"summary":"Dentist","start":{"dateTime":"${day}T10:00:00","timeZone":"Europe/Berlin"},"end":{"dateTime":"${day}T11:00:00","timeZone":"Europe/Berlin"}}'

The same at work, in Outlook:

curl -s "$OUTLOOK_EVENTS" -H 'Content-Type: application/json' \\
  -d '{"subject":"Board","start":{"dateTime":"${day}T14:00:00","timeZone":"Europe/Berlin"},"end":{"dateTime":"${day}T15:00:00","timeZone":"Europe/Berlin"}}'

And at home, in Apple Calendar, which is polled: within five minutes, or as soon as a sale asks for the truth:

curl -s "${icloud.url}/_control/events" -H 'Content-Type: application/json' \\
  -d '{"calendar":"${apple.calendar}","text":"BEGIN:VCALENDAR\\nVERSION:2.0\\nPRODID:-//Dev//EN\\nBEGIN:VEVENT\\nUID:choir\\nDTSTAMP:20260101T000000Z\\nDTSTART:${day.replaceAll("-", "")}T160000Z\\nDTEND:${day.replaceAll("-", "")}T170000Z\\nRRULE:FREQ=WEEKLY\\nEND:VEVENT\\nEND:VCALENDAR\\n"}'

The minute cron is fired every minute. Ctrl-C ends everything.
`);

// wrangler dev never fires crons by itself.
setInterval(() => {
  worker.cron("* * * * *").catch((error: unknown) => console.error("The cron failed:", String(error)));
}, MINUTE_MS);
