// Window: which events are cached at its edges, as it rolls, and with all-day events.
import { describe, expect, test } from "vitest";
import { rollWindow } from "../../src/sync/roll-window.ts";
import { at, DAY, type GoogleWorld, HOUR, useGoogleWorld, watchedNetwork } from "../support/google-world.ts";

const newWorld = useGoogleWorld();

/** Lets so many days pass, with one cron run of each kind a day. */
async function days(world: GoogleWorld, count: number): Promise<void> {
  for (let day = 0; day < count; day += 1) {
    world.advance(DAY);
    await world.cron();
  }
}

describe("the window", () => {
  test("L2: asks Google for all of it, in the right order", async () => {
    const world = newWorld();
    const { connectionId } = await world.connect();
    const { timeMin = "", timeMax = "" } = world.requests("events.list")[0]?.query ?? {};
    expect(at(timeMin)).toBe(at("2026-03-01T00:00:00Z"));
    expect(at(timeMax)).toBe(at("2026-03-03T00:00:00Z") + 400 * DAY);
    const { windowStartsAt, windowEndsAt } = await world.connection(connectionId);
    expect([windowStartsAt, windowEndsAt]).toEqual([at(timeMin), at(timeMax)]);
  });

  test("L3: an event made beyond the horizon appears when the window reaches it, though Google never lists it again", async () => {
    const world = newWorld({ bindings: { WINDOW_FUTURE_DAYS: "30" } });
    const { connectionId } = await world.connect();
    // One event a week for ten weeks; the cache reaches a month ahead. Half exist at connect, half are made later.
    const starts = Array.from({ length: 10 }, (_, week) => at("2026-03-10T10:00:00Z") + week * 7 * DAY);
    const text = (instant: number) => new Date(instant).toISOString().replace(".000", "");
    for (const start of starts.slice(0, 5)) world.add(text(start), text(start + HOUR));
    await world.drain();
    for (const start of starts.slice(5)) world.add(text(start), text(start + HOUR));
    await world.drain();
    for (let week = 0; week < 5; week += 1) {
      await days(world, 7);
      const now = world.deps.now();
      const wanted = starts.filter((start) => start > now && start < now + 29 * DAY).map(text);
      const rows = (await world.rows(connectionId)).map(({ start }) => start);
      for (const start of wanted) expect(rows).toContain(start);
      // Events behind the window are deleted.
      for (const start of rows) expect(at(start)).toBeGreaterThan(now - 3 * DAY);
    }
  });

  test("L3: a series without end is never missing at the horizon", async () => {
    const world = newWorld({ bindings: { WINDOW_FUTURE_DAYS: "20" } });
    world.add("", "", {
      start: { dateTime: "2026-03-02T09:00:00Z", timeZone: "UTC" },
      end: { dateTime: "2026-03-02T09:30:00Z", timeZone: "UTC" },
      recurrence: ["RRULE:FREQ=DAILY"],
    });
    const { connectionId } = await world.connect();
    await days(world, 12);
    const rows = (await world.rows(connectionId)).map(({ start }) => start);
    const today = Math.floor(world.deps.now() / DAY) * DAY;
    for (let day = 0; day <= 20; day += 1) {
      const start = new Date(today + day * DAY + 9 * HOUR).toISOString().replace(".000", "");
      expect(rows).toContain(start);
    }
  });

  test("L3: a failed roll runs again later and leaves no hole", async () => {
    const world = newWorld({ bindings: { WINDOW_FUTURE_DAYS: "10" } });
    const { connectionId } = await world.connect();
    world.add("2026-03-15T10:00:00Z", "2026-03-15T11:00:00Z");
    world.add("2026-03-16T10:00:00Z", "2026-03-16T11:00:00Z");
    await world.drain();
    world.google.knobs.set("api.status", 503, { operation: "events.list" });
    await days(world, 3);
    world.google.knobs.clear();
    await days(world, 1);
    world.advance(HOUR);
    await world.cron();
    expect(await world.rows(connectionId)).toHaveLength(2);
  });

  test("a roll that breaks off between two pages lists the whole strip again", async () => {
    const world = newWorld({ bindings: { WINDOW_FUTURE_DAYS: "10" } });
    const { connectionId } = await world.connect();
    for (let hour = 10; hour < 16; hour += 1) {
      world.add(`2026-03-15T${hour}:00:00Z`, `2026-03-15T${hour}:30:00Z`);
    }
    await world.drain();
    world.advance(3 * DAY);
    await world.pull(connectionId);
    world.google.knobs.set("list.shortPage", 2);
    world.google.knobs.set("net.reset", "after", { operation: "events.list" });
    await world.query("UPDATE connections SET poll_due_at = 9e15");
    await world.cron();
    world.google.knobs.clear("net.reset");
    world.advance(HOUR);
    await world.cron();
    expect(await world.rows(connectionId)).toHaveLength(6);
  });
});

