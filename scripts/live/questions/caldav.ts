// What the page of CalDAV doesn't know for sure (docs/providers/caldav.md G).
import type { Asking, Question, Seen } from "../questions.ts";

const TYPE = { "content-type": "text/calendar; charset=utf-8" };
const XML = { "content-type": 'application/xml; charset="utf-8"' };

const basic = (at: number) => new Date(at).toISOString().replace(/[-:]|\.\d+/g, "");

const objectOf = (asking: Asking, uid: string) =>
  [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Check//EN",
    "BEGIN:VEVENT",
    `UID:${uid}`,
    `DTSTAMP:${basic(asking.now)}`,
  ]
    .concat([`DTSTART:${basic(asking.now + 18_000_000)}`, `DTEND:${basic(asking.now + 21_600_000)}`])
    .concat(["SUMMARY:Check", "X-MARAPLACE-BOOKING;X-CHECK=1:booking-1", "END:VEVENT", "END:VCALENDAR", ""])
    .join("\r\n");

const put = (asking: Asking, name: string, uid: string) =>
  asking.ask("PUT", `${asking.calendarId}${name}.ics`, objectOf(asking, uid), {
    ...TYPE,
    "if-none-match": "*",
  });

const PRECONDITIONS = [
  "no-uid-conflict",
  "unique-scheduling-object-resource",
  "valid-calendar-data",
  "valid-sync-token",
];

/** The status, the one inside a 207, and the precondition, if it is a known one. */
function said({ status, text }: Seen): string {
  const inside = status === 207 ? ` with ${/HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? "nothing"} inside` : "";
  const precondition =
    status === 207 || status >= 300 ? PRECONDITIONS.find((name) => text.includes(name)) : undefined;
  return `${status}${inside}${precondition === undefined ? "" : ` ${precondition}`}`;
}

const etagOf = ({ headers }: Seen) => headers.get("etag");

const FREE_BUSY = ({ now }: Asking) =>
  '<?xml version="1.0" encoding="utf-8"?><c:free-busy-query xmlns:c="urn:ietf:params:xml:ns:caldav">' +
  `<c:time-range start="${basic(now)}" end="${basic(now + 86_400_000)}"/></c:free-busy-query>`;

const SYNC =
  '<?xml version="1.0" encoding="utf-8"?><d:sync-collection xmlns:d="DAV:"><d:sync-token/>' +
  "<d:sync-level>1</d:sync-level><d:prop><d:getetag/></d:prop></d:sync-collection>";

export const CALDAV_QUESTIONS: readonly Question[] = [
  {
    fact: "docs/providers/caldav.md G 24",
    question: "Does PUT answer with an ETag, and is it the one of a later GET?",
    async ask(asking) {
      const written = await put(asking, "etag", `etag-${asking.tag}`);
      const read = await asking.ask("GET", `${asking.calendarId}etag.ics`);
      const etag = etagOf(written);
      return `${said(written)}, ${etag === null ? "without one" : etag === etagOf(read) ? "the same" : "another one"}`;
    },
  },
  {
    fact: "docs/providers/caldav.md G 24",
    question: "Do properties and parameters that begin with X- survive?",
    async ask(asking) {
      await put(asking, "own", `own-${asking.tag}`);
      const { status, text } = await asking.ask("GET", `${asking.calendarId}own.ics`);
      const property = /^X-MARAPLACE-BOOKING.*:booking-1/m.test(text) ? "survive" : "are lost";
      return `${status}: properties ${property}, parameters ${/X-CHECK="?1/.test(text) ? "survive" : "are lost"}`;
    },
  },
  {
    fact: "docs/providers/caldav.md G 24",
    question: "Does free-busy-query answer busy times?",
    async ask(asking) {
      await put(asking, "busy", `busy-${asking.tag}`);
      const seen = await asking.ask("REPORT", asking.calendarId, FREE_BUSY(asking), { ...XML, depth: "1" });
      return `${said(seen)}, ${/^FREEBUSY/m.test(seen.text) ? "with busy times" : "without busy times"}`;
    },
  },
  {
    fact: "docs/providers/caldav.md G 24",
    question: "How does the server say how often it may be asked, and how long do tokens live?",
    ask: "only weeks of use would show it",
  },
  {
    fact: "docs/providers/caldav.md G 25, G 26",
    question: "Does Advanced Data Protection block CalDAV, and how many app passwords may there be?",
    ask: "it would need changes of the account",
  },
  {
    fact: "docs/providers/caldav.md G 27",
    question: "Which form do sync tokens have?",
    async ask(asking) {
      const seen = await asking.ask("REPORT", asking.calendarId, SYNC, { ...XML, depth: "0" });
      const token = /sync-token[^>]*>([^<]*)</.exec(seen.text)?.[1];
      if (token === undefined) return `${said(seen)}, without a token`;
      return `${said(seen)}, ${/^https?:/.test(token) ? "a URL" : /^data:/.test(token) ? "a data URI" : "text"} of ${token.length} characters`;
    },
  },
  {
    fact: "docs/providers/caldav.md G 27",
    question: "What answers a PUT of a UID that another object has?",
    async ask(asking) {
      await put(asking, "first", `twice-${asking.tag}`);
      return said(await put(asking, "second", `twice-${asking.tag}`));
    },
  },
  {
    fact: "docs/providers/caldav.md G 27",
    question: "What answers a PUT of a UID whose object was deleted?",
    async ask(asking) {
      await put(asking, "bin", `bin-${asking.tag}`);
      const removed = await asking.ask("DELETE", `${asking.calendarId}bin.ics`);
      return `DELETE ${removed.status}, PUT ${said(await put(asking, "again", `bin-${asking.tag}`))}`;
    },
  },
];
