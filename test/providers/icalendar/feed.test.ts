// A feed as others read it: two libraries that we didn't write find each booking's time and texts.
import * as fc from "fast-check";
import ICAL from "ical.js";
import ical from "node-ical";
import { describe, expect, test } from "vitest";
import { type FeedEvent, feedCalendar } from "../../../src/providers/icalendar/feed.ts";
import { folded } from "../../../src/providers/icalendar/fold.ts";
import { escaped } from "../../../src/providers/icalendar/texts.ts";

const AT = Date.parse("2026-03-29T00:30:00Z");
const HOUR = 3_600_000;

const event = (number: number, change: Partial<FeedEvent> = {}): FeedEvent => ({
  agentId: "agent-1",
  bookingId: `booking-${number}`,
  revision: 2,
  startsAt: AT + number * HOUR,
  endsAt: AT + (number + 1) * HOUR,
  createdAt: AT - 48 * HOUR,
  updatedAt: AT - 24 * HOUR,
  texts: { title: "First talk", description: "", location: "" },
  ...change,
});

/** What a reader finds, in a form that both libraries have. */
interface Found {
  readonly uid: string;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly title: string;
  readonly description: string;
  readonly location: string;
}

function byIcalJs(text: string): Found[] {
  return new ICAL.Component(ICAL.parse(text)).getAllSubcomponents("vevent").map((component) => {
    const { uid, startDate, endDate, summary, description, location } = new ICAL.Event(component);
    return {
      ...{ uid, title: summary ?? "", description: description ?? "", location: location ?? "" },
      startsAt: startDate.toUnixTime() * 1_000,
      endsAt: endDate.toUnixTime() * 1_000,
    };
  });
}

function byNodeIcal(text: string): Found[] {
  return Object.values(ical.sync.parseICS(text)).flatMap((component) => {
    if (component?.type !== "VEVENT") return [];
    const { uid, start, end, summary, description, location } = component;
    return [
      {
        ...{ uid, title: String(summary ?? "") },
        ...{ description: String(description ?? ""), location: String(location ?? "") },
        startsAt: start.getTime(),
        endsAt: end?.getTime() ?? Number.NaN,
      },
    ];
  });
}

const inOrder = (found: Found[]) => found.sort((a, b) => a.startsAt - b.startsAt);

const READERS = { "ical.js": byIcalJs, "node-ical": byNodeIcal };

