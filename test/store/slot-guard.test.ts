// Slot guard at its edges: each condition holds to the millisecond. The property test beside this seldom meets an edge.

import { randomUUID } from "node:crypto";
import type { InferInsertModel } from "drizzle-orm";
import { describe, expect, inject, test } from "vitest";
import type { BusyRow } from "../../src/domain/busy.ts";
import { MAX_ROW_MS } from "../../src/domain/interval.ts";
import { NO_RULES, type SlotRules } from "../../src/domain/rules.ts";
import { dayAround, weekAround } from "../../src/domain/zone.ts";
import { placeBooking } from "../../src/store/bookings/bookings.ts";
import type { Guard } from "../../src/store/bookings/slot-guard.ts";
import { openDatabase } from "../../src/store/db.ts";
import { bookings, holds } from "../../src/store/schema/bookings.ts";
import { databaseFetch } from "../support/database-fetch.ts";
import { type AgentSeed, seedStatements } from "../support/seed.ts";

const db = openDatabase(
  { url: inject("sqldUrl"), authToken: null },
  {
    fetch: databaseFetch,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    random: Math.random,
  },
);

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.parse("2026-03-02T08:00:00Z");
const SLOT = { startsAt: NOW + 10 * HOUR, endsAt: NOW + 11 * HOUR };

const checked = (revision: number) => {
  const { startsAt } = SLOT;
  return { revision, day: dayAround(startsAt, "UTC"), week: weekAround(startsAt, "UTC") };
};

type Row = NonNullable<AgentSeed["rows"]>[number];

interface Given {
  readonly settings?: AgentSeed["settings"];
  readonly connection?: Partial<NonNullable<AgentSeed["connections"]>[number]>;
  /** A row of the calendar, or of the engine itself. */
  readonly row?: Partial<Row>;
  readonly ownRow?: Partial<Row>;
  /** The request's own hold on the slot. */
  readonly hold?: Partial<InferInsertModel<typeof holds>>;
  /** Another booking. It has no row of busy time, because those of the past are deleted. */
  readonly other?: Partial<InferInsertModel<typeof bookings>>;
  readonly rules?: SlotRules;
  readonly guard?: Partial<Guard>;
  readonly now?: number;
}

/** Is the slot sold? */
async function sold(given: Given): Promise<boolean> {
  const { settings, connection, row, ownRow, hold, other, rules, guard, now = NOW } = given;
  const agentId = `edges-${randomUUID()}`;
  const connectionId = `${agentId}-c1`;
  const event: BusyRow = {
    ...{ ...SLOT, connectionId, eventKey: "e-1", status: "busy", allDay: false, bookingId: null },
  };
  const holdId = "h-1";
  const stamps = { createdAt: NOW - HOUR, updatedAt: NOW };
  await db.write([
    ...seedStatements(db, {
      ...{ agentId, now: NOW, settings: settings ?? {} },
      connections: [{ id: connectionId, ...connection }],
      rows: [
        ...(row === undefined ? [] : [{ ...event, ...row }]),
        ...(ownRow === undefined
          ? []
          : [{ ...event, connectionId: null, status: "booking" as const, ...ownRow }]),
      ],
    }),
    ...(hold === undefined
      ? []
      : [
          db.build.insert(holds).values({
            agentId,
            holdId,
            ...SLOT,
            expiresAt: NOW + MINUTE,
            state: "held",
            writeId: "w",
            ...stamps,
            ...hold,
          }),
        ]),
    ...(other === undefined
      ? []
      : [
          db.build.insert(bookings).values({
            ...{ agentId, bookingId: "b-2", plainTitle: "", timeZone: "UTC", state: "confirmed" },
            ...{ ...SLOT, revision: 1, writeId: "w", createdAt: NOW, updatedAt: NOW, ...other },
          }),
        ]),
  ]);
  const { placed } = await placeBooking(db, {
    booking: {
      ...{ agentId, bookingId: "b-1", sealedTexts: "sealed", clientHash: null },
      ...{ ...SLOT, timeZone: null, idempotencyKey: null },
      holdId: hold === undefined ? null : holdId,
      rules: rules ?? NO_RULES,
    },
    ...{ writeId: randomUUID(), leaseUntil: now + MINUTE, now },
    guard: {
      ...{ verifiedSince: NOW, excused: [], checked: null, force: false, past: false, ...guard },
    },
    reach: { startsAt: SLOT.startsAt - HOUR, endsAt: SLOT.endsAt + HOUR },
  });
  return placed;
}

