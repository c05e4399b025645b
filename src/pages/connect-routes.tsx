// The connect page's routes: the way in, the page, and what its forms do.
import { Hono } from "hono";
import { csrf } from "hono/csrf";
import { createMiddleware } from "hono/factory";
import * as z from "zod";
import {
  changeConnection,
  connectCalendar,
  listConnections,
  listRemoteCalendars,
} from "../accounts/connections.ts";
import { disconnect } from "../accounts/disconnect.ts";
import { getSettings, putSettings } from "../availability/settings.ts";
import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import type { ApiEnv, Auth, Caller } from "../routes/auth.ts";
import { answerProblem, asEngineError, logUnexpected, PROBLEMS } from "../routes/errors.ts";
import { AccountId, CalendarId, ConnectionId, TimeZone } from "../routes/fields.ts";
import { operation } from "../routes/operation.ts";
import { startSession } from "../routes/session.ts";
import { form, formBody, params, query } from "../routes/validate.ts";
import { CONNECT_PATH, ConnectPage } from "./connect.tsx";
import { AccountPage, DisconnectPage } from "./connect-steps.tsx";
import { ProblemPage } from "./problem.tsx";
import { DONE_WORDS, type Done, errorWords } from "./words.ts";

const PAGE = { 200: { description: "The page", type: "text/html" } } as const;
const BACK = { 303: { description: "Done; back to the connect page" } } as const;
const idIn = { params: z.strictObject({ id: ConnectionId }) } as const;

const show = operation({
  id: "connectPage",
  method: "get",
  path: "/connect",
  tag: "Pages",
  summary: "The agent's page: connect calendars and say what they are for",
  description:
    "Linked with ?token=<the agent's JWT>, which is exchanged for a cookie and leaves the address.",
  access: "session",
  query: z.strictObject({
    token: z.string().max(8_192, "This link is damaged.").optional(),
    done: z.enum(Object.keys(DONE_WORDS) as [Done, ...Done[]]).optional(),
    connected: z.string().max(200).optional(),
    error: z.string().max(60).optional(),
  }),
  answers: { ...PAGE, 302: { description: "Signed in; to the page without the token" } },
  errors: ["forbidden", "database_unavailable"],
});

const showAccount = operation({
  id: "accountPage",
  method: "get",
  path: "/connect/accounts/:id",
  tag: "Pages",
  summary: "Choose more calendars of an account",
  access: "session",
  params: z.strictObject({ id: AccountId }),
  answers: PAGE,
  errors: ["account_not_found", "account_needs_reauth", "provider_unavailable", "database_unavailable"],
});

const addCalendar = operation({
  id: "addCalendarByForm",
  method: "post",
  path: "/connect/accounts/:id",
  tag: "Pages",
  summary: "Connect another calendar of an account",
  access: "session",
  params: z.strictObject({ id: AccountId }),
  form: z.strictObject({ calendarId: CalendarId }),
  answers: BACK,
  errors: [
    "forbidden",
    "account_not_found",
    "calendar_not_found",
    "connection_exists",
    "database_unavailable",
  ],
});

const flip = operation({
  id: "switchByForm",
  method: "post",
  path: "/connect/connections/:id",
  tag: "Pages",
  summary: "Flip one switch of a calendar",
  access: "session",
  ...idIn,
  form: z.strictObject({
    purpose: z.enum(["blocksAvailability", "receivesBookings"]),
    on: z.enum(["true", "false"]),
  }),
  answers: BACK,
  errors: ["forbidden", "connection_not_found", "calendar_read_only", "database_unavailable"],
});

