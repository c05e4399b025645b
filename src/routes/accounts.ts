// Accounts: the calendars an account has at its provider, to connect more of them.
import { Hono } from "hono";
import * as z from "zod";
import { listRemoteCalendars } from "../accounts/remote-calendars.ts";
import type { Deps } from "../deps.ts";
import { type ApiEnv, type Auth, ownedBy } from "../http/auth.ts";
import { AccountId } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { params } from "../http/validate.ts";

const RemoteCalendar = z
  .strictObject({
    calendarId: z.string(),
    name: z.string(),
    timeZone: z.string().nullable(),
    role: z.enum(["reader", "writer"]),
    primary: z.boolean().describe("It is the account's own calendar."),
    readable: z
      .boolean()
      .describe("false: it is listed, but its events can't be read, so it can't be connected."),
    connectionId: z.string().nullable().describe("Null where it isn't connected yet."),
  })
  .meta({ id: "RemoteCalendar" });

const calendars = operation({
  id: "listRemoteCalendars",
  method: "get",
  path: "/accounts/:id/calendars",
  tag: "Connections",
  summary: "All calendars of an account at its provider",
  description:
    "Asks the provider, so an account is listed once in five seconds. Whoever asks sooner is refused.",
  access: "bearer",
  params: z.strictObject({ id: AccountId }),
  answers: {
    200: {
      description: "As the provider lists them now",
      schema: z.strictObject({ calendars: z.array(RemoteCalendar).describe("The account's calendars.") }),
    },
  },
  errors: [
    "account_not_found",
    "account_needs_reauth",
    "no_calendars",
    "provider_unavailable",
    "database_unavailable",
  ],
});

export const accountOperations = [calendars];

/** The routes of accounts. */
export const accountRoutes = (deps: Deps, auth: Auth) =>
  new Hono<ApiEnv>().get(calendars.path, auth.bearer, params(calendars.params), async (c) => {
    const listed = await listRemoteCalendars(deps, {
      ownedBy: ownedBy(c.get("caller")),
      accountId: c.req.valid("param").id,
    });
    return c.json({ calendars: listed });
  });