describe.each([
  ["before", { bufferBeforeMs: 15 * MINUTE, bufferAfterMs: 5 * MINUTE }],
  ["after", { bufferBeforeMs: 5 * MINUTE, bufferAfterMs: 15 * MINUTE }],
] as const)("with the larger buffer %s the slot", (_side, settings) => {
  const { bufferBeforeMs, bufferAfterMs } = settings;

  test("an outside event blocks from one millisecond within the buffer on its side", async () => {
    const after = SLOT.endsAt + bufferAfterMs;
    const before = SLOT.startsAt - bufferBeforeMs;
    expect(await sold({ settings, row: { startsAt: after, endsAt: after + HOUR } })).toBe(true);
    expect(await sold({ settings, row: { startsAt: after - 1, endsAt: after + HOUR } })).toBe(false);
    expect(await sold({ settings, row: { startsAt: before - HOUR, endsAt: before } })).toBe(true);
    expect(await sold({ settings, row: { startsAt: before - HOUR, endsAt: before + 1 } })).toBe(false);
  });

  test.each(["booking", "hold"] as const)(
    "a %s blocks within the larger buffer on either side",
    async (status) => {
      const wider = Math.max(bufferBeforeMs, bufferAfterMs);
      const after = SLOT.endsAt + wider;
      const before = SLOT.startsAt - wider;
      for (const force of [false, true]) {
        const blocked = async (ownRow: { startsAt: number; endsAt: number }) =>
          !(await sold({ settings, ownRow: { ...ownRow, status }, guard: { force } }));
        expect(await blocked({ startsAt: after, endsAt: after + HOUR })).toBe(false);
        expect(await blocked({ startsAt: after - 1, endsAt: after + HOUR })).toBe(true);
        expect(await blocked({ startsAt: before - HOUR, endsAt: before })).toBe(false);
        expect(await blocked({ startsAt: before - HOUR, endsAt: before + 1 })).toBe(true);
      }
    },
  );
});

describe("what blocks", () => {
  test("the longest row that the cache holds blocks with its last millisecond", async () => {
    const endsAt = SLOT.startsAt + 1;
    expect(await sold({ row: { startsAt: endsAt - MAX_ROW_MS, endsAt } })).toBe(false);
  });

  test.each([
    ["of a calendar that is switched off", { isActive: false }],
    ["of a calendar that isn't synced", { syncEnabled: false }],
    ["of a calendar that doesn't block", { blocksAvailability: false }],
    ["of a calendar that is being disconnected", { closingAt: 1 }],
  ])("an event %s doesn't", async (_, connection) => {
    expect(await sold({ connection, row: {} })).toBe(true);
  });

  test("an event doesn't where the sale is forced", async () => {
    expect(await sold({ row: {}, guard: { force: true } })).toBe(true);
  });

  test("a hold does until the millisecond in which it expires", async () => {
    expect(await sold({ ownRow: { status: "hold", expiresAt: NOW + 1 } })).toBe(false);
    expect(await sold({ ownRow: { status: "hold", expiresAt: NOW } })).toBe(true);
  });

  test.each([
    ["tentative", "tentative"],
    ["unanswered", "unanswered"],
    ["out_of_office", "outOfOffice"],
    ["working_elsewhere", "workingElsewhere"],
  ] as const)("an event with the status %s does by the agent's rule", async (status, rule) => {
    const open = {
      tentative: false,
      allDay: false,
      outOfOffice: false,
      unanswered: false,
      workingElsewhere: false,
    };
    const strict = {
      tentative: true,
      allDay: true,
      outOfOffice: true,
      unanswered: true,
      workingElsewhere: true,
    };
    expect(await sold({ settings: { rules: { ...open, [rule]: true } }, row: { status } })).toBe(false);
    expect(await sold({ settings: { rules: { ...strict, [rule]: false } }, row: { status } })).toBe(true);
  });

  test("an all-day event does by the agent's rule", async () => {
    const rules = { tentative: true, outOfOffice: true, unanswered: true, workingElsewhere: true };
    expect(await sold({ settings: { rules: { ...rules, allDay: true } }, row: { allDay: true } })).toBe(
      false,
    );
    expect(await sold({ settings: { rules: { ...rules, allDay: false } }, row: { allDay: true } })).toBe(
      true,
    );
  });
});

