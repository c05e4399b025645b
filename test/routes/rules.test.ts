// Rules of a request over HTTP: they narrow the agent's own, and buffers stay with what was sold.
import { beforeEach, describe, expect, test } from "vitest";
import { type Api, connected } from "../http/api.ts";
import { createWorld, type World } from "../support/world.ts";

let world: World;
let agent: Api;

beforeEach(async () => {
  world = createWorld();
  ({ agent } = await connected(world));
});

/** A slot on Tuesday 2026-03-10, on which the agent has nothing. */
const slot = (start: string, end: string) => ({
  start: `2026-03-10T${start}:00Z`,
  end: `2026-03-10T${end}:00Z`,
});
const book = (bookingId: string, span: object, rules?: object) =>
  agent("createBooking", {
    body: { bookingId, title: "Talk", ...span, ...(rules === undefined ? {} : { rules }) },
  });
const move = (bookingId: string, body: object) =>
  agent("changeBooking", { params: { bookingId }, body: { ...body } });
const reasonsOf = ({ body }: { body: { conflicts?: { reason: string }[] } }) =>
  body.conflicts?.map(({ reason }) => reason);
const startsOf = (slots: { start: string }[]) => slots.map(({ start }) => start.slice(11, 16));

describe("Rules", () => {
  test.each([
    ["minimumNoticeMinutes", { minimumNoticeMinutes: 60 * 24 * 20 }, ["notice"]],
    ["horizonDays", { horizonDays: 3 }, ["horizon"]],
    ["hours", { hours: [{ weekday: 2, start: "11:00", end: "12:00" }] }, ["hours"]],
    ["hours on no day", { hours: [] }, ["hours"]],
    ["bufferBeforeMinutes", { bufferBeforeMinutes: 31 }, ["buffer"]],
    ["bufferAfterMinutes", { bufferAfterMinutes: 61 }, ["buffer"]],
  ])(
    "%s refuse alike in a check, a search, a hold, a sale, a bulk and a move",
    async (_, rules, expected) => {
      await book("before", slot("09:00", "09:30"));
      await book("after", slot("12:00", "12:30"));
      await book("moved", slot("18:00", "19:00"));
      const span = slot("10:00", "11:00");
      const check = await agent("checkAvailability", { body: { ...span, rules } });
      expect(reasonsOf(check)).toEqual(expected);
      const create = { action: "create", bookingId: "m", title: "Talk", ...span, rules };
      const many = await agent("bulkBookings", { body: { operations: [create] } });
      for (const refused of [
        await agent("placeHold", { body: { holdId: "h", ...span, rules } }),
        await book("b", span, rules),
        await move("moved", { ...span, rules }),
        { status: many.body.results[0].status, body: many.body.results[0].error },
      ]) {
        expect(refused).toMatchObject({ status: 409, body: { code: "slot_taken" } });
        expect(reasonsOf(refused)).toEqual(expected);
      }
      const search = { from: span.start, to: span.end, durationMinutes: 60, rules };
      expect((await agent("findSlots", { body: search })).body.slots).toEqual([]);
      const batch = await agent("checkManyAvailabilities", { body: { checks: [{ ...span, rules }, span] } });
      expect(batch.body.results.map(({ available }: { available: boolean }) => available)).toEqual([
        false,
        true,
      ]);
      expect((await book("b", span)).status).toBe(201);
    },
  );

  test("loosen nothing of the agent's own", async () => {
    await agent("changeSettings", {
      body: {
        ...{ minimumNoticeMinutes: 60 * 24 * 20, horizonDays: 3, workingHours: [] },
      },
    });
    const rules = {
      ...{ minimumNoticeMinutes: 0, horizonDays: 800 },
      hours: [{ weekday: 2, start: "00:00", end: "24:00" }],
    };
    const check = await agent("checkAvailability", { body: { ...slot("10:00", "11:00"), rules } });
    expect(reasonsOf(check)?.sort()).toEqual(["horizon", "hours", "notice"]);
  });

  test.each([
    ["a buffer of five hours", { bufferAfterMinutes: 300 }, "rules.bufferAfterMinutes"],
    ["a step of a minute", { stepMinutes: 1 }, "rules.stepMinutes"],
    ["another alignment", { align: "sunrise" }, "rules.align"],
    ["hours that end first", { hours: [{ weekday: 2, start: "12:00", end: "11:00" }] }, "rules.hours.0.end"],
    ["an unknown field", { maxPerDay: 1 }, "rules"],
  ])("with %s are refused", async (_, rules, path) => {
    const { status, body } = await agent("checkAvailability", { body: { ...slot("10:00", "11:00"), rules } });
    expect({ status, path: body.errors[0].path }).toEqual({ status: 400, path });
  });

  test("without a new slot are refused in a change", async () => {
    await book("b-1", slot("10:00", "11:00"));
    const { status, body } = await move("b-1", { title: "New", rules: { bufferAfterMinutes: 10 } });
    expect({ status, path: body.errors[0].path }).toEqual({ status: 400, path: "rules" });
  });
});

