// Lines of `npm run dev`: where everything is, and commands to paste. Each may be pasted any number of times.
import { AUDIENCE, ISSUER } from "../local/secrets.ts";
import { API, type LocalStack } from "../local/stack.ts";
import { AGENT, EMAIL, HOME_EMAIL, ICLOUD_EMAIL, type People, WORK_EMAIL } from "./people.ts";

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

/** What is running. */
export interface Running {
  readonly stack: LocalStack;
  readonly token: string;
  readonly people: People;
  /** A link to the agent's page. */
  readonly page: string;
  readonly logFile: string;
  readonly folder: string | null;
}

const calendarText = (day: string) => {
  const date = day.replaceAll("-", "");
  return [
    ...[
      "BEGIN:VCALENDAR",
      "VERSION:2.0",
      "PRODID:-//Dev//EN",
      "BEGIN:VEVENT",
      "UID:choir-'$(date +%s)-$RANDOM'",
    ],
    ...["DTSTAMP:20260101T000000Z", `DTSTART:${date}T160000Z`, `DTEND:${date}T170000Z`],
    ...["RRULE:FREQ=WEEKLY", "END:VEVENT", "END:VCALENDAR", ""],
  ].join("\\n");
};

/** The whole text. */
export function linesOf({ stack, token, people, page, logFile, folder }: Running): string {
  const { worker, google, microsoft, icloud, database } = stack;
  const { day } = people;
  const api = worker.url + API;
  const bookingId = `booking-${day}`;
  return `
Worker           ${worker.url}
  API document   ${api}/docs
  connect page   ${page}   (for a day)
  log            ${logFile}
Simulated Google ${google.url}   sign in as ${EMAIL}; control under ${google.url}/_control/state
Simulated Microsoft ${microsoft.url}   control under ${microsoft.url}/_control/state
  Office 365     sign in as ${WORK_EMAIL}
  Outlook.com    sign in as ${HOME_EMAIL}
Simulated iCloud ${icloud.url}   control under ${icloud.url}/_control/state
  Apple          user ${ICLOUD_EMAIL}, app-specific password ${people.applePassword}
Database         ${database.url}
Data and token   ${folder === null ? "end with this run; --keep has them survive" : `kept in ${folder}`}

A token that reaches every agent, three addresses and an empty day, for these lines and those of the README:

export TOKEN='${token}'
export API='${api}'
export GOOGLE_EVENTS='${people.googleEvents}'
export OUTLOOK_EVENTS='${people.outlookEvents}'
export DAY='${day}'

What the examples sign their own tokens with (examples/README.md):

export JWT_SECRET='${stack.secrets.jwtSecret}'
export JWT_ISSUER='${ISSUER}'
export JWT_AUDIENCE='${AUDIENCE}'

Another link to the page of any agent, as the marketplace makes one:

curl -s "$API/connect-links" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"agentId":"${AGENT}"}'

Connect Google: open the connect page in a browser, or let these lines do what the browser would:

${consentLines("google", [`user=${EMAIL}`, ...googleScopes])}

Office 365 beside it (Outlook.com the same way: outlook in place of office365, ${HOME_EMAIL}):

${consentLines("office365", [`user=${WORK_EMAIL}`])}

Apple Calendar, which takes a password instead of consent:

curl -s "$API/apple/auth" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"agentId":"${AGENT}","username":"${ICLOUD_EMAIL}","password":"${people.applePassword}"}'

Then:

curl -s "$API/connections?agentId=${AGENT}" -H "Authorization: Bearer $TOKEN"

curl -s "$API/availability" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"agentId":"${AGENT}","date":"${day}","startTime":"10:00","endTime":"10:30","timeZone":"Europe/Berlin"}'

curl -s "$API/events" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"agentId":"${AGENT}","bookingId":"${bookingId}","title":"Consultation","clientName":"Grace Hopper","start":"${day}T18:00:00Z","end":"${day}T18:30:00Z"}'

The agent adds an event in Google; the answer about availability follows within a second:

curl -s "$GOOGLE_EVENTS" -H 'Content-Type: application/json' \\
  -d '{"summary":"Dentist","start":{"dateTime":"${day}T10:00:00","timeZone":"Europe/Berlin"},"end":{"dateTime":"${day}T11:00:00","timeZone":"Europe/Berlin"}}'

The same at work, in Outlook:

curl -s "$OUTLOOK_EVENTS" -H 'Content-Type: application/json' \\
  -d '{"subject":"Board","start":{"dateTime":"${day}T14:00:00","timeZone":"Europe/Berlin"},"end":{"dateTime":"${day}T15:00:00","timeZone":"Europe/Berlin"}}'

And at home, in Apple Calendar, which is polled: within five minutes, or as soon as a sale asks for the truth:

curl -s "${people.appleEvents}" -H 'Content-Type: application/json' \\
  -d '{"calendar":"${people.appleCalendar}","text":"${calendarText(day)}"}'

The minute cron is fired every minute. Ctrl-C ends everything.
`;
}
