// Revise: of a stored object only our properties change, whatever else stands in it.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NEUTRAL_TEXTS } from "../../../src/domain/booking.ts";
import { HOUR_MS, MINUTE_MS } from "../../../src/domain/instant.ts";
import type { BookingEvent } from "../../../src/providers/booking-event.ts";
import { bookingCalendar } from "../../../src/providers/icalendar/compose.ts";
import { folded } from "../../../src/providers/icalendar/fold.ts";
import { holds } from "../../../src/providers/icalendar/holds.ts";
import { withTextsIn } from "../../../src/providers/icalendar/own-event.ts";
import { revisedCalendar } from "../../../src/providers/icalendar/revise.ts";

const UID = "mp-x@bookings.maraplace.invalid";
const startsAt = Date.parse("2026-03-02T09:00:00Z");

const booking: BookingEvent = {
  ...{ bookingId: "bk_7", agentId: "ag_1", title: "Consultation", description: "Bring papers" },
  ...{ location: "Marienplatz 1", clientName: "Ana", clientEmail: null, timeZone: "Europe/Berlin" },
  ...{ startsAt, endsAt: startsAt + HOUR_MS, reminderMinutes: [10, 60] },
};
const changed: BookingEvent = {
  ...booking,
  title: "Second consultation",
  startsAt: startsAt + 15 * MINUTE_MS,
};

const compose = (of: BookingEvent) =>
  bookingCalendar(of, { uid: UID, sequence: 0, stampedAt: startsAt, times: "utc" });
const revise = (text: string, to: BookingEvent) =>
  revisedCalendar(text, to, { uid: UID, sequence: 9, stampedAt: startsAt + HOUR_MS, times: "utc" });

/** Lines of somebody else, inside the event. */
const within = (text: string, ...lines: string[]) =>
  text.replace("BEGIN:VALARM", `${lines.map(folded).join("")}BEGIN:VALARM`);
const linesOf = (text: string) =>
  text
    .replaceAll(/\r\n[ \t]/g, "")
    .split("\r\n")
    .filter(Boolean);

const OURS =
  /^(?:DTSTAMP|DTSTART|DTEND|DURATION|RRULE|RDATE|EXDATE|EXRULE|SUMMARY|DESCRIPTION|LOCATION|STATUS|TRANSP|CLASS|SEQUENCE|X-MARAPLACE-[A-Z]+)[;:]/;
/** All lines but our own properties and our alarms. */
const foreign = (text: string) =>
  linesOf(
    text.replaceAll(
      /BEGIN:VALARM\r\n(?:(?!END:VALARM)[\s\S])*X-MARAPLACE-REMINDER[\s\S]*?END:VALARM\r\n/g,
      "",
    ),
  ).filter((line) => !OURS.test(line));

const word = fc.stringMatching(/^[A-Za-zäß🙂 ]{1,90}$/u);
const parameter = fc.constantFrom("", ";X-P=1", ';CN="Bo, or: Cy"', ";LANGUAGE=de;X-Q=a");
const property = fc
  .tuple(
    fc.constantFrom(
      ...["CATEGORIES", "COMMENT", "CONTACT", "URL", "PRIORITY", "GEO", "ATTACH", "RELATED-TO", "CREATED"],
      ...[
        "ORGANIZER",
        "ATTENDEE",
        "LAST-MODIFIED",
        "COLOR",
        "X-APPLE-TRAVEL-ADVISORY-BEHAVIOR",
        "X-MOZ-LASTACK",
      ],
    ),
    parameter,
    word,
  )
  .map(([name, parameters, value]) => `${name}${parameters}:${value}`);
const alarm = word.map((text) => [
  ...["BEGIN:VALARM", "UID:theirs", "ACTION:AUDIO", `X-OTHER:${text}`, "TRIGGER:-PT25M", "END:VALARM"],
]);
const block = fc.constantFrom(["BEGIN:VLOCATION", "UID:here", "NAME:Room", "END:VLOCATION"]);

