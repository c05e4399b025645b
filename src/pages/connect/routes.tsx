// The connect page's routes: the page, its accounts, and the time zone.
import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import type * as z from "zod";
import { connectCalendar } from "../../accounts/connections.ts";
import { listRemoteCalendars } from "../../accounts/remote-calendars.ts";
import { calendarOverview } from "../../availability/calendar-overview.ts";
import { putSettings } from "../../availability/settings.ts";
import type { Deps } from "../../deps.ts";
import { EngineError } from "../../domain/errors.ts";
import { presentName } from "../../domain/zone-choices.ts";
import { type ApiEnv, type Auth, agentFor } from "../../http/auth.ts";
import { form, formBody, params, query } from "../../http/validate.ts";
import { wordsUnder } from "../error-words.ts";
import { frameOf } from "../frame.ts";
import { agentIdOf, sameOrigin, uncached } from "../visit.ts";
import type { Words } from "../words/english.ts";
import { addCalendar, setTimeZone, show, showAccount } from "./operations.ts";
import { ConnectPage } from "./page.tsx";
import { doneAt } from "./paths.ts";
import { AccountPage } from "./steps.tsx";

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

/** The routes of the connect page. */
export const connectRoutes = (deps: Deps, auth: Auth) => {
  const ownPages = sameOrigin(deps);
  return new Hono<ApiEnv>()
    .get(show.path, uncached, refuseToken, query(show.query), auth.session, async (c) => {
      const agentId = agentIdOf(c.get("caller"));
      const frame = frameOf(c, deps);
      return c.html(
        <ConnectPage
          frame={frame}
          agentId={agentId}
          overview={await calendarOverview(deps, { agentId })}
          providers={deps.providers.names()}
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
      ownPages,
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
    .post(setTimeZone.path, auth.session, ownPages, formBody, form(setTimeZone.form), async (c) => {
      const { timeZone, agentId: named } = c.req.valid("form");
      const agentId = agentFor(c.get("caller"), named);
      // A browser may know the zone by a name of before.
      await putSettings(deps, { agentId, settings: { timeZone: presentName(timeZone) } });
      return c.redirect(doneAt("changed"), 303);
    });
};