describe("a calendar that counts", () => {
  test.each<readonly [string, Given["connection"], boolean]>([
    ["was verified as late as the guard asks", { verifiedAt: NOW }, true],
    ["was verified a millisecond too early", { verifiedAt: NOW - 1 }, false],
    ["was never verified", { verifiedAt: null }, false],
    ["has no hint waiting", { dirty: 4, clean: 4 }, true],
    ["has a hint waiting", { dirty: 5, clean: 4 }, false],
    ["covers the slot exactly", { windowStartsAt: SLOT.startsAt, windowEndsAt: SLOT.endsAt }, true],
    [
      "begins a millisecond too late",
      { windowStartsAt: SLOT.startsAt + 1, windowEndsAt: SLOT.endsAt },
      false,
    ],
    ["ends a millisecond too early", { windowStartsAt: SLOT.startsAt, windowEndsAt: SLOT.endsAt - 1 }, false],
    ["has no window yet", { windowStartsAt: null, windowEndsAt: null }, false],
  ])("%s", async (_, connection, expected) => {
    expect(await sold({ ...(connection !== undefined && { connection }) })).toBe(expected);
    // Neither a calendar that doesn't count nor a forced sale needs it.
    expect(await sold({ connection: { ...connection, blocksAvailability: false } })).toBe(true);
    expect(await sold({ ...(connection !== undefined && { connection }), guard: { force: true } })).toBe(
      true,
    );
  });

  test("needn't be verified where it is excused, and only then", async () => {
    const connection = { id: randomUUID(), verifiedAt: null };
    expect(await sold({ connection, guard: { excused: [connection.id] } })).toBe(true);
    const another = { id: randomUUID(), verifiedAt: null };
    expect(await sold({ connection: another, guard: { excused: ["c-2"] } })).toBe(false);
  });
});