const askDisconnect = operation({
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

const doDisconnect = operation({
  id: "disconnectByForm",
  method: "post",
  path: "/connect/connections/:id/disconnect",
  tag: "Pages",
  summary: "Disconnect a calendar",
  access: "session",
  ...idIn,
  form: z.strictObject({}),
  answers: BACK,
  errors: ["forbidden", "connection_not_found", "database_unavailable"],
});

const setTimeZone = operation({
  id: "timeZoneByForm",
  method: "post",
  path: "/connect/time-zone",
  tag: "Pages",
  summary: "Set the agent's time zone",
  access: "session",
  form: z.strictObject({ timeZone: TimeZone }),
  answers: BACK,
  errors: ["forbidden", "database_unavailable"],
});

export const connectOperations = [
  show,
  showAccount,
  addCalendar,
  flip,
  askDisconnect,
  doDisconnect,
  setTimeZone,
];

/** The zones to choose from, the agent's own among them even where this runtime lists it by another name. */
const zonesWith = (own: string): string[] => [
  ...new Set([...Intl.supportedValuesOf("timeZone"), "UTC", own].sort()),
];

const doneAt = (done: Done): string => `${CONNECT_PATH}?done=${done}`;

/** Pages are open to agents only; sessions belong to nobody else. */
const agentIdOf = (caller: Caller): string => {
  if (caller.role === "agent") return caller.agentId;
  throw new EngineError("forbidden", "This page is for agents. Link it with the agent's own token.");
};

function noticeOf({ done, connected, error }: z.output<typeof show.query>) {
  if (error !== undefined) return { tone: "bad", text: errorWords(error) } as const;
  const word = connected === undefined ? done : "connected";
  return word === undefined ? null : ({ tone: "good", text: DONE_WORDS[word] } as const);
}

/** A token in the address becomes a session, and the address is cleaned before anything is shown. */
const exchangeToken = (deps: Deps, auth: Auth) =>
  createMiddleware<ApiEnv>(async (c, next) => {
    const token = c.req.query("token");
    if (token === undefined) return next();
    const { caller, expiresAt } = await auth.verify(token);
    await startSession(c, deps, { agentId: agentIdOf(caller), tokenExpiresAt: expiresAt });
    return c.redirect(CONNECT_PATH);
  });

const uncached = createMiddleware<ApiEnv>(async (c, next) => {
  await next();
  c.header("Cache-Control", "no-store");
});

/** The routes of the connect page. */
export const connectRoutes = (deps: Deps, auth: Auth) => {
  const sameOrigin = csrf({ origin: new URL(deps.config.baseUrl).origin });
  return new Hono<ApiEnv>()
    .get(show.path, uncached, query(show.query), exchangeToken(deps, auth), auth.session, async (c) => {
      const agentId = agentIdOf(c.get("caller"));
      const [connections, settings] = await Promise.all([
        listConnections(deps, { agentId }),
        getSettings(deps, { agentId }),
      ]);
      return c.html(
        <ConnectPage
          agentId={agentId}
          connections={connections}
          providers={deps.providers.names()}
          timeZone={settings.timeZone}
          timeZones={zonesWith(settings.timeZone)}
          notice={noticeOf(c.req.valid("query"))}
          now={deps.now()}
        />,
      );
    })
    .get(showAccount.path, uncached, auth.session, params(showAccount.params), async (c) => {
      const accountId = c.req.valid("param").id;
      const ownedBy = agentIdOf(c.get("caller"));
      const calendars = await listRemoteCalendars(deps, { ownedBy, accountId });
      return c.html(<AccountPage accountId={accountId} calendars={calendars} />);
    })
    .post(
      addCalendar.path,
      auth.session,
      sameOrigin,
      params(addCalendar.params),
      formBody,
      form(addCalendar.form),
      async (c) => {
        await connectCalendar(deps, {
          ownedBy: agentIdOf(c.get("caller")),
          accountId: c.req.valid("param").id,
          calendarId: c.req.valid("form").calendarId,
          blocksAvailability: true,
          receivesBookings: false,
        });
        return c.redirect(doneAt("added"), 303);
      },
    )
    .post(flip.path, auth.session, sameOrigin, params(flip.params), formBody, form(flip.form), async (c) => {
      const { purpose, on } = c.req.valid("form");
      await changeConnection(deps, {
        ownedBy: agentIdOf(c.get("caller")),
        connectionId: c.req.valid("param").id,
        patch: { [purpose]: on === "true" },
      });
      return c.redirect(doneAt("changed"), 303);
    })
    .get(askDisconnect.path, uncached, auth.session, params(askDisconnect.params), async (c) => {
      const agentId = agentIdOf(c.get("caller"));
      const { id } = c.req.valid("param");
      const connection = (await listConnections(deps, { agentId })).find((known) => known.id === id);
      if (connection === undefined) {
        throw new EngineError("connection_not_found", "This calendar is not connected, or no longer.");
      }
      return c.html(<DisconnectPage connection={connection} />);
    })
    .post(
      doDisconnect.path,
      auth.session,
      sameOrigin,
      params(doDisconnect.params),
      formBody,
      form(doDisconnect.form),
      async (c) => {
        const ownedBy = agentIdOf(c.get("caller"));
        await disconnect(deps, { ownedBy, connectionId: c.req.valid("param").id });
        return c.redirect(doneAt("disconnected"), 303);
      },
    )
    .post(setTimeZone.path, auth.session, sameOrigin, formBody, form(setTimeZone.form), async (c) => {
      const agentId = agentIdOf(c.get("caller"));
      const { revision: _, ...settings } = await getSettings(deps, { agentId });
      const { timeZone } = c.req.valid("form");
      await putSettings(deps, { agentId, settings: { ...settings, timeZone } });
      return c.redirect(doneAt("changed"), 303);
    })
    .onError((error, c) => {
      const failure = asEngineError(error);
      logUnexpected(deps, failure, c.get("requestId"));
      if (!/\btext\/html\b/.test(c.req.header("accept") ?? "")) return answerProblem(c, failure);
      return c.html(<ProblemPage error={failure} />, PROBLEMS[failure.code].status);
    });
};
