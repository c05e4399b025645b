// Settings on the wire: an agent's decisions in minutes, dates and clock times.
import * as z from "zod";
import { formatDay, MINUTE_MS, parseDay } from "../domain/instant.ts";
import {
  type AgentSettings,
  type DayHours,
  MAX_BUFFER_MS,
  type OpenHours,
  type Override,
  type SettingsChange,
} from "../domain/settings.ts";
import { MAX_AHEAD_DAYS } from "../domain/window.ts";
import { Count, Flag, LocalDate, LocalTime, minutes, TimeZone, together } from "../http/fields.ts";
import { holidayAnswers, holidaySettings, holidaysToWire, sentBack } from "./holidays-wire.ts";

const MAX_OVERRIDES = 400;

const Weekdays = z.literal([1, 2, 3, 4, 5, 6, 7], "Send 1 (Monday) to 7 (Sunday).");

const dayHours = { start: LocalTime, end: LocalTime };

/** Refuses hours that end before they start, or that aren't whole minutes. For `superRefine`. */
function hoursAreWhole({ start, end }: { start: string; end: string }, context: z.RefinementCtx): void {
  if (minuteOf(start) >= minuteOf(end)) {
    const message = "Send an end that is after the start; hours over midnight are two entries.";
    context.addIssue({ code: "custom", path: ["end"], message });
  }
  if (/:\d\d:(?!00)/.test(`${start} ${end}`)) {
    context.addIssue({ code: "custom", message: "Send whole minutes." });
  }
}

export const Hours = z.strictObject({ weekday: Weekdays, ...dayHours }).superRefine(hoursAreWhole);

const Differing = z
  .strictObject({
    date: LocalDate.optional().describe("One date; or from and to instead."),
    from: LocalDate.optional(),
    to: LocalDate.optional().describe("The last date of the range."),
    hours: z
      .array(z.strictObject(dayHours).superRefine(hoursAreWhole), "Send a list of hours; empty: closed.")
      .max(8, "Send at most 8 entries.")
      .describe("Open in these hours instead of the week's. An empty list: closed."),
  })
  .superRefine(({ date, from, to }, context) => {
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], message });
    if (date !== undefined) {
      if (from !== undefined || to !== undefined) refuse("date", "Send date alone, or from and to.");
    } else if (from === undefined) refuse(to === undefined ? "date" : "from", "Send date, or from and to.");
    else if (to === undefined) refuse("to", "Send the last date of the range.");
    else if (to < from) refuse("to", "Send a to that isn't before from.");
  })
  .meta({ anyOf: [together("date"), together("from", "to")] });

const most = (what: string) =>
  z
    .int("Send a whole number, or null.")
    .min(1, "Send at least 1; null: no limit.")
    .max(1_000, "Send at most 1000; null: no limit.")
    .nullable()
    .describe(`The most bookings and holds that start ${what}, in the agent's zone. null: no limit.`);

export const Buffer = minutes(0, MAX_BUFFER_MS / MINUTE_MS);
export const MinimumNotice = minutes(0, 60 * 24 * 60);

const settings = {
  timeZone: TimeZone,
  rules: z
    .strictObject({
      tentative: Flag,
      allDay: Flag,
      outOfOffice: Flag,
      unanswered: Flag.describe("Invitations not answered yet."),
      workingElsewhere: Flag,
    })
    .describe("Which kinds of outside events make the agent busy."),
  bufferBeforeMinutes: Buffer,
  bufferAfterMinutes: Buffer,
  minimumNoticeMinutes: MinimumNotice,
  workingHours: z
    .array(Hours, "Send a list of hours, or null.")
    .max(50, "Send at most 50 entries.")
    .nullable()
    .describe("null: open at any time. An empty list: never."),
  onStale: z
    .enum(["refuse", "allow"], 'Send "refuse" or "allow".')
    .describe("What a confirmation does when a calendar can't be verified."),
  onExternalChange: z
    .enum(["keep", "follow"], 'Send "keep" or "follow".')
    .describe(
      "When the agent moves or deletes a booking's event in their own calendar: keep writes it again, follow " +
        "changes or cancels the booking.",
    ),
  reminderMinutes: z.array(minutes(0, 40_320)).max(5, "Send at most five reminders."),
};

