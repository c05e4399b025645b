// Pull: after any sequence of changes and failures the cache equals the calendar.
import fc from "fast-check";
import { expect, test } from "vitest";
import { merge } from "../../src/domain/interval.ts";
import { startOfDate } from "../../src/domain/zone.ts";
import type { KnobName } from "../simulators/google/knobs.ts";
import { at, DAY, type GoogleWorld, HOUR, MINUTE, useGoogleWorld } from "../support/google-world.ts";

const newWorld = useGoogleWorld();

const text = (instant: number) => new Date(instant).toISOString().replace(".000", "");
const date = (instant: number) => text(instant).slice(0, 10);
const BASE = at("2026-03-02T00:00:00Z");

/** Something that the agent, Google or the deployment may do between two pulls. */
type Step =
  | { readonly do: "add"; readonly hour: number; readonly length: number }
  | { readonly do: "add-day"; readonly day: number }
  | { readonly do: "add-series"; readonly hour: number; readonly count: number }
  | { readonly do: "move"; readonly pick: number; readonly hour: number; readonly length: number }
  | { readonly do: "delete" | "free" | "decline"; readonly pick: number }
  | { readonly do: "move-one" | "cancel-one" | "delete-series"; readonly pick: number; readonly hour: number }
  | { readonly do: "fault"; readonly knob: readonly [KnobName, unknown]; readonly times: number }
  | { readonly do: "expire" | "clear" | "lose-jobs" | "hear" | "cron" }
  | { readonly do: "wait"; readonly minutes: number };

const hour = fc.integer({ min: -60, max: 24 * 45 });
const length = fc.integer({ min: 1, max: 70 });
const pick = fc.nat(50);

const FAULTS: readonly (readonly [KnobName, unknown])[] = [
  ["push.drop", true],
  ["push.dup", true],
  ["push.delay", 3 * MINUTE],
  ["api.status", 503],
  ["net.reset", "after"],
  ["net.truncate", true],
  ["sync.expire", true],
  ["list.shortPage", 1],
  ["list.emptyPage", true],
  ["sync.masterStub", true],
  ["api.expireAccess", true],
  ["limit.user", { retryAfter: 90 }],
];

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("add" as const), hour, length }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("add-day" as const), day: fc.integer({ min: -2, max: 45 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("add-series" as const),
      hour,
      count: fc.integer({ min: 2, max: 12 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("move" as const), pick, hour, length }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("delete" as const, "free" as const, "decline" as const),
      pick,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom("move-one" as const, "cancel-one" as const, "delete-series" as const),
      pick,
      hour,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("fault" as const),
      knob: fc.constantFrom(...FAULTS),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom("expire" as const, "clear" as const, "lose-jobs" as const),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom("hear" as const, "cron" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("wait" as const), minutes: fc.integer({ min: 1, max: 3_000 }) }),
  },
);

interface Played {
  readonly world: GoogleWorld;
  readonly ids: string[];
  readonly series: { id: string; start: number; count: number }[];
}

