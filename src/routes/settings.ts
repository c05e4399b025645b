// Settings: an agent's decisions about their own time. The wire has minutes and clock times.
import { Hono } from "hono";
import * as z from "zod";
import { getSettings, putSettings } from "../availability/settings.ts";
import type { Deps } from "../deps.ts";
import { MINUTE_MS } from "../domain/instant.ts";
import { type AgentSettings, MAX_BUFFER_MS, type OpenHours, type Weekday } from "../domain/settings.ts";
import { type ApiEnv, type Auth, agentFor } from "../http/auth.ts";
import { Flag, LocalTime, MaybeAgentId, minutes, TimeZone } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { body, jsonBody, query } from "../http/validate.ts";

const Weekdays = z.literal([1, 2, 3, 4, 5, 6, 7], "Send 1 (Monday) to 7 (Sunday).");

const Hours = z
  .strictObject({ weekday: Weekdays, start: LocalTime, end: LocalTime })
  .refine(({ start, end }) => minuteOf(start) < minuteOf(end), {
    path: ["end"],
    message: "Send an end that is after the start; hours over midnight are two entries.",
  })
  .refine(({ start, end }) => !/:\d\d:(?!00)/.test(`${start} ${end}`), "Send whole minutes.");

const Buffer = minutes(0, MAX_BUFFER_MS / MINUTE_MS);

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
  minimumNoticeMinutes: minutes(0, 60 * 24 * 60),
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

const Settings = z.strictObject({ ...settings, revision: z.int() }).meta({ id: "Settings" });
const NewSettings = z
  .strictObject({
    ...settings,
    revision: z
      .int()
      .min(0)
      .optional()
      .describe(
        "The one GET answered: when somebody has changed the settings since, nothing is stored (409). " +
          "Without it the settings replace whatever is there.",
      ),
  })
  .meta({ id: "NewSettings" });

const read = operation({
  id: "getSettings",
  method: "get",
  path: "/settings",
  tag: "Settings",
  summary: "What the agent decided about their time",
  access: "bearer",
  query: z.strictObject({ agentId: MaybeAgentId }),
  answers: { 200: { description: "The settings in force", schema: Settings } },
  errors: ["forbidden", "database_unavailable"],
});

const replace = operation({
  id: "putSettings",
  method: "put",
  path: "/settings",
  tag: "Settings",
  summary: "Replace the agent's settings",
  description:
    "All fields are sent, so that nothing is reset by being forgotten. Acts at once, without a sync.",
  access: "bearer",
  query: z.strictObject({ agentId: MaybeAgentId }),
  body: NewSettings,
  recorded: "always",
  answers: { 200: { description: "The settings in force now", schema: Settings } },
  errors: ["forbidden", "settings_changed", "agent_being_erased", "database_unavailable"],
});

export const settingsOperations = [read, replace];

function minuteOf(clock: string): number {
  const [hours = "0", minutesPast = "0"] = clock.split(":");
  return Number(hours) * 60 + Number(minutesPast);
}

const clockOf = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

const hoursToWire = ({ weekday, startMinute, endMinute }: OpenHours) => ({
  weekday,
  start: clockOf(startMinute),
  end: clockOf(endMinute),
});

const hoursFromWire = (hours: { weekday: Weekday; start: string; end: string }): OpenHours => ({
  weekday: hours.weekday,
  startMinute: minuteOf(hours.start),
  endMinute: minuteOf(hours.end),
});

function toWire(stored: AgentSettings): z.input<typeof Settings> {
  const { bufferBeforeMs, bufferAfterMs, minimumNoticeMs, workingHours, reminderMinutes, ...rest } = stored;
  return {
    ...rest,
    bufferBeforeMinutes: bufferBeforeMs / MINUTE_MS,
    bufferAfterMinutes: bufferAfterMs / MINUTE_MS,
    minimumNoticeMinutes: minimumNoticeMs / MINUTE_MS,
    workingHours: workingHours?.map(hoursToWire) ?? null,
    reminderMinutes: [...reminderMinutes],
  };
}

function fromWire(wanted: Omit<z.output<typeof NewSettings>, "revision">): Omit<AgentSettings, "revision"> {
  const { bufferBeforeMinutes, bufferAfterMinutes, minimumNoticeMinutes, workingHours, ...rest } = wanted;
  return {
    ...rest,
    bufferBeforeMs: bufferBeforeMinutes * MINUTE_MS,
    bufferAfterMs: bufferAfterMinutes * MINUTE_MS,
    minimumNoticeMs: minimumNoticeMinutes * MINUTE_MS,
    workingHours: workingHours?.map(hoursFromWire) ?? null,
  };
}

/** The routes of settings. */
export const settingsRoutes = (deps: Deps, auth: Auth) =>
  new Hono<ApiEnv>()
    .get(read.path, auth.bearer, query(read.query), async (c) => {
      const agentId = agentFor(c.get("caller"), c.req.valid("query").agentId);
      return c.json(toWire(await getSettings(deps, { agentId })));
    })
    .put(replace.path, auth.bearer, query(replace.query), jsonBody, body(replace.body), async (c) => {
      const agentId = agentFor(c.get("caller"), c.req.valid("query").agentId);
      const { revision, ...wanted } = c.req.valid("json");
      return c.json(toWire(await putSettings(deps, { agentId, settings: fromWire(wanted), revision })));
    });