describe("a feed", () => {
  test("is written as RFC 5545 and RFC 7986 want it, in UTC, and says how often to look", () => {
    const texts = { title: "Talk; one, two", description: "Bring\nthe plans", location: "Room 7" };
    const text = feedCalendar("Bookings", [event(1, { texts })]);
    expect(text.split("\r\n")).toEqual([
      ...["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//MaraPlace//Calendar Sync//EN", "CALSCALE:GREGORIAN"],
      ...["NAME:Bookings", "X-WR-CALNAME:Bookings"],
      ...["REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H"],
      ...["BEGIN:VEVENT", expect.stringMatching(/^UID:feed-[\w-]{12}@bookings\.maraplace\.invalid$/)],
      ...["DTSTAMP:20260328T003000Z", "CREATED:20260327T003000Z", "LAST-MODIFIED:20260328T003000Z"],
      ...["SEQUENCE:1", "DTSTART:20260329T013000Z", "DTEND:20260329T023000Z"],
      ...["SUMMARY:Talk\\; one\\, two", "DESCRIPTION:Bring\\nthe plans", "LOCATION:Room 7"],
      ...["X-MARAPLACE-BOOKING:booking-1", "STATUS:CONFIRMED", "TRANSP:OPAQUE", "END:VEVENT"],
      ...["END:VCALENDAR", ""],
    ]);
  });

  test.each(["details", "busy"])(
    "of %s names no class and no method, which make readers hide it",
    (shows) => {
      const change = shows === "busy" ? { texts: null } : {};
      expect(feedCalendar("Bookings", [event(1, change)])).not.toMatch(/^(CLASS|METHOD)/m);
    },
  );

  test("that shows busy times only says nothing else, not even the booking's id", () => {
    const text = feedCalendar("Busy", [event(1, { texts: null })]);
    expect(text).toContain("SUMMARY:Busy\r\n");
    expect(text).not.toMatch(/booking-1|agent-1|DESCRIPTION|LOCATION|X-MARAPLACE/);
    expect(text).not.toContain(btoa("booking-1").replace(/=+$/, ""));
  });

  test("gives a booking the same UID each time, and each agent's and booking's its own", () => {
    const uids = [event(1), event(2), event(1, { agentId: "agent-2" }), event(1, { revision: 9 })].map(
      (one) => byIcalJs(feedCalendar("Bookings", [one]))[0]?.uid,
    );
    expect(new Set(uids).size).toBe(3);
    expect(uids[3]).toBe(uids[0]);
  });

  test.each(Object.entries(READERS))("without bookings is a calendar that %s reads", (_, read) => {
    const text = feedCalendar("Bookings", []);
    expect(text).toContain("BEGIN:VTIMEZONE");
    expect(read(text)).toEqual([]);
  });

  // Texts without blanks around them: readers trim.
  const words = fc
    .string({ unit: fc.constantFrom(..."ab ,;:\\\"'nN=\n\t😀é漢%^"), maxLength: 200 })
    .map((text) => text.trim());
  const line = words.map((text) => text.replaceAll(/[\n\t]/g, " ").trim());

  /** node-ical 0.27.2 takes the "n" behind an escaped backslash for a line break, and drops quotes around a text. */
  const readable = (name: string, text: string) =>
    name === "node-ical" ? text.replaceAll(/\\(?=n)/gi, "/").replaceAll('"', "'") : text;

  test.each(Object.entries(READERS))("of any texts and times says the same to %s", (name, read) => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ title: line, description: words, location: line }), { maxLength: 5 }),
        (all) => {
          const events = all.map(({ title, description, location }, index) => {
            const [first = "", ...rest] = [title, description, location].map((text) => readable(name, text));
            return event(index, {
              texts: { title: first, description: rest[0] ?? "", location: rest[1] ?? "" },
            });
          });
          const found = inOrder(read(feedCalendar("Bookings", events)));
          expect(found.map(({ uid: _, ...rest }) => rest)).toEqual(
            events.map(({ startsAt, endsAt, texts }) => ({ startsAt, endsAt, ...texts })),
          );
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe("folding a line", () => {
  /** As RFC 5545 3.1 says it, with an encoder. */
  function slowly(text: string): string {
    let lines = "";
    let octets = 0;
    for (const character of text) {
      const size = new TextEncoder().encode(character).length;
      if (octets + size > 75) {
        lines += "\r\n ";
        octets = 1;
      }
      lines += character;
      octets += size;
    }
    return `${lines}\r\n`;
  }

  test("by counting is the same as by encoding, half characters included", () => {
    const unit = fc.oneof(fc.constantFrom("a", "é", "漢", "😀", "\ud83d", "\ude00", "\u07ff", "\uffff"));
    const text = fc.oneof(
      fc.string({ unit, maxLength: 400 }),
      fc.string({ unit: "binary-ascii", maxLength: 400 }),
    );
    fc.assert(
      fc.property(text, (line) => {
        expect(folded(line)).toBe(slowly(line));
      }),
      { numRuns: 800 },
    );
  });

  test.each([74, 75, 76, 149, 150, 223, 224])("of %i octets is the same by either way", (octets) => {
    expect(folded("a".repeat(octets))).toBe(slowly("a".repeat(octets)));
    expect(folded(`${"a".repeat(octets - 2)}é`)).toBe(slowly(`${"a".repeat(octets - 2)}é`));
  });
});

describe("escaping a text", () => {
  /** Character by character, as RFC 5545 3.3.11 says it. A control character can't stand in a TEXT. */
  const slowly = (text: string): string =>
    [...text.replaceAll("\r\n", "\n").replaceAll("\r", "\n")]
      .map((character) => {
        if (character === "\n") return "\\n";
        if ("\\;,".includes(character)) return `\\${character}`;
        return character === "\t" || !/\p{Cc}/u.test(character) ? character : "";
      })
      .join("");

  test("leaves nothing out but control characters, of texts of any kind", () => {
    const unit = fc.constantFrom(...'aé漢😀\\;,:"n\n\r\t\0\x1f \x7e\x7f\x80\x85\x9f\xa0\u2028\ud83d\ufeff');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 60 }), (text) => {
        expect(escaped(text)).toBe(slowly(text));
      }),
      { numRuns: 800 },
    );
  });
});