describe("Buffers that were sold", () => {
  test("are answered, and keep later bookings away on both sides", async () => {
    const rules = { bufferBeforeMinutes: 20, bufferAfterMinutes: 40 };
    const { body } = await book("b-1", slot("10:00", "11:00"), rules);
    expect(body.booking).toMatchObject(rules);
    expect(reasonsOf(await book("b-2", slot("11:39", "12:00")))).toEqual(["buffer"]);
    expect(reasonsOf(await book("b-2", slot("09:00", "09:41")))).toEqual(["buffer"]);
    expect((await book("b-2", slot("11:40", "12:00"))).status).toBe(201);
    expect((await book("b-3", slot("09:00", "09:40"))).status).toBe(201);
    expect((await book("b-3", slot("09:00", "09:40"))).body.booking).toMatchObject({ bufferAfterMinutes: 0 });
  });

  test("are part of what was booked and held: the same id with others is refused", async () => {
    const rules = { bufferAfterMinutes: 40 };
    const span = slot("10:00", "11:00");
    expect((await book("b-1", span, rules)).status).toBe(201);
    expect((await book("b-1", span, rules)).status).toBe(200);
    expect(await book("b-1", span)).toMatchObject({ status: 409, body: { code: "booking_exists" } });
    const held = (more: object) =>
      agent("placeHold", { body: { holdId: "h-1", ...slot("14:00", "15:00"), ...more } });
    expect(await held({ rules })).toMatchObject({ status: 201, body: { bufferAfterMinutes: 40 } });
    expect((await held({ rules })).status).toBe(200);
    expect(await held({})).toMatchObject({ status: 409, body: { code: "hold_exists" } });
    expect(reasonsOf(await book("b-2", slot("15:30", "16:00")))).toEqual(["buffer"]);
  });

  test("go with a booking that moves, until the move brings others", async () => {
    await book("b-1", slot("10:00", "11:00"), { bufferAfterMinutes: 40 });
    await book("b-2", slot("14:00", "15:00"));
    expect(reasonsOf(await move("b-1", slot("12:30", "13:30")))).toEqual(["buffer"]);
    const moved = await move("b-1", { ...slot("12:30", "13:30"), rules: { bufferAfterMinutes: 30 } });
    expect(moved).toMatchObject({ status: 200, body: { booking: { bufferAfterMinutes: 30 } } });
    const ask = async (rules?: object) => {
      const question = { ...slot("13:00", "13:40"), ignoreBookingId: "b-1", ...(rules && { rules }) };
      const many = { checks: [question, { ...question, ignoreBookingId: "b-2" }] };
      const { body } = await agent("checkManyAvailabilities", { body: many });
      return [await agent("checkAvailability", { body: question }), { body: body.results[0] }].map(reasonsOf);
    };
    // A check of a move says what the move will say.
    expect(await ask()).toEqual([["buffer"], ["buffer"]]);
    expect(await ask({ minimumNoticeMinutes: 0 })).toEqual([["buffer"], ["buffer"]]);
    expect(await ask({ bufferAfterMinutes: 20 })).toEqual([[], []]);
    // Larger buffers at the same time need their room, too; smaller ones never do.
    const wider = { ...slot("12:30", "13:30"), rules: { bufferAfterMinutes: 31 } };
    expect(reasonsOf(await move("b-1", wider))).toEqual(["buffer"]);
    const none = { ...slot("12:30", "13:30"), rules: { bufferAfterMinutes: 0 } };
    expect(await move("b-1", none)).toMatchObject({
      status: 200,
      body: { booking: { bufferAfterMinutes: 0 } },
    });
    expect((await book("b-3", slot("13:30", "14:00"))).status).toBe(201);
  });
});

describe("Slots", () => {
  const find = async (hours: [string, string], body: object) => {
    const workingHours = [{ weekday: 2, start: hours[0], end: hours[1] }];
    await agent("changeSettings", { body: { timeZone: "Europe/Berlin", workingHours } });
    const search = { from: "2026-03-09T23:00:00Z", to: "2026-03-10T23:00:00Z", ...body };
    return startsOf((await agent("findSlots", { body: search })).body.slots);
  };

  test("begin with the opening of each stretch and follow each other, where rules say so", async () => {
    const opening = (durationMinutes: number, more: object = {}) => ({
      durationMinutes,
      rules: { align: "opening", ...more },
    });
    // Berlin is an hour ahead.
    expect(await find(["09:00", "09:50"], opening(50))).toEqual(["08:00"]);
    expect(await find(["09:30", "11:30"], opening(60))).toEqual(["08:30", "09:30"]);
    expect(await find(["09:00", "11:00"], opening(40))).toEqual(["08:00", "08:40", "09:20"]);
    expect(await find(["09:10", "10:30"], opening(60, { stepMinutes: 15 }))).toEqual(["08:10", "08:25"]);
    expect(await find(["09:10", "10:30"], { ...opening(60), stepMinutes: 20 })).toEqual(["08:10", "08:30"]);
  });

  test("begin with multiples of the step since midnight otherwise", async () => {
    expect(await find(["09:10", "11:00"], { durationMinutes: 50 })).toEqual(["08:30", "09:00"]);
    const rules = { align: "clock", stepMinutes: 20 };
    expect(await find(["09:10", "10:30"], { durationMinutes: 50, rules })).toEqual(["08:20", "08:40"]);
  });

  test("keep the buffers and hours of the rules", async () => {
    await book("b-1", slot("10:00", "11:00"));
    const rules = {
      ...{ bufferBeforeMinutes: 15, stepMinutes: 15 },
      hours: [{ weekday: 2, start: "11:00", end: "13:00" }],
    };
    expect(await find(["09:00", "17:00"], { durationMinutes: 30, rules })).toEqual(["11:15", "11:30"]);
  });
});
