// Local times: slots by date and time of day, in the caller's zone or the agent's, across clock changes.
import { beforeAll, describe, expect, test } from "vitest";
import { checkAvailability, checkMany } from "../../src/availability/check.ts";
import { putSettings } from "../../src/availability/settings.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { DEFAULT_SETTINGS } from "../../src/domain/settings.ts";
import { at, bookingRequest, codeOf } from "../bookings/requests.ts";
import { createWorld, type World } from "../support/world.ts";

let world: World;

/** An agent without calendars who lives in `timeZone`. */
async function agentIn(timeZone: string): Promise<string> {
  const agentId = `${world.agentId}-${timeZone.replace("/", "-")}`;
  await putSettings(world.deps, { agentId, settings: { ...DEFAULT_SETTINGS, timeZone } });
  return agentId;
}

const local = (date: string, startTime: string, endTime: string, timeZone: string | null = null) => ({
  date,
  startTime,
  endTime,
  timeZone,
});

const check = (agentId: string, slot: ReturnType<typeof local>) =>
  checkAvailability(world.deps, { agentId, slot, purpose: "display", maxAgeMs: null });

const instants = (start: string, end: string) => ({ startsAt: at(start), endsAt: at(end) });

beforeAll(() => {
  world = createWorld();
});

describe("a slot by local date and times", () => {
  test.each([
    ["Europe/Berlin", "2026-03-05", "10:00", "11:00", "2026-03-05T09:00Z", "2026-03-05T10:00Z"],
    ["Asia/Kathmandu", "2026-03-05", "10:00", "11:00", "2026-03-05T04:15Z", "2026-03-05T05:15Z"],
    // The two ends of the date line: a date ends at one before it begins at the other.
    ["Pacific/Kiritimati", "2026-03-05", "00:00", "01:00", "2026-03-04T10:00Z", "2026-03-04T11:00Z"],
    ["Etc/GMT+12", "2026-03-05", "23:00", "24:00", "2026-03-06T11:00Z", "2026-03-06T12:00Z"],
    ["Pacific/Niue", "2026-03-05", "23:30", "24:00", "2026-03-06T10:30Z", "2026-03-06T11:00Z"],
    // The day before the clock change, and the hours before and after the change.
    ["America/New_York", "2026-03-08", "01:00", "03:30", "2026-03-08T06:00Z", "2026-03-08T07:30Z"],
    ["Europe/Berlin", "2026-10-25", "02:30", "03:30", "2026-10-25T00:30Z", "2026-10-25T02:30Z"],
  ])("in %s means the agent's own clock: %s %s to %s", async (timeZone, date, start, end, from, to) => {
    const agentId = await agentIn(timeZone);
    const answer = await check(agentId, local(date, start, end));
    expect(answer.slot).toEqual(instants(from, to));
    expect(answer.available).toBe(true);
  });

  test("is read in the given zone, not the agent's", async () => {
    const agentId = await agentIn("Pacific/Kiritimati");
    const { slot } = await check(agentId, local("2026-03-05", "10:00", "11:00", "America/New_York"));
    expect(slot).toEqual(instants("2026-03-05T15:00Z", "2026-03-05T16:00Z"));
  });

  test("that the clocks skip is refused, and one that they show twice means the first", async () => {
    const agentId = await agentIn("Europe/Berlin");
    expect(await codeOf(check(agentId, local("2026-03-29", "02:30", "03:30")))).toBe("time_skipped_by_dst");
    expect(await codeOf(check(agentId, local("2026-03-29", "01:30", "02:30")))).toBe("time_skipped_by_dst");
    const { slot } = await check(agentId, local("2026-10-25", "02:00", "02:30"));
    expect(slot).toEqual(instants("2026-10-25T00:00Z", "2026-10-25T00:30Z"));
  });

  test.each([
    ["an end before its start", local("2026-03-05", "11:00", "10:00")],
    ["an end at its start", local("2026-03-05", "10:00", "10:00")],
    ["a date that doesn't exist", local("2026-02-30", "10:00", "11:00")],
    ["a time that doesn't exist", local("2026-03-05", "10:00", "25:00")],
  ])("with %s is refused, alone and among others", async (_, slot) => {
    const agentId = await agentIn("Europe/Berlin");
    expect(await codeOf(check(agentId, slot))).toBe("invalid_time");
    const question = { agentId, purpose: "display" as const, maxAgeMs: null };
    const answers = await checkMany(world.deps, {
      checks: [
        { ...question, slot },
        { ...question, slot: local("2026-03-05", "10:00", "11:00") },
        { ...question, agentId: "nobody", slot: local("2026-03-05", "10:00", "11:00") },
        { ...question, slot: local("2026-03-29", "02:30", "03:30") },
      ],
    });
    expect(answers).toMatchObject([
      { error: { code: "invalid_time" } },
      { available: true },
      { error: { code: "agent_not_found" } },
      { error: { code: "time_skipped_by_dst" } },
    ]);
  });

  test("in a zone that doesn't exist is refused", async () => {
    const agentId = await agentIn("Europe/Berlin");
    const slot = local("2026-03-05", "10:00", "11:00", "Mars/Olympus");
    expect(await codeOf(check(agentId, slot))).toBe("invalid_time_zone");
  });

  test.each(["Pacific/Kiritimati", "Etc/GMT+12", "Europe/Berlin"])(
    "finds conflicts in %s at both ends of the local day",
    async (timeZone) => {
      const agentId = await agentIn(timeZone);
      const book = (bookingId: string, slot: ReturnType<typeof local>) =>
        createBooking(
          world.deps,
          bookingRequest({ agentId }, { bookingId: `${timeZone}-${bookingId}`, slot }),
        );
      expect((await book("1", local("2026-03-06", "00:00", "01:00"))).booking.timeZone).toBe(timeZone);
      await book("2", local("2026-03-06", "23:00", "24:00"));
      const whole = await check(agentId, local("2026-03-06", "00:00", "24:00"));
      expect(whole.conflicts.map(({ reason }) => reason)).toEqual(["booking", "booking"]);
      expect((await check(agentId, local("2026-03-06", "01:00", "23:00"))).available).toBe(true);
      expect((await check(agentId, local("2026-03-05", "00:00", "24:00"))).available).toBe(true);
      expect((await check(agentId, local("2026-03-07", "00:00", "24:00"))).available).toBe(true);
    },
  );

  test("books the slot that it checked, and a repeated request means the same booking", async () => {
    const agentId = await agentIn("America/New_York");
    const slot = local("2026-03-10", "09:00", "10:00");
    const first = await createBooking(world.deps, bookingRequest({ agentId }, { slot }));
    expect(first.booking).toMatchObject({ startsAt: at("2026-03-10T13:00Z"), timeZone: "America/New_York" });
    expect((await createBooking(world.deps, bookingRequest({ agentId }, { slot }))).created).toBe(false);
    const zoned = bookingRequest({ agentId }, { slot: { ...slot, timeZone: "Europe/Berlin" } });
    expect(await codeOf(createBooking(world.deps, zoned))).toBe("booking_exists");
  });
});

test("a booking lasts 24 hours at most, so a day of 25 hours is too long", async () => {
  const agentId = await agentIn("Europe/Berlin");
  const book = (date: string) =>
    createBooking(
      world.deps,
      bookingRequest({ agentId }, { bookingId: date, slot: local(date, "00:00", "24:00") }),
    );
  expect(await codeOf(book("2026-10-25"))).toBe("invalid_time");
  expect(await codeOf(book("2026-10-26"))).toBeNull();
});