/** Settings that came later: a caller who doesn't know them leaves them as they are. */
const laterSettings = {
  overrides: z
    .array(Differing, "Send a list of dates that differ.")
    .max(MAX_OVERRIDES, `Send at most ${MAX_OVERRIDES} entries; ranges count once.`)
    .describe("Dates that differ from the week. Where several name a date, the last one counts."),
  ...holidaySettings,
  maxPerDay: most("on one date"),
  maxPerWeek: most("from Monday to Sunday"),
  horizonDays: z
    .int("Send a whole number, or null.")
    .min(1, "Send at least 1; null: no limit.")
    .max(MAX_AHEAD_DAYS, `Send at most ${MAX_AHEAD_DAYS}; null: no limit.`)
    .nullable()
    .describe("How many days of 24 hours ahead a slot may start. null: no limit."),
};

const revision = Count.optional();

export const Settings = z
  .strictObject({ ...settings, ...laterSettings, ...holidayAnswers, revision: Count })
  .meta({ id: "Settings" });

export const NewSettings = z
  .strictObject({
    ...settings,
    ...z.strictObject(laterSettings).partial().shape,
    ...sentBack,
    revision: revision.describe(
      "The one GET answered: when somebody has changed the settings since, nothing is stored (409). " +
        "Without it the settings replace whatever is there.",
    ),
  })
  .meta({ id: "NewSettings" });

export const ChangedSettings = z
  .strictObject({
    ...z
      .strictObject({
        ...settings,
        ...laterSettings,
        rules: settings.rules
          .partial()
          .describe("Some of which kinds of outside events make the agent busy."),
      })
      .partial().shape,
    ...sentBack,
    revision: revision.describe(
      "The one GET answered: when somebody has changed the settings since, nothing is stored (409).",
    ),
  })
  .refine(
    ({ revision: _, publicHolidays: __, ...named }) => Object.keys(named).length > 0,
    "Send at least one setting to change.",
  )
  .meta({ id: "ChangedSettings" });

function minuteOf(clock: string): number {
  const [hours = "0", minutesPast = "0"] = clock.split(":");
  return Number(hours) * 60 + Number(minutesPast);
}

const clockOf = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

const hoursToWire = ({ startMinute, endMinute }: DayHours) => ({
  start: clockOf(startMinute),
  end: clockOf(endMinute),
});

const dayHoursFromWire = ({ start, end }: { start: string; end: string }): DayHours => ({
  startMinute: minuteOf(start),
  endMinute: minuteOf(end),
});

/** Weekly hours as a request sends them. */
export const hoursFromWire = ({ weekday, ...hours }: z.output<typeof Hours>): OpenHours => ({
  weekday,
  ...dayHoursFromWire(hours),
});

const overrideToWire = ({ firstDay, lastDay, hours }: Override): z.input<typeof Differing> => ({
  ...(firstDay === lastDay
    ? { date: formatDay(firstDay) }
    : { from: formatDay(firstDay), to: formatDay(lastDay) }),
  hours: hours.map(hoursToWire),
});

const overrideFromWire = ({ date, from = date, to = date, hours }: z.output<typeof Differing>): Override => ({
  firstDay: parseDay(from ?? ""),
  lastDay: parseDay(to ?? ""),
  hours: hours.map(dayHoursFromWire),
});

const msOf = (count: number | undefined): number | undefined =>
  count === undefined ? undefined : count * MINUTE_MS;

/** Settings as they are answered. */
export function settingsToWire(stored: AgentSettings): z.input<typeof Settings> {
  const { bufferBeforeMs, bufferAfterMs, minimumNoticeMs, workingHours, overrides, ...rest } = stored;
  return {
    ...rest,
    ...holidaysToWire(stored),
    bufferBeforeMinutes: bufferBeforeMs / MINUTE_MS,
    bufferAfterMinutes: bufferAfterMs / MINUTE_MS,
    minimumNoticeMinutes: minimumNoticeMs / MINUTE_MS,
    workingHours: workingHours?.map(({ weekday, ...hours }) => ({ weekday, ...hoursToWire(hours) })) ?? null,
    overrides: overrides.map(overrideToWire),
    reminderMinutes: [...rest.reminderMinutes],
  };
}

/** The settings that a request names. */
export function settingsFromWire(wanted: Omit<z.output<typeof ChangedSettings>, "revision">): SettingsChange {
  const { bufferBeforeMinutes, bufferAfterMinutes, minimumNoticeMinutes, ...others } = wanted;
  const { workingHours, overrides, workedHolidays, publicHolidays: _, ...rest } = others;
  return {
    ...rest,
    bufferBeforeMs: msOf(bufferBeforeMinutes),
    bufferAfterMs: msOf(bufferAfterMinutes),
    minimumNoticeMs: msOf(minimumNoticeMinutes),
    workingHours: workingHours === null ? null : workingHours?.map(hoursFromWire),
    overrides: overrides?.map(overrideFromWire),
    workedHolidays: workedHolidays?.map(parseDay),
  };
}