describe("events at the edges", () => {
  test("L4: an event that began before the window and still runs is busy", async () => {
    const world = newWorld();
    world.add("2026-02-20T00:00:00Z", "2026-03-06T12:00:00Z");
    await world.connect();
    expect(await world.ask("2026-03-06T10:00:00Z", "2026-03-06T11:00:00Z")).toMatchObject({
      available: false,
    });
    expect(await world.ask("2026-03-06T12:00:00Z", "2026-03-06T13:00:00Z")).toMatchObject({
      available: true,
    });
  });

  test("L4: an event longer than the row limit blocks every hour, and is removed whole", async () => {
    const world = newWorld();
    const id = world.add("2026-03-10T15:00:00Z", "2026-03-14T09:00:00Z");
    const { connectionId } = await world.connect();
    for (const day of ["10T15", "11T03", "12T15", "13T23", "14T08"]) {
      const start = at(`2026-03-${day}:00:00Z`);
      expect(
        await world.ask(new Date(start).toISOString(), new Date(start + HOUR).toISOString()),
      ).toMatchObject({ available: false });
    }
    world.google.deleteEvent(world.email, id);
    await world.drain();
    expect(await world.rows(connectionId)).toEqual([]);
  });

  test("L5, D.4.6: an event moved out of the window frees its time, and blocks it again when moved back", async () => {
    const world = newWorld();
    const id = world.add("2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
    const { connectionId } = await world.connect();
    const move = async (start: string, end: string) => {
      world.google.patchEvent(world.email, id, { start: { dateTime: start }, end: { dateTime: end } });
      await world.drain();
      return (await world.rows(connectionId)).map((row) => row.start);
    };
    expect(await move("2025-06-10T10:00:00Z", "2025-06-10T11:00:00Z")).toEqual([]);
    expect(await move("2026-03-11T10:00:00Z", "2026-03-11T11:00:00Z")).toEqual(["2026-03-11T10:00:00Z"]);
    expect(await move("2028-06-10T10:00:00Z", "2028-06-10T11:00:00Z")).toEqual([]);
    expect(await move("2026-03-12T10:00:00Z", "2026-03-12T11:00:00Z")).toEqual(["2026-03-12T10:00:00Z"]);
  });

  test("L26: each occurrence of a series is busy, moved ones at their new time, cancelled ones not", async () => {
    const world = newWorld();
    const id = world.add("", "", {
      start: { dateTime: "2026-03-03T09:00:00Z", timeZone: "UTC" },
      end: { dateTime: "2026-03-03T10:00:00Z", timeZone: "UTC" },
      recurrence: ["RRULE:FREQ=DAILY;COUNT=5"],
    });
    const { connectionId } = await world.connect();
    world.google.moveInstance(world.email, id, "2026-03-04T09:00:00Z", {
      start: { dateTime: "2026-03-04T15:00:00Z" },
      end: { dateTime: "2026-03-04T16:00:00Z" },
    });
    world.google.cancelInstance(world.email, id, "2026-03-05T09:00:00Z");
    await world.drain();
    expect((await world.rows(connectionId)).map(({ start }) => start)).toEqual([
      "2026-03-03T09:00:00Z",
      "2026-03-04T15:00:00Z",
      "2026-03-06T09:00:00Z",
      "2026-03-07T09:00:00Z",
    ]);
  });

  test("D.4.7: a series changed from one day on leaves no ghost of its old times", async () => {
    const world = newWorld();
    const id = world.add("", "", {
      start: { dateTime: "2026-03-03T09:00:00Z", timeZone: "UTC" },
      end: { dateTime: "2026-03-03T10:00:00Z", timeZone: "UTC" },
      recurrence: ["RRULE:FREQ=DAILY;COUNT=6"],
    });
    const { connectionId } = await world.connect();
    world.google.splitSeries(world.email, id, "2026-03-06T09:00:00Z", {
      start: { dateTime: "2026-03-06T14:00:00Z", timeZone: "UTC" },
      end: { dateTime: "2026-03-06T15:00:00Z", timeZone: "UTC" },
    });
    await world.drain();
    const hours = (await world.rows(connectionId)).map(({ start }) => start.slice(8, 13));
    expect(hours.slice(0, 3)).toEqual(["03T09", "04T09", "05T09"]);
    expect(hours.slice(3).every((hour) => hour.endsWith("T14"))).toBe(true);
    expect(hours.length).toBeGreaterThanOrEqual(6);
  });

  test("L10: declining frees the time at once, accepting blocks it again", async () => {
    const world = newWorld();
    const id = world.add("2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z", {
      attendees: [{ email: world.email, responseStatus: "accepted" }],
    });
    const { connectionId } = await world.connect();
    expect(await world.rows(connectionId)).toHaveLength(1);
    for (const [responseStatus, count] of [
      ["declined", 0],
      ["accepted", 1],
    ] as const) {
      world.google.patchEvent(world.email, id, { attendees: [{ email: world.email, responseStatus }] });
      await world.drain();
      expect(await world.rows(connectionId)).toHaveLength(count);
    }
  });
});

describe("a window that is fixed in the cursor", () => {
  test("P2, P9: moves with the last page of its listing, not with the first", async () => {
    const network = watchedNetwork();
    const world = newWorld({ bindings: { WINDOW_FUTURE_DAYS: "10" }, fetch: network.fetch });
    const calendar = world.microsoft.calendarId(world.workEmail);
    const meeting = (day: number) => ({
      subject: "Meeting",
      start: { dateTime: `2026-03-${day}T10:00:00`, timeZone: "UTC" },
      end: { dateTime: `2026-03-${day}T11:00:00`, timeZone: "UTC" },
    });
    const { connectionId } = await world.connect({ provider: "OFFICE365" });
    for (const day of [11, 12, 18, 19]) world.microsoft.addEvent(calendar, meeting(day));
    await world.drain();
    const { windowEndsAt: before } = await world.connection(connectionId);

    // The window has fallen a week behind, so everything is listed again, one event a page; the third page fails.
    world.microsoft.knobs.set("delta.shortPage", 1);
    let pages = 0;
    network.before = async ({ searchParams }) => {
      if (searchParams.has("$skiptoken")) pages += 1;
      if (pages > 1) throw new TypeError("fetch failed");
    };
    await days(world, 8);
    expect(pages).toBeGreaterThan(1);
    expect((await world.connection(connectionId)).windowEndsAt).toBe(before);
    const asked = await world.ask("2026-03-19T10:00:00Z", "2026-03-19T11:00:00Z");
    expect(asked).toMatchObject({ complete: false });

    // The round continues where it stopped, and its last page covers the strip.
    network.before = async () => {};
    await days(world, 1);
    expect((await world.connection(connectionId)).windowEndsAt).toBeGreaterThan(before ?? 0);
    expect((await world.rows(connectionId)).map(({ start }) => start)).toEqual([
      "2026-03-11T10:00:00Z",
      "2026-03-12T10:00:00Z",
      "2026-03-18T10:00:00Z",
      "2026-03-19T10:00:00Z",
    ]);
  });
});

describe("a snapshot of a window that has moved on", () => {
  test("P2: keeps the coverage until its last page", async () => {
    const network = watchedNetwork();
    const world = newWorld({ fetch: network.fetch });
    const calendar = world.microsoft.calendarId(world.workEmail);
    const { connectionId } = await world.connect({ provider: "OFFICE365" });
    for (const day of ["04", "06"]) {
      world.microsoft.addEvent(calendar, {
        subject: "Days long",
        start: { dateTime: "2026-03-02T22:00:00", timeZone: "UTC" },
        end: { dateTime: `2026-03-${day}T22:00:00`, timeZone: "UTC" },
      });
    }
    await world.drain();
    const before = await world.rows(connectionId);
    world.advance(3 * DAY);
    world.microsoft.expireDeltaTokens();
    world.microsoft.knobs.set("delta.shortPage", 1);
    network.before = async ({ searchParams }) => {
      if (searchParams.has("$skiptoken")) throw new TypeError("fetch failed");
    };
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "failed", mode: "snapshot", pages: 1 });
    expect(await world.rows(connectionId)).toEqual(before);
  });
});

