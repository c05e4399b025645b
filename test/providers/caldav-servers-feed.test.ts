// A feed on a real calendar server: Radicale takes it in as a calendar, and gives out the same bookings.
import ICAL from "ical.js";
import { describe, expect, test } from "vitest";
import { feedCalendar } from "../../src/providers/icalendar/feed.ts";
import { radicale } from "../support/servers/radicale.ts";

const AT = Date.parse("2026-03-29T00:30:00Z");
const HOUR = 3_600_000;

const TEXTS = [
  { title: "Talk; one, two", description: "Bring\nthe plans 😀", location: "Room 7" },
  { title: "漢".repeat(60), description: "", location: "" },
  null,
];
const EVENTS = TEXTS.map((texts, index) => ({
  ...{ agentId: "agent-1", bookingId: `booking-${index}`, revision: 1, createdAt: AT, updatedAt: AT, texts },
  ...{ startsAt: AT + index * HOUR, endsAt: AT + (index + 1) * HOUR },
}));

describe("a feed on a real Radicale", () => {
  const demanded = process.env["REQUIRE_SERVERS"] === "1";
  test.skipIf(!radicale.isInstalled() && !demanded)("is taken in whole and given out the same", async () => {
    const server = await radicale.start();
    try {
      const { username, password, home } = await server.newPerson();
      const url = new URL(`${home.replace(/\/?$/, "/")}feed/`, server.url);
      const authorization = `Basic ${btoa(`${username}:${password}`)}`;
      const put = await fetch(url, {
        method: "PUT",
        headers: { authorization, "content-type": "text/calendar; charset=utf-8" },
        body: feedCalendar("Bookings", EVENTS),
      });
      expect(put.status).toBe(201);
      const text = await (await fetch(url, { headers: { authorization } })).text();
      const found = new ICAL.Component(ICAL.parse(text))
        .getAllSubcomponents("vevent")
        .map((component) => new ICAL.Event(component))
        .map(({ summary, description, location, startDate, endDate }) => ({
          texts: { title: summary, description: description ?? "", location: location ?? "" },
          startsAt: startDate.toUnixTime() * 1_000,
          endsAt: endDate.toUnixTime() * 1_000,
        }))
        .sort((a, b) => a.startsAt - b.startsAt);
      expect(found).toEqual(
        EVENTS.map(({ texts, startsAt, endsAt }) => ({
          texts: texts ?? { title: "Busy", description: "", location: "" },
          ...{ startsAt, endsAt },
        })),
      );
    } finally {
      await server.close();
    }
  });
});
