// Settings preview: what an agent's settings do in the next seven days.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { DEFAULT_SETTINGS } from "../../src/domain/settings.ts";
import { previewOf } from "../../src/domain/settings-preview.ts";
import { freeSlots } from "../../src/domain/slots.ts";
import { dayAround } from "../../src/domain/zone.ts";
import { agendaArb, MINUTE } from "./agenda.ts";

const HOUR = 60 * MINUTE;
const NOON = Date.UTC(2026, 2, 2, 12);

test("each day shows as many half hours as a search for slots of that day finds", () => {
  fc.assert(
    fc.property(agendaArb, ({ settings: drawn, now, events: rows }) => {
      // Limits count bookings that these rows don't hold.
      const settings = { ...drawn, maxPerDay: null, maxPerWeek: null };
      const { days, first } = previewOf({ rows, settings, now, soldUntil: Number.POSITIVE_INFINITY });
      expect(days).toHaveLength(7);
      const half = 30 * MINUTE;
      const common = { rows, settings, counted: [], now, durationMs: half, stepMs: half, limit: 1_000 };
      const end = days.at(-1)?.endsAt ?? now;
      const all = freeSlots({ ...common, range: { startsAt: now, endsAt: end } });
      expect(first).toBe(all[0]?.startsAt ?? null);
      for (const { startsAt, endsAt, free } of days) {
        expect(dayAround(startsAt, settings.timeZone)).toEqual({ startsAt, endsAt });
        expect(free).toBe(all.filter((slot) => startsAt <= slot.startsAt && slot.startsAt < endsAt).length);
      }
    }),
    { numRuns: 60 },
  );
});

test("each kind of event is weighed by what it takes, or would take", () => {
  const now = Date.UTC(2026, 2, 2, 8);
  const row = (status: "tentative" | "working_elsewhere", hour: number) => ({
    ...{
      startsAt: now + hour * 60 * MINUTE,
      endsAt: now + (hour + 2) * 60 * MINUTE,
      status,
      eventKey: status,
    },
    ...{ connectionId: "c", allDay: false, bookingId: null, bufferBeforeMs: null, bufferAfterMs: null },
  });
  const { takenBy, days, bookedToday } = previewOf({
    soldUntil: Number.POSITIVE_INFINITY,
    rows: [row("tentative", 1), row("working_elsewhere", 5)],
    settings: {
      ...{ timeZone: "UTC", bufferBeforeMs: 0, bufferAfterMs: 0, minimumNoticeMs: 0, workingHours: null },
      rules: { tentative: true, allDay: true, outOfOffice: true, unanswered: true, workingElsewhere: false },
      ...{ overrides: [], holidays: null, workedHolidays: [], maxPerDay: null, maxPerWeek: null },
      ...{ horizonDays: null, onStale: "refuse", onExternalChange: "keep", reminderMinutes: [], revision: 1 },
    },
    now,
  });
  expect(takenBy).toEqual({ tentative: 4, workingElsewhere: 4, allDay: 0, outOfOffice: 0, unanswered: 0 });
  expect(days.map(({ free }) => free)).toEqual([28, 48, 48, 48, 48, 48, 48]);
  expect(bookedToday).toBe(0);
});

test.each([
  { soldUntil: NOON + 25 * HOUR, free: [24, 26, 0, 0, 0, 0, 0], first: NOON },
  { soldUntil: NOON, free: [0, 0, 0, 0, 0, 0, 0], first: null },
  { soldUntil: Number.NEGATIVE_INFINITY, free: [0, 0, 0, 0, 0, 0, 0], first: null },
])("nothing is free after the time that can be sold: %o", ({ soldUntil, free, first }) => {
  const preview = previewOf({
    rows: [],
    settings: { ...DEFAULT_SETTINGS, timeZone: "UTC" },
    now: NOON,
    soldUntil,
  });
  expect(preview.days.map((day) => day.free)).toEqual(free);
  expect(preview.first).toBe(first);
});
