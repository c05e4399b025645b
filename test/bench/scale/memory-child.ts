// A process that reads one large CalDAV calendar and prints its peak memory: objects or one file, and how many events.

import { DAY_MS, HOUR_MS } from "../../../src/domain/instant.ts";
import { createApi } from "../../../src/providers/caldav/api.ts";
import { pull } from "../../../src/providers/caldav/read.ts";

const [shape = "objects", count = "10000"] = process.argv.slice(2);
const EVENTS = Number(count);
const HOME = "https://dav.example.org/cal/";
const FIRST = Date.parse("2026-01-01T08:00:00Z");
/** What people write into events. It is read over, and must not be kept. */
const NOTE = "Please bring the papers of the last meeting and the plan of the house. ".repeat(4);

const stamp = (at: number) => new Date(at).toISOString().replace(/[-:]|\.\d+/g, "");

function eventText(index: number): string {
  const startsAt = FIRST + (index % 3_000) * HOUR_MS;
  const lines = [
    ...["BEGIN:VEVENT", `UID:event-${index}@example.org`, "DTSTAMP:20260101T000000Z"],
    ...[`DTSTART:${stamp(startsAt)}`, `DTEND:${stamp(startsAt + HOUR_MS / 2)}`, `SUMMARY:Visit ${index}`],
    ...[`DESCRIPTION:${NOTE}`, "LOCATION:Rua Augusta 1\\, Lisboa", "STATUS:CONFIRMED", "END:VEVENT"],
  ];
  return lines.join("\r\n");
}

const HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Bench//EN\r\n";
const END = "\r\nEND:VCALENDAR\r\n";

/** The text of a member, in parts, so that only the reader ever holds it whole. */
function* textOf(name: string): Generator<string> {
  yield HEAD;
  if (shape === "file")
    for (let index = 0; index < EVENTS; index += 1) yield `${index > 0 ? "\r\n" : ""}${eventText(index)}`;
  else yield eventText(Number(/\d+/.exec(name)?.[0]));
  yield END;
}

const members = shape === "file" ? ["all.ics"] : Array.from({ length: EVENTS }, (_, index) => `${index}.ics`);

function* responseOf(name: string, data: boolean): Generator<string> {
  yield `<d:response><d:href>/cal/${name}</d:href><d:propstat><d:prop><d:getetag>"etag-${name}"</d:getetag>`;
  if (data) {
    yield "<c:calendar-data>";
    yield* textOf(name);
    yield "</c:calendar-data>";
  }
  yield "</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>";
}

/** What the server answers to this request. It ignores the limit of a listing, as some do. */
function* answerTo(body: string): Generator<string> {
  yield '<?xml version="1.0" encoding="utf-8"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">';
  if (body.includes("calendar-multiget")) {
    for (const [, name = ""] of body.matchAll(/\/cal\/([\w.]+)</g)) yield* responseOf(name, true);
  } else if (body.includes("sync-collection")) {
    for (const name of members) yield* responseOf(name, false);
    yield "<d:sync-token>urn:1</d:sync-token>";
  } else {
    yield "<d:response><d:href>/cal/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/><c:calendar/></d:resourcetype>";
    yield "<d:supported-report-set><d:supported-report><d:report><d:sync-collection/></d:report></d:supported-report>";
    yield "</d:supported-report-set></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>";
  }
  yield "</d:multistatus>";
}

function streamed(parts: Generator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    pull(controller) {
      let chunk = "";
      while (chunk.length < 16_384) {
        const { done, value } = parts.next();
        if (done === true) {
          if (chunk !== "") controller.enqueue(encoder.encode(chunk));
          controller.close();
          return;
        }
        chunk += value;
      }
      controller.enqueue(encoder.encode(chunk));
    },
  });
}

const server: typeof fetch = async (_, init) =>
  new Response(streamed(answerTo(String(init?.body ?? ""))), {
    status: 207,
    headers: { "content-type": "application/xml" },
  });

const url = new URL(HOME);
const api = createApi({ fetch: server, now: () => FIRST }, url, { username: "u", password: "p" }, {
  localHosts: [],
} as never);
const window = { startsAt: FIRST - DAY_MS, endsAt: FIRST + 400 * DAY_MS };
const calendar = { calendarId: HOME, fallbackTimeZone: "Europe/Lisbon" };
let events = 0;
for await (const page of pull({ api, url, ownAddresses: [] }, calendar as never, null, window)) {
  events += page.upserts.length;
  // The engine writes each page before it asks for the next one.
  await new Promise((resolve) => setImmediate(resolve));
}
console.log(JSON.stringify({ events, peakBytes: process.resourceUsage().maxRSS * 1_024 }));
