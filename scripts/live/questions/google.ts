// What Google's page doesn't know for sure (docs/providers/google.md G).
import { formatInstant } from "../../../src/domain/instant.ts";
import { type Asking, codeIn, type Question, type Seen } from "../questions.ts";

const DAY_MS = 86_400_000;
const BASE = "https://www.googleapis.com/calendar/v3";

const eventsOf = ({ calendarId }: Asking) => `${BASE}/calendars/${encodeURIComponent(calendarId)}/events`;
const rows = ({ json }: Seen): Record<string, unknown>[] =>
  Array.isArray(json?.["items"]) ? json["items"] : [];

function reasonIn({ json }: Seen): string {
  const error = json?.["error"] as { errors?: { reason?: unknown }[]; status?: unknown } | undefined;
  return codeIn(error?.errors?.[0]?.reason ?? error?.status);
}

const said = (seen: Seen) => (seen.status < 300 ? `${seen.status}` : `${seen.status} ${reasonIn(seen)}`);

const at = (asking: Asking, hours: number) => ({
  start: { dateTime: formatInstant(asking.now + hours * 3_600_000), timeZone: "UTC" },
  end: { dateTime: formatInstant(asking.now + (hours + 1) * 3_600_000), timeZone: "UTC" },
});

const make = (asking: Asking, more: object) =>
  asking.ask("POST", eventsOf(asking), { summary: "Check", ...at(asking, 5), ...more });

export const GOOGLE_QUESTIONS: readonly Question[] = [
  {
    fact: "docs/providers/google.md G 1, G 6",
    question: "How long may a channel live, and which characters may its id have?",
    ask: "it needs an address that Google can reach",
  },
  {
    fact: "docs/providers/google.md G 2",
    question: "Which body has the 400 for a parameter that is refused beside syncToken?",
    async ask(asking) {
      const token = (await asking.ask("GET", eventsOf(asking))).json?.["nextSyncToken"];
      if (typeof token !== "string") return "no sync token came";
      const query = `?syncToken=${encodeURIComponent(token)}&timeMin=${formatInstant(asking.now)}`;
      return said(await asking.ask("GET", eventsOf(asking) + query));
    },
  },
  {
    fact: "docs/providers/google.md G 3",
    question: "How long a span does free-busy take?",
    async ask(asking) {
      const answers: string[] = [];
      for (const days of [30, 60, 90, 180, 400]) {
        const timeMax = formatInstant(asking.now + days * DAY_MS);
        const body = { timeMin: formatInstant(asking.now), timeMax, items: [{ id: asking.calendarId }] };
        answers.push(`${days} days: ${said(await asking.ask("POST", `${BASE}/freeBusy`, body))}`);
      }
      return answers.join("; ");
    },
  },
  {
    fact: "docs/providers/google.md G 4",
    question: "Are the scopes sensitive or restricted?",
    ask: "only the console of the consent screen says it",
  },
  {
    fact: "docs/providers/google.md G 5",
    question: "Which transparency do special types of events have by default?",
    async ask(asking) {
      const answers: string[] = [];
      for (const [eventType, properties] of [
        ["outOfOffice", { outOfOfficeProperties: { autoDeclineMode: "declineNone" } }],
        ["focusTime", { focusTimeProperties: { autoDeclineMode: "declineNone" } }],
      ] as const) {
        const seen = await make(asking, { eventType, ...properties });
        const transparency = codeIn(seen.json?.["transparency"] ?? "absent");
        answers.push(`${eventType}: ${said(seen)}${seen.status < 300 ? `, ${transparency}` : ""}`);
      }
      return `${answers.join("; ")} (in a calendar that isn't the person's main one)`;
    },
  },
  {
    fact: "docs/providers/google.md G 7",
    question: "How many calls may a batch have, and in which order are they answered?",
    ask: "the engine uses no batches",
  },
  {
    fact: "docs/providers/google.md G 8",
    question: "Can a cancelled id be revived by PATCH?",
    async ask(asking) {
      const made = await make(asking, {});
      if (made.status >= 300) return `the event couldn't be made: ${said(made)}`;
      const address = `${eventsOf(asking)}/${encodeURIComponent(String(made.json?.["id"]))}`;
      const removed = await asking.ask("DELETE", address);
      const revived = await asking.ask("PATCH", address, { status: "confirmed" });
      const again = await asking.ask("GET", address);
      return `DELETE ${said(removed)}, PATCH ${said(revived)}, then it is ${codeIn(again.json?.["status"])}`;
    },
  },
  {
    fact: "docs/providers/google.md G 9",
    question: "Can a room's calendar be watched?",
    ask: "it needs a room, and an address that Google can reach",
  },
  {
    fact: "docs/providers/google.md G 10, G 11",
    question: "Does Retry-After ever come, and does a patch cost three quota units?",
    ask: "nobody should throttle an account on purpose; the transcript shows the header where it came",
  },
  {
    fact: "docs/providers/google.md G 29",
    question: "For how long ahead does a deleted series without end send stubs?",
    async ask(asking) {
      const made = await make(asking, { recurrence: ["RRULE:FREQ=DAILY"] });
      const listing = `${eventsOf(asking)}?singleEvents=true&maxResults=2500`;
      let page = await asking.ask("GET", listing);
      while (typeof page.json?.["nextPageToken"] === "string") {
        page = await asking.ask(
          "GET",
          `${listing}&pageToken=${encodeURIComponent(page.json["nextPageToken"])}`,
        );
      }
      const token = page.json?.["nextSyncToken"];
      if (typeof token !== "string") return `no sync token came (the series: ${said(made)})`;
      await asking.ask("DELETE", `${eventsOf(asking)}/${encodeURIComponent(String(made.json?.["id"]))}`);
      const changes = await asking.ask("GET", `${listing}&syncToken=${encodeURIComponent(token)}`);
      const starts = rows(changes).flatMap((row) => {
        const original = row["originalStartTime"] as { dateTime?: string } | undefined;
        return original?.dateTime === undefined ? [] : [Date.parse(original.dateTime)];
      });
      const days = Math.round((Math.max(asking.now, ...starts) - asking.now) / DAY_MS);
      return `${said(changes)}: ${rows(changes).length} rows, the last one ${days} days ahead`;
    },
  },
  {
    fact: "docs/providers/google.md G 30",
    question: "Does 403 notACalendarUser end when the service is switched on again?",
    ask: "it needs an account without the service",
  },
];
