// Agenda: random agents, busy rows and slots on the minute grid, for the property tests of conflicts and slots.

import * as fc from "fast-check";
import type { BusyRow, EventStatus } from "../../src/domain/busy.ts";
import { holidaysOf, type KeptHolidays } from "../../src/domain/holidays.ts";
import { cut } from "../../src/domain/interval.ts";
import type { Counted } from "../../src/domain/limits.ts";
import { NO_RULES, type SlotRules } from "../../src/domain/rules.ts";
import {
  type AgentSettings,
  DEFAULT_SETTINGS,
  type OpenHours,
  type Override,
} from "../../src/domain/settings.ts";
import { TURNING_DAYS, ZONES } from "./wall-clock.ts";

export const MINUTE = 60_000;

const minutes = (max: number) => fc.integer({ min: 0, max }).map((count) => count * MINUTE);

const openHours: fc.Arbitrary<OpenHours> = fc
  .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 0, max: 1439 }), fc.integer({ min: 1, max: 1440 }))
  .map(([weekday, startMinute, length]) => ({
    weekday: weekday as OpenHours["weekday"],
    startMinute,
    endMinute: Math.min(1440, startMinute + length),
  }));

/** Working hours that leave some slots free: none, random stretches, or whole days. */
const workingHours = fc.oneof(
  { weight: 2, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.array(openHours, { maxLength: 10 }) },
  {
    weight: 2,
    arbitrary: fc
      .subarray([1, 2, 3, 4, 5, 6, 7] as const, { minLength: 4 })
      .map((days) => days.map((weekday) => ({ weekday, startMinute: 0, endMinute: 1440 }))),
  },
);

const DAY = 1_440 * MINUTE;

/** Dates that differ near the day: closed ones, whole ones, and some with hours. They may name a date twice. */
const overridesArb = (day: number): fc.Arbitrary<Override[]> =>
  fc.array(
    fc
      .tuple(
        fc.integer({ min: -2, max: 2 }),
        fc.integer({ min: 0, max: 1 }),
        fc.oneof(
          fc.constant([]),
          fc.constant([{ startMinute: 0, endMinute: 1440 }]),
          fc.array(
            openHours.map(({ weekday: _, ...hours }) => hours),
            { maxLength: 3 },
          ),
        ),
      )
      .map(([from, more, hours]) => ({
        firstDay: day / DAY + from,
        lastDay: day / DAY + from + more,
        hours,
      })),
    { maxLength: 3 },
  );

/** A region with a holiday near the day, if there is one, and holidays that the agent works on. */
const holidaysArb = (day: number): fc.Arbitrary<KeptHolidays> => {
  const near = REGIONS.filter((region) =>
    holidaysOf(region)?.some((holiday) => Math.abs(holiday.day - day / DAY) <= 2),
  );
  const none = { holidays: null, workedHolidays: [] };
  if (near.length === 0) return fc.constant(none);
  const some = fc.record({
    holidays: fc.constantFrom(...near),
    workedHolidays: fc.uniqueArray(
      fc.integer({ min: -2, max: 2 }).map((by) => day / DAY + by),
      { maxLength: 2 },
    ),
  });
  return fc.oneof({ weight: 1, arbitrary: fc.constant(none) }, { weight: 2, arbitrary: some });
};

/** Their holidays lie near clock changes: Easter, and the last days of October. */
const REGIONS = ["AU-NSW", "GB-ENG", "HU", "CZ", "SI", "GR", "DE-SN", "US", "US-CA", "ES-PV"];

/** Mostly no limit. */
const limitArb = (max: number) => fc.option(fc.integer({ min: 1, max }), { freq: 2 });

const settingsArb = (day: number): fc.Arbitrary<AgentSettings> =>
  fc
    .record({
      timeZone: fc.constantFrom(...ZONES),
      rules: fc.record({
        tentative: fc.boolean(),
        allDay: fc.boolean(),
        outOfOffice: fc.boolean(),
        unanswered: fc.boolean(),
        workingElsewhere: fc.boolean(),
      }),
      bufferBeforeMs: minutes(45),
      bufferAfterMs: minutes(45),
      minimumNoticeMs: fc.oneof(fc.constant(0), minutes(600)),
      workingHours,
      overrides: fc.oneof(
        { weight: 2, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: overridesArb(day) },
      ),
      kept: holidaysArb(day),
      maxPerDay: limitArb(3),
      maxPerWeek: limitArb(6),
      horizonDays: limitArb(3),
    })
    .map(({ kept, ...settings }) => ({ ...DEFAULT_SETTINGS, ...settings, ...kept }));