describe("the agent's own rules", () => {
  test("the minimum notice counts to the millisecond, unless the sale is forced", async () => {
    const minimumNoticeMs = SLOT.startsAt - NOW;
    expect(await sold({ settings: { minimumNoticeMs } })).toBe(true);
    expect(await sold({ settings: { minimumNoticeMs: minimumNoticeMs + 1 } })).toBe(false);
    const forced = { settings: { minimumNoticeMs: minimumNoticeMs + 1 }, guard: { force: true } };
    expect(await sold(forced)).toBe(true);
  });

  test.each<readonly [string, NonNullable<Given["hold"]>, boolean]>([
    ["covers the slot exactly", {}, true],
    ["began a millisecond too late for the notice", { createdAt: NOW - HOUR + 1 }, false],
    ["expires in a millisecond", { expiresAt: NOW + 1 }, true],
    ["has just expired", { expiresAt: NOW }, false],
    ["was released", { state: "released" }, false],
    ["begins a millisecond after the slot", { startsAt: SLOT.startsAt + 1 }, false],
    ["ends a millisecond before the slot", { endsAt: SLOT.endsAt - 1 }, false],
    ["is another agent's", { agentId: randomUUID() }, false],
    ["is another hold", { holdId: "h-2" }, false],
  ])(
    "the minimum notice counts from the beginning of the own hold: one that %s",
    async (_, hold, expected) => {
      const minimumNoticeMs = SLOT.startsAt - NOW + HOUR;
      expect(await sold({ settings: { minimumNoticeMs }, hold })).toBe(expected);
    },
  );

  test("a slot that has begun isn't sold, unless the agent put it there", async () => {
    const guard = { force: true, verifiedSince: NOW };
    expect(await sold({ now: SLOT.startsAt, guard })).toBe(true);
    expect(await sold({ now: SLOT.startsAt + 1, guard })).toBe(false);
    expect(await sold({ now: SLOT.startsAt + 1, guard: { ...guard, past: true } })).toBe(true);
    expect(await sold({ now: SLOT.startsAt + 1, guard: { past: true } })).toBe(false);
  });

  test.each([
    ["working hours", { workingHours: [] }],
    ["days that differ", { overrides: [{ firstDay: 0, lastDay: 1, hours: [] }] }],
    ["limits of a day", { maxPerDay: 1 }],
    ["limits of a week", { maxPerWeek: 1 }],
  ])("%s count by the revision that the caller checked", async (_, settings) => {
    expect(await sold({ settings, guard: { checked: checked(1) } })).toBe(true);
    expect(await sold({ settings, guard: { checked: checked(2) } })).toBe(false);
    expect(await sold({ settings })).toBe(false);
    expect(await sold({ settings, guard: { force: true } })).toBe(true);
  });

  test.each([
    ["day", { maxPerDay: 1 }, checked(1).day],
    ["week", { maxPerWeek: 1 }, checked(1).week],
  ] as const)(
    "a %s is full by the bookings that start in it, to the millisecond",
    async (_, settings, span) => {
      const full = async (other: Given["other"]) =>
        !(await sold({ settings, guard: { checked: checked(1) }, other: { endsAt: SLOT.endsAt, ...other } }));
      expect(await full({ startsAt: span.startsAt })).toBe(true);
      expect(await full({ startsAt: span.startsAt - 1 })).toBe(false);
      expect(await full({ startsAt: span.endsAt - 1, endsAt: span.endsAt })).toBe(true);
      expect(await full({ startsAt: span.endsAt, endsAt: span.endsAt + HOUR })).toBe(false);
      expect(await full({ startsAt: span.startsAt, state: "cancelled" })).toBe(false);
      expect(await full({ startsAt: span.startsAt, agentId: randomUUID() })).toBe(false);
      const forced = { settings, guard: { force: true }, other: { startsAt: span.startsAt } };
      expect(await sold(forced)).toBe(true);
    },
  );

  test("a hold counts for the limits until it expires, and not for the booking that it becomes", async () => {
    const far = { startsAt: SLOT.startsAt - 3 * HOUR, endsAt: SLOT.startsAt - 2 * HOUR };
    const held = (row: Partial<Row>, maxPerDay = 1) =>
      sold({
        settings: { maxPerDay },
        guard: { checked: checked(1) },
        ownRow: { ...far, status: "hold", eventKey: "h-2", bookingId: null, expiresAt: NOW + 1, ...row },
      });
    expect(await held({})).toBe(false);
    expect(await held({}, 2)).toBe(true);
    expect(await held({ expiresAt: NOW })).toBe(true);
    const own = { ...SLOT, status: "hold", eventKey: "h-1", expiresAt: NOW + 1 } as const;
    const request = { settings: { maxPerDay: 1 }, guard: { checked: checked(1) }, ownRow: own };
    expect(await sold({ ...request, hold: {} })).toBe(true);
    expect(await sold(request)).toBe(false);
  });

  test("the horizon counts to the millisecond, unless the sale is forced", async () => {
    const settings = { horizonDays: 1 };
    expect(await sold({ settings, now: SLOT.startsAt - 24 * HOUR })).toBe(true);
    expect(await sold({ settings, now: SLOT.startsAt - 24 * HOUR - 1 })).toBe(false);
    expect(await sold({ settings, now: SLOT.startsAt - 24 * HOUR - 1, guard: { force: true } })).toBe(true);
  });
});
