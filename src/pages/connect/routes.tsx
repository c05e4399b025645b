// The connect page's routes: the page, and its forms.
import { Hono } from "hono";
import { csrf } from "hono/csrf";
import { createMiddleware } from "hono/factory";
import type * as z from "zod";
import { changeConnection, connectCalendar, listConnections } from "../../accounts/connections.ts";
import { disconnect } from "../../accounts/disconnect.ts";
import { listRemoteCalendars } from "../../accounts/remote-calendars.ts";
import { getSettings, putSettings } from "../../availability/settings.ts";
import { countAsFree, listOutstanding } from "../../availability/unreadable.ts";
import type { Deps } from "../../deps.ts";
import { EngineError } from "../../domain/errors.ts";
import { type ApiEnv, type Auth, agentFor, type Caller } from "../../http/auth.ts";
import { form, formBody, params, query } from "../../http/validate.ts";
import { wordsUnder } from "../error-words.ts";
import { frameOf } from "../frame.ts";
import { CONNECT_PATH } from "../navigation.ts";
import type { Words } from "../words/english.ts";
import {
  addCalendar,
  askDisconnect,
  countFree,
  doDisconnect,
  flip,
  setTimeZone,
  show,
  showAccount,
} from "./operations.ts";
import { ConnectPage } from "./page.tsx";
import { AccountPage, DisconnectPage } from "./steps.tsx";

/** The zones to choose from. The agent's own is added, because this runtime may list it by another name. */
const zonesWith = (own: string): string[] => [
  ...new Set([...Intl.supportedValuesOf("timeZone"), "UTC", own].sort()),
];

const doneAt = (done: keyof Words["done"]): string => `${CONNECT_PATH}?done=${done}`;

/** Pages are open to agents only; sessions belong to nobody else. */
const agentIdOf = (caller: Caller): string => {
  if (caller.role === "agent") return caller.agentId;
  throw new EngineError("forbidden", "This page is for agents. Open it by a link for one agent.");
};

function noticeOf(words: Words, { done, connected, error }: z.output<typeof show.query>) {
  if (error !== undefined) {
    return { tone: "bad", text: wordsUnder(words.errors, error) ?? words.errors.internal_error } as const;
  }
  const word = connected === undefined ? done : "connected";
  return word === undefined ? null : ({ tone: "good", text: words.done[word] } as const);
}

/** A token in an address stays in histories and logs, and opens more than this page. */
const refuseToken = createMiddleware<ApiEnv>(async (c, next) => {
  if (c.req.query("token") !== undefined) {
    throw new EngineError(
      "token_in_address",
      "This link is of an old kind that no longer opens. Go back to the marketplace and open your calendars from " +
        "there. The marketplace makes links by POST /connect-links.",
    );
  }
  await next();
});

const uncached = createMiddleware<ApiEnv>(async (c, next) => {
  await next();
  c.header("Cache-Control", "no-store");
});

/** The routes of the connect page. */
export const connectRoutes = (deps: Deps, auth: Auth) => {
  const sameOrigin = csrf({ origin: new URL(deps.config.baseUrl).origin });
  return new Hono<ApiEnv>()
    .get(show.path, uncached, refuseToken, query(show.query), auth.session, async (c) => {
      const agentId = agentIdOf(c.get("caller"));
      const [connections, settings] = await Promise.all([
        listConnections(deps, { agentId }),
        getSettings(deps, { agentId }),
      ]);
      const unreadable = await listOutstanding(
        deps,
        connections.map(({ id }) => id),
      );
      const frame = frameOf(c, deps);
      return c.html(
        <ConnectPage
          frame={frame}
          agentId={agentId}
          connections={connections}
          unreadable={unreadable}
          onStale={settings.onStale}
          providers={deps.providers.names()}
          timeZone={settings.timeZone}
          timeZones={zonesWith(settings.timeZone)}
          notice={noticeOf(frame.words, c.req.valid("query"))}
          now={deps.now()}
        />,
      );
    })
    .get(showAccount.path, uncached, auth.session, params(showAccount.params), async (c) => {
      const accountId = c.req.valid("param").id;
      const ownedBy = agentIdOf(c.get("caller"));
      const calendars = await listRemoteCalendars(deps, { ownedBy, accountId, patient: true });
      return c.html(
        <AccountPage
          frame={frameOf(c, deps)}
          agentId={ownedBy}
          accountId={accountId}
          calendars={calendars}
        />,
      );
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
      return c.html(<DisconnectPage frame={frameOf(c, deps)} connection={connection} />);
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
    .post(
      countFree.path,
      auth.session,
      sameOrigin,
      params(countFree.params),
      formBody,
      form(countFree.form),
      async (c) => {
        await countAsFree(deps, {
          ownedBy: agentIdOf(c.get("caller")),
          connectionId: c.req.valid("param").id,
          objects: c.req.valid("form").objects,
        });
        return c.redirect(doneAt("changed"), 303);
      },
    )
    .post(setTimeZone.path, auth.session, sameOrigin, formBody, form(setTimeZone.form), async (c) => {
      const { timeZone, agentId: named } = c.req.valid("form");
      const agentId = agentFor(c.get("caller"), named);
      const { revision, ...settings } = await getSettings(deps, { agentId });
      await putSettings(deps, { agentId, settings: { ...settings, timeZone }, revision });
      return c.redirect(doneAt("changed"), 303);
    });
};
