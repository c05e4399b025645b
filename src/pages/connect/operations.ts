// The connect page's operations: the page, its steps, and their forms.
import * as z from "zod";
import {
  AccountId,
  CalendarId,
  ConnectionId,
  MaybeAgentId,
  SeenObjects,
  TimeZone,
} from "../../http/fields.ts";
import { MAX_BODY_BYTES, operation } from "../../http/operation.ts";
import { PAGE } from "../answers.ts";
import { english, type Words } from "../words/english.ts";

const BACK = { 303: { description: "Done; back to the connect page" } } as const;
/** The events that the page has shown, as JSON text: the page's own form has it in a hidden field. */
const SeenObjectsText = z
  .string("Send the events that the page shows.")
  .max(MAX_BODY_BYTES, "Send fewer events.")
  .transform((text, context) => {
    try {
      return SeenObjects.parse(JSON.parse(text));
    } catch {
      context.addIssue("Send the events as the page shows them.");
      return z.NEVER;
    }
  });

const idIn = { params: z.strictObject({ id: ConnectionId }) } as const;

export const show = operation({
  id: "connectPage",
  method: "get",
  path: "/connect",
  tag: "Pages",
  summary: "The agent's page: connect calendars and say what they are for",
  description:
    "POST /connect-links makes the link that signs a browser in. A token in the address is refused.",
  access: "session",
  query: z.strictObject({
    done: z.enum(Object.keys(english.done) as (keyof Words["done"])[]).optional(),
    connected: z.string().max(200).optional(),
    error: z.string().max(60).optional(),
  }),
  answers: PAGE,
  errors: ["token_in_address", "database_unavailable"],
});

export const showAccount = operation({
  id: "accountPage",
  method: "get",
  path: "/connect/accounts/:id",
  tag: "Pages",
  summary: "Choose more calendars of an account",
  access: "session",
  params: z.strictObject({ id: AccountId }),
  answers: PAGE,
  errors: [
    "account_not_found",
    "account_needs_reauth",
    "no_calendars",
    "provider_unavailable",
    "database_unavailable",
  ],
});

export const addCalendar = operation({
  id: "addCalendarByForm",
  method: "post",
  path: "/connect/accounts/:id",
  tag: "Pages",
  summary: "Connect another calendar of an account",
  access: "session",
  params: z.strictObject({ id: AccountId }),
  form: z.strictObject({ calendarId: CalendarId }),
  recorded: "always",
  answers: BACK,
  errors: [
    "forbidden",
    "account_not_found",
    "agent_being_erased",
    "calendar_not_found",
    "calendar_not_readable",
    "connection_exists",
    "database_unavailable",
  ],
});

export const flip = operation({
  id: "switchByForm",
  method: "post",
  path: "/connect/connections/:id",
  tag: "Pages",
  summary: "Flip one switch of a calendar",
  access: "session",
  ...idIn,
  form: z.strictObject({
    set: z.templateLiteral([
      z.enum(["read", "blocksAvailability", "receivesBookings"]),
      " ",
      z.enum(["on", "off"]),
    ]),
  }),
  recorded: "always",
  answers: BACK,
  errors: ["forbidden", "connection_not_found", "calendar_read_only", "database_unavailable"],
});

export const checkNow = operation({
  id: "syncByForm",
  method: "post",
  path: "/connect/connections/:id/sync",
  tag: "Pages",
  summary: "Read a calendar's changes now",
  access: "session",
  ...idIn,
  form: z.strictObject({}),
  answers: BACK,
  errors: [
    "forbidden",
    "connection_not_found",
    "sync_in_progress",
    "sync_disabled",
    "sync_held_off",
    "database_unavailable",
  ],
});

export const writeAgain = operation({
  id: "retryCalendarByForm",
  method: "post",
  path: "/connect/connections/:id/retry",
  tag: "Pages",
  summary: "Try again to write into a calendar what it doesn't show",
  access: "session",
  ...idIn,
  form: z.strictObject({}),
  recorded: "always",
  answers: BACK,
  errors: ["forbidden", "connection_not_found", "calendar_switched_off", "database_unavailable"],
});

export const askDisconnect = operation({
  id: "disconnectPage",
  method: "get",
  path: "/connect/connections/:id/disconnect",
  tag: "Pages",
  summary: "Ask before a calendar is disconnected",
  access: "session",
  ...idIn,
  answers: PAGE,
  errors: ["connection_not_found", "database_unavailable"],
});

export const doDisconnect = operation({
  id: "disconnectByForm",
  method: "post",
  path: "/connect/connections/:id/disconnect",
  tag: "Pages",
  summary: "Disconnect a calendar",
  access: "session",
  ...idIn,
  form: z.strictObject({}),
  recorded: "always",
  answers: BACK,
  errors: ["forbidden", "connection_not_found", "database_unavailable"],
});

export const countFree = operation({
  id: "countUnreadableAsFreeByForm",
  method: "post",
  path: "/connect/connections/:id/count-free",
  tag: "Pages",
  summary: "Count events that can't be read as free",
  access: "session",
  ...idIn,
  form: z.strictObject({ objects: SeenObjectsText }),
  recorded: "always",
  answers: BACK,
  errors: ["forbidden", "connection_not_found", "unreadable_changed", "database_unavailable"],
});

export const setTimeZone = operation({
  id: "timeZoneByForm",
  method: "post",
  path: "/connect/time-zone",
  tag: "Pages",
  summary: "Set the agent's time zone",
  access: "session",
  form: z.strictObject({ agentId: MaybeAgentId, timeZone: TimeZone }),
  recorded: "always",
  answers: BACK,
  errors: ["forbidden", "agent_being_erased", "database_unavailable"],
});

export const connectOperations = [
  show,
  showAccount,
  addCalendar,
  flip,
  checkNow,
  writeAgain,
  askDisconnect,
  doDisconnect,
  countFree,
  setTimeZone,
];