/** The rules of a request: mostly none. */
const rulesArb: fc.Arbitrary<SlotRules> = fc.oneof(
  { weight: 2, arbitrary: fc.constant(NO_RULES) },
  {
    weight: 1,
    arbitrary: fc.record({
      bufferBeforeMs: minutes(60),
      bufferAfterMs: minutes(60),
      minimumNoticeMs: fc.oneof(fc.constant(0), minutes(600)),
      horizonDays: limitArb(3),
      hours: workingHours,
    }),
  },
);

const STATUSES = ["busy", "tentative", "unanswered", "out_of_office", "working_elsewhere"] as const;

const keptMs = (buffer: number | null | undefined) => (buffer == null ? null : buffer * MINUTE);

/** An outside event, our booking or hold, or the event of a booking (`delivered`), as one whole row. */
const eventArb = (day: number) =>
  fc
    .record({
      kind: fc.constantFrom("outside", "outside", "booking", "hold", "delivered"),
      start: fc.integer({ min: -2_000, max: 2_800 }),
      length: fc.oneof(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 4_000 })),
      connectionId: fc.constantFrom("c1", "c2"),
      status: fc.constantFrom<EventStatus>(...STATUSES),
      allDay: fc.boolean(),
      booking: fc.constantFrom("b1", "b2", "b3"),
      buffers: fc.constantFrom([null, null], [null, null], [60, null], [30, 240], [null, 90]),
    })
    .map(
      ({
        kind,
        start,
        length,
        connectionId,
        status,
        allDay,
        booking,
        buffers,
      }): Omit<BusyRow, "eventKey"> => {
        const startsAt = day + start * MINUTE;
        const own = kind === "booking" || kind === "hold";
        return {
          startsAt,
          endsAt: startsAt + (own ? Math.min(length, 1440) : length) * MINUTE,
          connectionId: own ? null : connectionId,
          status: own ? kind : kind === "delivered" ? "busy" : status,
          allDay: kind === "outside" && allDay,
          bookingId: kind === "outside" || kind === "hold" ? null : booking,
          bufferBeforeMs: own ? keptMs(buffers[0]) : null,
          bufferAfterMs: own ? keptMs(buffers[1]) : null,
        };
      },
    );

/** Bookings that count for the limits, around the day. */
const countedArb = (day: number): fc.Arbitrary<Counted[]> =>
  fc
    .array(fc.oneof(fc.integer({ min: -700, max: 1_500 }), fc.integer({ min: -12_000, max: 12_000 })), {
      maxLength: 6,
    })
    .map((starts) =>
      starts.map((start, index) => ({
        startsAt: day + start * MINUTE,
        bookingId: `k${index + 1}`,
        holdId: null,
      })),
    );

/** An agent's time around this day. The events are whole rows with unique keys; `order` seeds `cachedRows`. */
export const agendaOn = (day: number) =>
  fc.record({
    day: fc.constant(day),
    settings: settingsArb(day),
    now: fc.integer({ min: -3_000, max: 1_500 }).map((minute) => day + minute * MINUTE),
    slot: fc
      .tuple(fc.integer({ min: -700, max: 1_500 }), fc.integer({ min: 1, max: 300 }))
      .map(([start, length]) => ({
        startsAt: day + start * MINUTE,
        endsAt: day + (start + length) * MINUTE,
      })),
    events: fc
      .array(eventArb(day), { maxLength: 6 })
      .map((events) => events.map((event, index): BusyRow => ({ ...event, eventKey: `e${index}` }))),
    counted: countedArb(day),
    rules: rulesArb,
    order: fc.integer(),
  });

/** A day on which clocks change somewhere, or one beside it. */
export const dayArb = fc.constantFrom(...TURNING_DAYS);

/** An agent's time around any of these days. */
export const agendaArb = dayArb.chain(agendaOn);

/** The rows that the cache holds for these events: pieces of at most 24 hours, in an order that depends on `order`. */
export function cachedRows(events: readonly BusyRow[], order: number): BusyRow[] {
  const rows = events.flatMap((event) => cut(event).map((piece) => ({ ...event, ...piece })));
  return rows.sort((a, b) => ((a.startsAt / MINUTE) ^ order) - ((b.startsAt / MINUTE) ^ order));
}
