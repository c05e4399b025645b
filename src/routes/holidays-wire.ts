// Holidays on the wire: the region whose public holidays close an agent's dates, and what that means date by date.

import * as z from "zod";
import {
  HOLIDAY_COUNTRIES,
  HOLIDAYS_KNOWN_FROM,
  HOLIDAYS_KNOWN_UNTIL,
  holidaysOf,
  type KeptHolidays,
} from "../domain/holidays.ts";
import { formatDay } from "../domain/instant.ts";
import { LocalDate } from "../http/fields.ts";

const COUNTRIES = HOLIDAY_COUNTRIES.map(({ code }) => code);

const regionCodes = ({ code, regions }: (typeof HOLIDAY_COUNTRIES)[number]): string[] => [
  code,
  ...regions.map((region) => region.code),
];

/** What there is instead of the region that was sent: those of its country, or all countries. */
function whatExists(sent: unknown): string {
  const text = typeof sent === "string" ? sent.toUpperCase() : "";
  const country = HOLIDAY_COUNTRIES.find(({ code }) => text.split(/[^A-Z0-9]/, 1)[0] === code);
  if (country !== undefined) return `Send one of ${regionCodes(country).join(", ")}, or null.`;
  return `Send a country, or a region of it like DE-BE, or null. Known countries: ${COUNTRIES.join(", ")}.`;
}

/** What requests say about holidays. */
export const holidaySettings = {
  holidays: z
    .enum(HOLIDAY_COUNTRIES.flatMap(regionCodes), { error: ({ input }) => whatExists(input) })
    .nullable()
    .describe(
      "The country (ISO 3166-1) or region of it (ISO 3166-2) whose public holidays close dates, as overrides without " +
        `hours would; an override of the same date wins. They are known until ${HOLIDAYS_KNOWN_UNTIL}. null: none.`,
    ),
  workedHolidays: z
    .array(LocalDate, "Send a list of dates.")
    .max(400, "Send at most 400 dates.")
    .describe("The public holidays that the agent works on: they close nothing. Other dates have no effect."),
};

const MEANS =
  "What `holidays` and `workedHolidays` mean, in answers. Sent back as it was answered, it changes nothing.";

const PublicHolidays = z
  .strictObject({
    knownFrom: z.string().describe("The first date whose holidays are known; none closes a date before it."),
    knownUntil: z.string().describe("The last date whose holidays are known; none closes a date after it."),
    days: z
      .array(
        z.strictObject({
          date: z.string().describe("The date, like 2026-12-25."),
          name: z.string().describe("As people there call it."),
          applied: z.boolean().describe("false: the agent works on it, by workedHolidays."),
        }),
      )
      .describe("All that are known, by date."),
  })
  .describe(MEANS);

/** What answers say about holidays. */
export const holidayAnswers = {
  holidays: z
    .string()
    .nullable()
    .describe("The country or region whose public holidays close dates; null: none."),
  workedHolidays: z.array(z.string()).describe("The public holidays that the agent works on."),
  publicHolidays: PublicHolidays,
};

/** What GET answered may be sent back whole, also by who got it from a version that didn't name `knownFrom`. */
export const sentBack = {
  publicHolidays: PublicHolidays.partial({ knownFrom: true }).describe(MEANS).optional(),
};

/** The holidays of an agent as they are answered. */
export function holidaysToWire({ holidays, workedHolidays }: KeptHolidays) {
  const days = holidays === null ? [] : (holidaysOf(holidays) ?? []);
  return {
    holidays,
    workedHolidays: workedHolidays.map(formatDay),
    publicHolidays: {
      knownFrom: HOLIDAYS_KNOWN_FROM,
      knownUntil: HOLIDAYS_KNOWN_UNTIL,
      days: days.map(({ day, name }) => ({
        date: formatDay(day),
        name,
        applied: !workedHolidays.includes(day),
      })),
    },
  };
}
