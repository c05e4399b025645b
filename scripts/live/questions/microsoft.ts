// What Microsoft's page doesn't know for sure (docs/providers/microsoft.md G).
import { DAY_MS, formatInstant } from "../../../src/domain/instant.ts";
import { type Asking, codeIn, type Question, type Seen } from "../questions.ts";

const ME = "https://graph.microsoft.com/v1.0/me";
const UTC = { prefer: 'outlook.timezone="UTC", IdType="ImmutableId"' };

const calendarOf = ({ calendarId }: Asking) => `${ME}/calendars/${encodeURIComponent(calendarId)}`;
const rows = ({ json }: Seen): Record<string, unknown>[] =>
  Array.isArray(json?.["value"]) ? json["value"] : [];
const errorIn = ({ json }: Seen) => json?.["error"] as Record<string, unknown> | undefined;
const said = (seen: Seen) =>
  seen.status < 300 ? `${seen.status}` : `${seen.status} ${codeIn(errorIn(seen)?.["code"])}`;
const time = (at: number) => ({ dateTime: formatInstant(at).slice(0, -1), timeZone: "UTC" });

const make = (asking: Asking, more: object = {}) => {
  const start = asking.now + 5 * 3_600_000;
  const body = { subject: "Check", start: time(start), end: time(start + 3_600_000), ...more };
  return asking.ask("POST", `${calendarOf(asking)}/events`, body, UTC);
};

const view = ({ now }: Asking) =>
  `calendarView/delta?startDateTime=${formatInstant(now)}&endDateTime=${formatInstant(now + 30 * DAY_MS)}`;

const unreachable = "it needs an address that Microsoft can reach";

export const MICROSOFT_QUESTIONS: readonly Question[] = [
  {
    fact: "docs/providers/microsoft.md G 12, G 18, G 22, G 23",
    question: "May a calendar's events be subscribed to, for how long, and what do notifications hold?",
    ask: unreachable,
  },
  {
    fact: "docs/providers/microsoft.md G 13",
    question: "Does calendars/{id}/calendarView/delta work?",
    ask: async (asking) =>
      said(await asking.ask("GET", `${calendarOf(asking)}/${view(asking)}`, undefined, UTC)),
  },
  {
    fact: "docs/providers/microsoft.md G 14, G 15",
    question: "Does a delta show rows of series masters?",
    async ask(asking) {
      const startDate = formatInstant(asking.now).slice(0, 10);
      const range = { type: "numbered", startDate, numberOfOccurrences: 5 };
      await make(asking, { recurrence: { pattern: { type: "daily", interval: 1 }, range } });
      const seen = await asking.ask("GET", `${calendarOf(asking)}/${view(asking)}`, undefined, UTC);
      const types = rows(seen).map((row) => codeIn(row["type"]));
      return `${said(seen)}: ${types.length} rows, ${types.filter((type) => type === "seriesMaster").length} masters`;
    },
  },
  {
    fact: "docs/providers/microsoft.md G 16",
    question: "What answers a transaction id that was used before?",
    async ask(asking) {
      const transactionId = crypto.randomUUID();
      const first = await make(asking, { transactionId });
      const second = await make(asking, { transactionId });
      const named = JSON.stringify(second.json ?? {}).includes("existingEventId");
      const same = second.json?.["id"] === first.json?.["id"];
      const how = second.status < 300 ? (same ? "the first event" : "another event") : `names it: ${named}`;
      return `${said(second)}, ${how}`;
    },
  },
  {
    fact: "docs/providers/microsoft.md G 17",
    question: "Which code has the 412 for an outdated etag?",
    async ask(asking) {
      const { json } = await make(asking);
      const address = `${calendarOf(asking)}/events/${encodeURIComponent(String(json?.["id"]))}`;
      await asking.ask("PATCH", address, { subject: "Check again" }, UTC);
      const ifMatch = { ...UTC, "if-match": String(json?.["@odata.etag"]) };
      return said(await asking.ask("PATCH", address, { subject: "Too late" }, ifMatch));
    },
  },
  {
    fact: "docs/providers/microsoft.md G 19",
    question: "Does events/delta exist on v1.0?",
    ask: async (asking) =>
      said(await asking.ask("GET", `${calendarOf(asking)}/events/delta`, undefined, UTC)),
  },
  {
    fact: "docs/providers/microsoft.md G 20",
    question: "Is an all-day event shifted when it is read in another zone than its own?",
    async ask(asking) {
      const day = formatInstant(asking.now + 3 * DAY_MS).slice(0, 10);
      const next = formatInstant(asking.now + 4 * DAY_MS).slice(0, 10);
      const zone = (date: string) => ({ dateTime: `${date}T00:00:00`, timeZone: "Pacific/Auckland" });
      const made = await make(asking, { isAllDay: true, start: zone(day), end: zone(next) });
      const address = `${calendarOf(asking)}/events/${encodeURIComponent(String(made.json?.["id"]))}`;
      const read = await asking.ask("GET", address, undefined, UTC);
      const start = (read.json?.["start"] as { dateTime?: string } | undefined)?.dateTime ?? "";
      return `${said(made)}; read in UTC it is ${start.startsWith(`${day}T00:00:00`) ? "not shifted" : "shifted"}`;
    },
  },
  {
    fact: "docs/providers/microsoft.md G 21, G 28",
    question: "Which digit has workingElsewhere, and how are OAuth's errors worded?",
    ask: "the engine uses neither",
  },
];
