// P8: a transcript holds no token, address or title, wherever a server writes one.
import { describe, expect, test } from "vitest";
import { createScrubber } from "../../scripts/live/scrub.ts";
import { FIELDS, ICALENDAR, TEXTS } from "../../scripts/live/vocabulary.ts";

/** What people and servers might write, some of it in the disguise of something harmless. */
const CANARIES = [
  "canary title",
  "canary@example.com",
  "ya29.canary-token",
  "https://canary.example/x?token=canary",
  "Canary",
];

describe("P8: the scrubber", () => {
  test("keeps no text of any field that it knows, nor of one that it doesn't", () => {
    for (const name of [...FIELDS, "unknownCanary"]) {
      for (const canary of CANARIES) {
        const { body, url } = createScrubber();
        const kept = body(
          JSON.stringify({ [name]: canary, list: [{ [name]: [canary] }] }),
          "application/json",
        );
        expect(JSON.stringify(kept), name).not.toMatch(/canary/i);
        expect(
          url(
            `https://www.googleapis.com/calendar/v3/${encodeURIComponent(canary)}?${name}=${encodeURIComponent(canary)}`,
          ),
        ).not.toMatch(/canary/i);
      }
    }
  });

  test("keeps no value of a field of texts, even where it looks like a word on the list", () => {
    for (const name of TEXTS) {
      for (const plain of ["busy", "2026-03-02", "12", "Europe/Lisbon"]) {
        const { body } = createScrubber();
        expect(JSON.stringify(body(JSON.stringify({ [name]: plain }), "application/json"))).not.toContain(
          plain,
        );
      }
    }
  });

  test("keeps no name that a server makes up", () => {
    const { body } = createScrubber();
    expect(
      JSON.stringify(body('{"canary@example.com":{"busy":[]},"canary":1}', "application/json")),
    ).not.toMatch(/canary/);
  });

  test("keeps no text of iCalendar, in properties, parameters, folded lines and lines that are none", () => {
    for (const name of [...ICALENDAR, "X-CANARY-NAME"]) {
      const { body } = createScrubber();
      const lines = [`${name}:canary title`, `${name};CN=Canary;X-CANARY=canary:mailto:canary@example.com`];
      const text = [
        "BEGIN:VCALENDAR",
        ...lines,
        "DESCRIPTION:a\r\n  canary",
        "canary",
        "END:VCALENDAR",
        "",
      ].join("\r\n");
      expect(JSON.stringify(body(text, "text/calendar")), name).not.toMatch(/canary/i);
    }
  });

  test("keeps no text of XML: hrefs, names, attributes, data", () => {
    const { body } = createScrubber();
    const text =
      '<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:k="canary:ns">' +
      "<d:response><d:href>/canary/canary%40example.com/canary.ics</d:href><d:propstat><d:prop>" +
      '<d:displayname>canary</d:displayname><d:getetag>"canary"</d:getetag><k:canary canary="canary">canary</k:canary>' +
      "<c:calendar-data>BEGIN:VCALENDAR\r\nSUMMARY:canary\r\nEND:VCALENDAR\r\n</c:calendar-data>" +
      '<c:comp name="canary"/><d:owner><d:href>mailto:canary@example.com</d:href></d:owner></d:prop>' +
      "<d:status>HTTP/1.1 200 OK</d:status></d:propstat><d:status>canary</d:status></d:response></d:multistatus>";
    const kept = JSON.stringify(body(text, "text/xml"));
    expect(kept).not.toMatch(/canary/i);
    expect(kept).toContain("HTTP/1.1 200 OK");
  });

  test("keeps no secret of headers, forms, other bodies and hosts", () => {
    const { headers, body, url } = createScrubber();
    const all = new Headers({
      authorization: "Bearer canary",
      cookie: "canary",
      etag: '"canary"',
      prefer: "canary",
    });
    const form = "client_secret=canary&code=canary&grant_type=authorization_code&canary=canary";
    const kept = [
      headers(all),
      body(form, "application/x-www-form-urlencoded"),
      body("<html>canary", "text/html"),
      url("https://canary.example/canary?canary=canary"),
    ];
    expect(JSON.stringify(kept)).not.toMatch(/canary/i);
  });

  test("gives one word to one value, so that answers can be compared", () => {
    const { json, path } = createScrubber();
    const kept = json({ id: "event", items: [{ id: "event", etag: "other" }] }) as { id: string };
    expect(kept).toEqual({
      id: kept.id,
      items: [{ id: kept.id, etag: expect.not.stringContaining(kept.id) }],
    });
    expect(path("/event/")).toBe(`/${kept.id}/`);
  });

  test("keeps what the protocols say", () => {
    const { json, icalendar } = createScrubber();
    const plain = {
      status: "confirmed",
      start: { dateTime: "2026-03-02T10:00:00Z", timeZone: "Europe/Lisbon" },
    };
    expect(json(plain)).toEqual(plain);
    expect(icalendar("DTSTART;TZID=Europe/Lisbon:20260302T100000\r\n")).toBe(
      "DTSTART;TZID=Europe/Lisbon:20260302T100000",
    );
  });
});