/** Performs one step; a step about an event that doesn't exist does nothing. */
async function play({ world, ids, series }: Played, move: Step): Promise<void> {
  const { google, email } = world;
  const times = (h: number, l: number) => ({
    start: { dateTime: text(BASE + h * HOUR), timeZone: "UTC" },
    end: { dateTime: text(BASE + (h + l) * HOUR), timeZone: "UTC" },
  });
  const chosen = "pick" in move ? ids[move.pick % Math.max(1, ids.length)] : undefined;
  const recurring = "pick" in move ? series[move.pick % Math.max(1, series.length)] : undefined;
  switch (move.do) {
    case "add":
      ids.push(world.add(text(BASE + move.hour * HOUR), text(BASE + (move.hour + move.length) * HOUR)));
      return;
    case "add-day":
      ids.push(world.add(date(BASE + move.day * DAY), date(BASE + (move.day + 1) * DAY)));
      return;
    case "add-series": {
      const recurrence = [`RRULE:FREQ=DAILY;COUNT=${move.count}`];
      const id = world.add("", "", { ...times(move.hour, 1), recurrence });
      series.push({ id, start: BASE + move.hour * HOUR, count: move.count });
      return;
    }
    case "move": {
      if (chosen === undefined || google.event(email, chosen)?.["status"] === "cancelled") return;
      const { start, end } = times(move.hour, move.length);
      google.patchEvent(email, chosen, { start: { ...start, date: null }, end: { ...end, date: null } });
      return;
    }
    case "free":
    case "decline": {
      if (chosen === undefined || google.event(email, chosen)?.["status"] === "cancelled") return;
      const declined = { attendees: [{ email, responseStatus: "declined" }] };
      google.patchEvent(email, chosen, move.do === "free" ? { transparency: "transparent" } : declined);
      return;
    }
    case "delete":
      if (chosen !== undefined) google.deleteEvent(email, chosen);
      return;
    case "delete-series":
    case "move-one":
    case "cancel-one": {
      if (recurring === undefined || google.event(email, recurring.id)?.["status"] === "cancelled") return;
      if (move.do === "delete-series") return google.deleteEvent(email, recurring.id);
      const original = text(recurring.start + (move.pick % recurring.count) * DAY);
      if (move.do === "cancel-one") google.cancelInstance(email, recurring.id, original);
      else google.moveInstance(email, recurring.id, original, times(move.hour, 2));
      return;
    }
    case "fault":
      google.knobs.set(move.knob[0], move.knob[1] as never, { times: move.times });
      return;
    case "expire":
      google.expireSyncTokens();
      return;
    case "clear":
      google.knobs.clear();
      return;
    case "lose-jobs":
      await google.flush();
      world.jobs.urgent.splice(0);
      return;
    case "hear":
      await world.drain();
      return;
    case "cron":
      await world.cron();
      return;
    case "wait":
      world.advance(move.minutes * MINUTE);
  }
}

/** The calendar's busy time inside the window, read from the simulator. */
function oracle(world: GoogleWorld, window: { startsAt: number; endsAt: number }, zone: string) {
  const instant = (time: unknown) => {
    const { date: day, dateTime } = time as { date?: string; dateTime?: string };
    return day === undefined ? at(dateTime ?? "") : startOfDate(day, zone);
  };
  const taken = world.google.events(world.email).flatMap((event) => {
    const attendees = (event["attendees"] ?? []) as { email: string; responseStatus: string }[];
    const declined = attendees.some(
      (guest) => guest.email === world.email && guest.responseStatus === "declined",
    );
    if (declined || event["transparency"] === "transparent") return [];
    return [clipped(instant(event["start"]), instant(event["end"]), window)];
  });
  return merge(taken.filter(({ startsAt, endsAt }) => startsAt < endsAt));
}

const clipped = (startsAt: number, endsAt: number, window: { startsAt: number; endsAt: number }) => ({
  startsAt: Math.max(startsAt, window.startsAt),
  endsAt: Math.min(endsAt, window.endsAt),
});

test("P2, P4, P5: after any steps and failures, the cache at rest equals the calendar", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 70, size: "max" }), async (steps) => {
      const world = newWorld({ bindings: { WINDOW_FUTURE_DAYS: "30" }, timeZone: "America/St_Johns" });
      const { connectionId } = await world.connect();
      const played: Played = { world, ids: [], series: [] };
      for (const each of steps) await play(played, each);
      // The failures are over. Cron alone finds the rest.
      world.google.knobs.clear();
      for (let round = 0; round < 4; round += 1) {
        world.advance(HOUR);
        await world.cron();
      }
      const connection = await world.connection(connectionId);
      expect(connection).toMatchObject({ failures: 0, leaseId: null, isActive: true });
      expect(connection.clean).toBe(connection.dirty);
      const window = { startsAt: connection.windowStartsAt ?? 0, endsAt: connection.windowEndsAt ?? 0 };
      const rows = (await world.rows(connectionId)).map(({ start, end }) =>
        clipped(at(start), at(end), window),
      );
      const spell = (taken: { startsAt: number; endsAt: number }[]) =>
        taken.map(({ startsAt, endsAt }) => `${text(startsAt)}/${text(endsAt)}`);
      expect(spell(merge(rows.filter(({ startsAt, endsAt }) => startsAt < endsAt)))).toEqual(
        spell(oracle(world, window, "America/St_Johns")),
      );
    }),
    { numRuns: 6, interruptAfterTimeLimit: 50_000 },
  );
}, 60_000);