describe("a roll between two pages of a snapshot", () => {
  test("P2: keeps the rows that the snapshot covers when it ends", async () => {
    const network = watchedNetwork();
    const world = newWorld({ fetch: network.fetch });
    const calendar = world.microsoft.calendarId(world.workEmail);
    const meeting = (day: string) => ({
      subject: "Meeting",
      start: { dateTime: `2026-03-${day}T22:00:00`, timeZone: "UTC" },
      end: { dateTime: `2026-03-${day}T23:00:00`, timeZone: "UTC" },
    });
    const { connectionId } = await world.connect({ provider: "OFFICE365" });
    for (const day of ["02", "09"]) world.microsoft.addEvent(calendar, meeting(day));
    await world.drain();
    world.microsoft.expireDeltaTokens();
    world.microsoft.knobs.set("delta.shortPage", 1);
    network.before = async ({ searchParams }) => {
      if (searchParams.has("$skiptoken")) throw new TypeError("fetch failed");
    };
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "failed", mode: "snapshot", pages: 1 });

    // The Worker was down for days, so the roll runs before the snapshot continues.
    network.before = async () => {};
    world.advance(3 * DAY);
    await rollWindow(world.deps, { connectionId });
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "ok" });
    const { windowStartsAt } = await world.connection(connectionId);
    const meetings = ["2026-03-02T22:00:00Z", "2026-03-09T22:00:00Z"];
    expect((await world.rows(connectionId)).map(({ start }) => start)).toEqual(
      meetings.filter((start) => at(start) >= (windowStartsAt ?? 0)),
    );
  });
});