describe("an update of a booking's event", () => {
  test("changes our properties only, in any object with lines of others", () => {
    const foreignLines = fc.tuple(
      fc.array(property, { maxLength: 8 }),
      fc.array(fc.oneof(alarm, block), { maxLength: 3 }),
    );
    fc.assert(
      fc.property(foreignLines, fc.boolean(), ([properties, blocks], bare) => {
        const stored = within(compose(booking), ...properties).replace(
          "END:VEVENT",
          `${blocks.flat().map(folded).join("")}END:VEVENT`,
        );
        const revised = revise(bare ? stored.replaceAll("\r\n", "\n") : stored, changed);
        expect(foreign(revised)).toEqual(foreign(stored));
        expect(holds(revised, changed, UID)).toBe(true);
        expect(revise(revised, changed)).toBe(revised);
      }),
      { numRuns: 200 },
    );
  });

  test("keeps the guests whom the agent invited, with what they answered", () => {
    const guests = [
      "ORGANIZER;CN=Mara:mailto:mara@example.com",
      'ATTENDEE;CN="Bo, the other";PARTSTAT=ACCEPTED;X-NUM-GUESTS=0:mailto:bo@example.com',
    ];
    const lines = linesOf(revise(within(compose(booking), ...guests), changed));
    expect(lines).toEqual(expect.arrayContaining(guests));
    expect(lines).toContain("SUMMARY:Second consultation");
  });

  test("keeps parameters of our properties that aren't about their old value", () => {
    const stored = compose(booking)
      .replace("SUMMARY:", 'SUMMARY;LANGUAGE=de;X-A="b:c":')
      .replace("DTSTART:20260302T090000Z", "DTSTART;TZID=Europe/Berlin;X-B=1:20260302T100000")
      .replace("LOCATION:", 'LOCATION;ALTREP="https://maps.example.com/1";X-C=2:');
    const lines = linesOf(revise(stored, { ...changed, location: "Odeonsplatz 1" }));
    expect(lines).toContain('SUMMARY;LANGUAGE=de;X-A="b:c":Second consultation');
    expect(lines).toContain("DTSTART;X-B=1:20260302T091500Z");
    expect(lines).toContain("LOCATION;X-C=2:Odeonsplatz 1");
  });

  test("leaves our times as an app wrote them where they mean the same", () => {
    const local = "DTSTART;TZID=Europe/Berlin:20260302T100000";
    const stored = compose(booking)
      .replace("DTSTART:20260302T090000Z", local)
      .replace(/^DTEND:.*$/m, "DURATION:PT1H");
    const lines = linesOf(revise(stored, { ...booking, title: "Other" }));
    expect(lines).toContain(local);
    expect(lines).toContain("DURATION:PT1H");
    expect(lines.some((line) => line.startsWith("DTEND"))).toBe(false);
  });

  test("keeps notes that the agent wrote around our description, also when ours changes", () => {
    const noted = compose(booking).replace(/^DESCRIPTION:Bring/m, "DESCRIPTION:Ring twice!\\n\\nBring");
    expect(holds(noted, booking, UID)).toBe(true);
    const first = revise(noted, { ...booking, description: "Bring nothing" });
    expect(linesOf(first)).toContain("DESCRIPTION:Ring twice!\\n\\nBring nothing\\n\\nClient: Ana");
    const second = revise(first, { ...booking, description: null, clientName: null });
    expect(linesOf(second)).toContain("DESCRIPTION:Ring twice!");
    expect(linesOf(revise(second, booking))).toContain(
      "DESCRIPTION:Bring papers\\n\\nClient: Ana\\n\\nRing twice!",
    );
  });

  test("keeps a place that the agent set where the booking has none, and takes back one of ours", () => {
    const bare = { ...booking, location: null };
    const placed = within(compose(bare), "LOCATION:Their office");
    expect(linesOf(revise(placed, { ...bare, title: "Other" }))).toContain("LOCATION:Their office");
    expect(revise(compose(booking), bare)).not.toContain("LOCATION");
  });

  test("replaces all of a text where the server dropped what we noted about it", () => {
    const plain = compose(booking).replaceAll(/^X-MARAPLACE-[A-Z]+:.*\r\n(?: .*\r\n)*/gm, "");
    const lines = linesOf(revise(plain, { ...booking, description: "New", clientName: null }));
    expect(lines).toContain("DESCRIPTION:New");
  });

  test("keeps the texts of a forgotten booking where the server dropped what we noted about them", () => {
    const plain = compose(booking).replaceAll(/^X-MARAPLACE-[A-Z]+:.*\r\n(?: .*\r\n)*/gm, "");
    const forgotten = { ...changed, ...NEUTRAL_TEXTS, keepsTexts: true };
    const lines = linesOf(revise(plain, withTextsIn(plain, forgotten, UID)));
    for (const kept of ["SUMMARY", "DESCRIPTION", "LOCATION"]) {
      const before = linesOf(plain).filter((line) => line.startsWith(`${kept}:`));
      expect(lines.filter((line) => line.startsWith(`${kept}:`))).toEqual(before);
    }
  });

  test("keeps the agent's alarms, and moves only ours", () => {
    const theirs = [
      "BEGIN:VALARM",
      "ACTION:DISPLAY",
      "DESCRIPTION:Leave now",
      "TRIGGER:-PT45M",
      "END:VALARM",
    ];
    const stored = compose(booking)
      .replace("END:VEVENT", `${theirs.map(folded).join("")}END:VEVENT`)
      .replace("TRIGGER:-PT10M", "TRIGGER:-PT5M");
    const triggers = (text: string) => linesOf(text).filter((line) => line.startsWith("TRIGGER"));
    expect(triggers(revise(stored, { ...booking, reminderMinutes: [20] }))).toEqual([
      ...["TRIGGER:-PT5M", "TRIGGER:-PT45M", "TRIGGER:-PT20M"],
    ]);
  });

  test.each(["after", "before"])(
    "makes a recurring event a single one again, and its guests stay: an override %s it",
    (place) => {
      const override = [
        "BEGIN:VEVENT",
        `UID:${UID}`,
        "RECURRENCE-ID:20260303T090000Z",
        "DTSTART:20260303T120000Z",
        "END:VEVENT",
      ];
      const guest = "ATTENDEE:mailto:bo@example.com";
      const beside = place === "after" ? "END:VCALENDAR" : "BEGIN:VEVENT";
      const stored = within(compose(booking), "RRULE:FREQ=DAILY;COUNT=3", guest).replace(
        beside,
        `${override.map(folded).join("")}${beside}`,
      );
      const revised = revise(stored, booking);
      expect(holds(revised, booking, UID)).toBe(true);
      expect(revised).not.toMatch(/RRULE|RECURRENCE-ID/);
      expect(revised).toContain(guest);
    },
  );

  test("makes a single occurrence that is left of a series the booking's event", () => {
    const stored = compose(booking).replace("DTSTAMP", "RECURRENCE-ID:20260302T090000Z\r\nDTSTAMP");
    expect(revise(stored, changed)).not.toContain("RECURRENCE-ID");
  });

  test("keeps the parameters of our properties as they are written", () => {
    const stored = compose(booking).replace("SUMMARY:", 'SUMMARY;X-L="a:1","b,2";x-low=v;ALTREP="http://x":');
    expect(linesOf(revise(stored, changed))).toContain('SUMMARY;X-L="a:1","b,2";x-low=v:Second consultation');
  });

  test("drops another form of a text that it changes, and keeps it otherwise", () => {
    const html = "X-ALT-DESC;FMTTYPE=text/html:<b>Bring papers</b>";
    const place = "X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-TITLE=Marienplatz 1:geo:48,11";
    const stored = within(compose(booking), html, place);
    const kept = (to: BookingEvent) =>
      linesOf(revise(stored, to)).filter((line) => [html, place].includes(line));
    expect(kept(changed)).toEqual([html, place]);
    expect(kept({ ...booking, description: "Bring nothing" })).toEqual([place]);
    expect(kept({ ...booking, location: "Odeonsplatz 1" })).toEqual([html]);
  });

  test("writes nothing that strict servers refuse, whatever lies there: METHOD, long lines", () => {
    const note = `COMMENT:${"Ring twice, ünïcödé. ".repeat(8)}`;
    const stored = compose(booking).replace("VERSION:2.0", "VERSION:2.0\r\nMETHOD:REQUEST");
    const revised = revise(stored.replace("BEGIN:VALARM", `${note}\r\nBEGIN:VALARM`), changed);
    expect(linesOf(revised)).toContain(note);
    expect(revised).not.toContain("METHOD");
    expect(revised.split("\r\n").every((line) => Buffer.byteLength(line) <= 75)).toBe(true);
  });

  test.each([
    "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:x",
    "",
    "garbage",
    compose(booking).replace("END:VALARM", "END:VTODO"),
  ])("writes an object anew in which it finds no event of ours: %#", (text) =>
    expect(linesOf(revise(text, changed))).toContain("SUMMARY:Second consultation"),
  );
});
