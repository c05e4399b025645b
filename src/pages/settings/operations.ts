// The settings pages' operations: the pages, and their forms.
import * as z from "zod";
import { LocalDate, line, MaybeAgentId, TimeZone } from "../../http/fields.ts";
import { operation } from "../../http/operation.ts";
import { holidaySettings } from "../../routes/holidays-wire.ts";
import { PAGE } from "../answers.ts";
import { UNIT_NAMES } from "./draft.ts";

const STORED = { 303: { description: "Stored; back to the page" } } as const;
const STORING = ["forbidden", "settings_changed", "agent_being_erased", "database_unavailable"] as const;

const Text = line(20);
/** A field that the form has once, several times or not at all. */
const texts = (most: number) =>
  z.union([Text.transform((text) => [text]), z.array(Text).max(most)]).default([]);
/** More than may be stored, so that too many are a fault of the form and not of the request. */
const MOST_HOURS = 60;
const Unit = z.enum(UNIT_NAMES);
const Revision = z.coerce.number("Send the page's own revision.").int().min(0).max(1e12);
const Ticked = z.literal("on").optional();

const done = z.strictObject({ done: z.literal("changed").optional() });

export const showSettings = operation({
  id: "settingsPage",
  method: "get",
  path: "/connect/settings",
  tag: "Pages",
  summary: "The agent's settings, and what they do now",
  access: "session",
  query: done,
  answers: PAGE,
  errors: ["database_unavailable"],
});

export const saveSettings = operation({
  id: "settingsByForm",
  method: "post",
  path: "/connect/settings",
  tag: "Pages",
  summary: "Store the agent's settings",
  description: "An action other than `save` changes the form and stores nothing.",
  access: "session",
  form: z.strictObject({
    agentId: MaybeAgentId,
    action: z
      .string()
      .regex(/^(save|(add|remove|copy)-[1-7](-(\d{1,2}|work|all))?)$/, "Send a known action."),
    revision: Revision,
    open: z.enum(["always", "weekly"]),
    ...{
      start1: texts(MOST_HOURS),
      end1: texts(MOST_HOURS),
      start2: texts(MOST_HOURS),
      end2: texts(MOST_HOURS),
    },
    ...{
      start3: texts(MOST_HOURS),
      end3: texts(MOST_HOURS),
      start4: texts(MOST_HOURS),
      end4: texts(MOST_HOURS),
    },
    ...{
      start5: texts(MOST_HOURS),
      end5: texts(MOST_HOURS),
      start6: texts(MOST_HOURS),
      end6: texts(MOST_HOURS),
    },
    ...{ start7: texts(MOST_HOURS), end7: texts(MOST_HOURS) },
    ...{ bufferBefore: Text, bufferAfter: Text, notice: Text, noticeUnit: Unit },
    ...{ horizonDays: Text, maxPerDay: Text, maxPerWeek: Text },
    ...{ tentative: Ticked, unanswered: Ticked, allDay: Ticked, outOfOffice: Ticked },
    workingElsewhere: Ticked,
    onStale: z.enum(["refuse", "allow"]),
    onExternalChange: z.enum(["keep", "follow"]),
    reminder: texts(6),
    reminderUnit: z.union([Unit.transform((unit) => [unit]), z.array(Unit).max(6)]).default([]),
  }),
  recorded: "always",
  answers: { ...PAGE, ...STORED },
  errors: STORING,
});

export const showDays = operation({
  id: "daysPage",
  method: "get",
  path: "/connect/settings/days",
  tag: "Pages",
  summary: "The agent's days that differ, and public holidays",
  access: "session",
  query: done.extend({
    year: z
      .string()
      .regex(/^\d{4}$/)
      .optional(),
    part: z.coerce.number("Send a number from 1 to 20.").int().min(1).max(20).default(1),
  }),
  answers: PAGE,
  errors: ["database_unavailable"],
});

export const changeDays = operation({
  id: "daysByForm",
  method: "post",
  path: "/connect/settings/days",
  tag: "Pages",
  summary: "Add or remove a day that differs",
  access: "session",
  form: z.strictObject({
    agentId: MaybeAgentId,
    revision: Revision,
    remove: z
      .string()
      .regex(/^\d{1,3}$/)
      .optional(),
    from: Text.optional(),
    to: Text.optional(),
    kind: z.enum(["closed", "hours"]).optional(),
    start: texts(8),
    end: texts(8),
  }),
  recorded: "always",
  answers: { ...PAGE, ...STORED },
  errors: STORING,
});

export const changeHolidays = operation({
  id: "holidaysByForm",
  method: "post",
  path: "/connect/settings/holidays",
  tag: "Pages",
  summary: "Choose the region whose public holidays close dates, or work on one of them",
  access: "session",
  form: z
    .strictObject({
      agentId: MaybeAgentId,
      region: z.literal("").or(holidaySettings.holidays.unwrap()).optional(),
      date: LocalDate.optional(),
      worked: z.enum(["true", "false"]).optional(),
    })
    .refine(
      ({ region, date, worked }) =>
        (region === undefined) !== (date === undefined) && (date === undefined) === (worked === undefined),
      "Send a region, or a date and whether it is worked.",
    ),
  recorded: "always",
  answers: STORED,
  errors: STORING,
});

export const showZones = operation({
  id: "zonePage",
  method: "get",
  path: "/connect/settings/zone",
  tag: "Pages",
  summary: "Find the agent's time zone by city or country",
  access: "session",
  query: z.strictObject({ q: line(60).optional() }),
  answers: PAGE,
  errors: ["database_unavailable"],
});

export const changeZone = operation({
  id: "zoneByForm",
  method: "post",
  path: "/connect/settings/zone",
  tag: "Pages",
  summary: "Set the agent's time zone",
  access: "session",
  form: z.strictObject({ agentId: MaybeAgentId, timeZone: TimeZone }),
  recorded: "always",
  answers: STORED,
  // It changes one field, whatever else was changed meanwhile.
  errors: ["forbidden", "agent_being_erased", "database_unavailable"],
});

export const settingsPageOperations = [
  showSettings,
  saveSettings,
  showDays,
  changeDays,
  changeHolidays,
  showZones,
  changeZone,
];