describe("a clock that ran ahead and was set back", () => {
  test("P2: counts days that the cache has dropped as unknown until they are listed again", async () => {
    const world = newWorld({ bindings: { WINDOW_FUTURE_DAYS: "30" } });
    world.add("2026-03-04T10:00:00Z", "2026-03-04T11:00:00Z");
    const { connectionId } = await world.connect();
    await days(world, 5);
    expect(await world.rows(connectionId)).toEqual([]);
    world.advance(-5 * DAY);
    world.google.knobs.set("api.status", 503, { operation: "events.list" });
    await world.query("UPDATE connections SET roll_due_at = 0, lease_until = 0");
    await world.cron();
    expect(await world.ask("2026-03-04T10:00:00Z", "2026-03-04T11:00:00Z")).toMatchObject({
      complete: false,
    });
    world.google.knobs.clear();
    await days(world, 1);
    expect(await world.rows(connectionId)).toMatchObject([{ start: "2026-03-04T10:00:00Z" }]);
    expect(await world.ask("2026-03-04T10:00:00Z", "2026-03-04T11:00:00Z")).toMatchObject({
      available: false,
      reason: "conflict",
    });
  });
});

describe("all-day events", () => {
  for (const [zone, start, end] of [
    // The first and the last zone to begin a day, and one whose summer time is half an hour.
    ["Pacific/Kiritimati", "2026-03-09T10:00:00Z", "2026-03-10T10:00:00Z"],
    ["Pacific/Pago_Pago", "2026-03-10T11:00:00Z", "2026-03-11T11:00:00Z"],
    ["Australia/Lord_Howe", "2026-03-09T13:00:00Z", "2026-03-10T13:00:00Z"],
    ["Asia/Kathmandu", "2026-03-09T18:15:00Z", "2026-03-10T18:15:00Z"],
    ["UTC", "2026-03-10T00:00:00Z", "2026-03-11T00:00:00Z"],
  ] as const) {
    test(`L27, D.4.8: an all-day event is the day as ${zone} has it`, async () => {
      const world = newWorld({ timeZone: zone });
      world.add("2026-03-10", "2026-03-11");
      const { connectionId } = await world.connect();
      expect(await world.rows(connectionId)).toMatchObject([{ start, end, allDay: true }]);
    });
  }

  test("L27: the day on which the clocks go back has 25 hours", async () => {
    const world = newWorld({ timeZone: "Europe/Lisbon" });
    world.add("2026-03-29", "2026-03-30");
    world.add("2026-10-25", "2026-10-26");
    const { connectionId } = await world.connect();
    const taken = (await world.rows(connectionId)).map(({ start, end }) => [start, end]);
    expect(taken[0]).toEqual(["2026-03-29T00:00:00Z", "2026-03-29T23:00:00Z"]);
    // Rows are cut at 24 hours.
    expect(taken.slice(1)).toEqual([
      ["2026-10-24T23:00:00Z", "2026-10-25T23:00:00Z"],
      ["2026-10-25T23:00:00Z", "2026-10-26T00:00:00Z"],
    ]);
  });

  test("L27: a calendar that moves to another zone has its all-day rows placed again, though no event changed", async () => {
    const world = newWorld({ timeZone: "Europe/Lisbon" });
    world.add("2026-03-10", "2026-03-11");
    world.add("2026-03-12T10:00:00Z", "2026-03-12T11:00:00Z");
    const { connectionId } = await world.connect();
    expect(await world.rows(connectionId)).toMatchObject([{ start: "2026-03-10T00:00:00Z" }, {}]);
    world.google.changeCalendar(world.email, { timeZone: "America/New_York" });
    expect(await world.pull(connectionId)).toMatchObject({ outcome: "ok" });
    expect(await world.connection(connectionId)).toMatchObject({ timeZone: "America/New_York" });
    expect(await world.rows(connectionId)).toMatchObject([
      { start: "2026-03-10T04:00:00Z", end: "2026-03-11T04:00:00Z" },
      { start: "2026-03-12T10:00:00Z" },
    ]);
    expect(world.logged("pull.resync")).toMatchObject([{ fields: { code: "time_zone_changed" } }]);
  });
});
