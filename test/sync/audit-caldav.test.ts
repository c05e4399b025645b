// Audits of CalDAV calendars: a server that says nothing of what is gone, series kept for the roll, unreadable objects.
import { expect, test } from "vitest";
import { useOwnDatabase } from "../support/own-database.ts";
import { createWorld, type World } from "../support/world.ts";
import { ask } from "./requests.ts";

const databaseUrl = useOwnDatabase();
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const newWorld = () => createWorld({ databaseUrl: databaseUrl(), bindings: { WINDOW_FUTURE_DAYS: "30" } });

const ics = (uid: string, lines: readonly string[]) =>
  [
    ...["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN", "BEGIN:VEVENT", `UID:${uid}`],
    ...["DTSTAMP:20260301T000000Z", ...lines, "END:VEVENT", "END:VCALENDAR", ""],
  ].join("\r\n");
const single = (uid: string, day: number) =>
  ics(uid, [`DTSTART:202603${String(day).padStart(2, "0")}T100000Z`, "DURATION:PT1H"]);
const WEEKLY = ics("series", ["DTSTART:20260302T140000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY"]);
const SLOT = ["2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z"] as const;

async function poll(world: World): Promise<void> {
  world.advance(20 * MINUTE);
  await world.cron();
}

async function audit(world: World): Promise<void> {
  await world.query("UPDATE connections SET audit_due_at = 0, poll_due_at = 9e15");
  await world.cron();
}

const lastRun = async (world: World) =>
  (await world.query("SELECT * FROM sync_runs WHERE mode = 'audit' ORDER BY started_at DESC LIMIT 1"))[0];

test("C40: what a server left out when it answered a token with a full listing is freed within an hour or two", async () => {
  const world = newWorld();
  const { calendar } = world.caldav;
  const { name: gone } = world.dav.putEvent(calendar, single("gone", 10));
  const { name: series } = world.dav.putEvent(calendar, WEEKLY);
  for (let day = 11; day < 18; day += 1) world.dav.putEvent(calendar, single(`stays-${day}`, day));
  const { connectionId } = await world.connectByPassword({ provider: "CALDAV" });
  world.dav.knobs.set("sync.relist", true, { times: 1 });
  world.dav.deleteEvent(calendar, gone);
  world.dav.deleteEvent(calendar, series);
  await poll(world);
  expect(await ask(world, ...SLOT)).toMatchObject({ available: false, complete: true });

  for (let hour = 0; hour < 2; hour += 1) {
    world.advance(HOUR);
    await world.cron();
  }
  expect(await ask(world, ...SLOT)).toMatchObject({ available: true, complete: true });
  expect(await lastRun(world)).toMatchObject({ missing: 0, extra: 6, outcome: "ok" });
  // The deleted series doesn't come back when the window rolls.
  expect(await world.query("SELECT 1 FROM kept_series")).toEqual([]);
  expect(
    await world.query(
      "SELECT 1 FROM busy WHERE connection_number = (SELECT number FROM connections WHERE id = ?)",
      [connectionId],
    ),
  ).toHaveLength(7);
});

test("P2: an audit keeps the rows of an object that can't be read, and of a series all that the roll needs", async () => {
  const world = newWorld();
  const { calendar } = world.caldav;
  const { name } = world.dav.putEvent(calendar, single("m-1", 10));
  world.dav.putEvent(calendar, WEEKLY);
  const { connectionId } = await world.connectByPassword({ provider: "CALDAV" });
  const [kept] = await world.query("SELECT * FROM kept_series");
  const rows = () =>
    world.query(
      "SELECT event_key, starts_at FROM busy WHERE connection_number = (SELECT number FROM connections WHERE id = ?) ORDER BY 1, 2",
      [connectionId],
    );
  const before = await rows();
  await world.query("DELETE FROM busy WHERE series_key IS NOT NULL AND starts_at > ?", [
    Date.parse("2026-03-15T00:00:00Z"),
  ]);
  await world.query("UPDATE kept_series SET reduced = ?", ["{}"]);
  world.dav.editEvent(calendar, name, (text) => text.replace("DTSTART:2", "DTSTART:x"));
  await audit(world);
  expect(await lastRun(world)).toMatchObject({ missing: 3, extra: 0 });
  expect(await rows()).toEqual(before);
  expect(await world.query("SELECT * FROM kept_series")).toEqual([kept]);
});

test("L27: an audit finds that a calendar has moved to another zone, and all of it is placed anew", async () => {
  const world = newWorld();
  const { calendar } = world.caldav;
  world.dav.putEvent(calendar, ics("day", ["DTSTART;VALUE=DATE:20260310", "DTEND;VALUE=DATE:20260311"]));
  await world.connectByPassword({ provider: "CALDAV" });
  world.dav.changeCalendar(calendar, { timeZone: "Asia/Kolkata" });
  world.advance(DAY);
  await audit(world);
  await poll(world);
  const [row] = await world.query("SELECT starts_at FROM busy WHERE all_day = 1");
  expect(new Date(Number(row?.["starts_at"])).toISOString()).toBe("2026-03-09T18:30:00.000Z");
});
