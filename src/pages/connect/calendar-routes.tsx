// A calendar's routes on the connect page: its switches, its checks, and the way out.
import { Hono } from "hono";
import { type ConnectionChange, changeConnection, listConnections } from "../../accounts/connections.ts";
import { disconnect } from "../../accounts/disconnect.ts";
import { countAsFree } from "../../availability/unreadable.ts";
import { retryCalendar } from "../../dead-letters/retry-calendar.ts";
import type { Deps } from "../../deps.ts";
import { EngineError } from "../../domain/errors.ts";
import type { ApiEnv, Auth } from "../../http/auth.ts";
import { form, formBody, params } from "../../http/validate.ts";
import { syncNow } from "../../sync/sync-now.ts";
import { frameOf } from "../frame.ts";
import { agentIdOf, sameOrigin, uncached } from "../visit.ts";
import { askDisconnect, checkNow, countFree, doDisconnect, flip, writeAgain } from "./operations.ts";
import { cardId, controlId, doneAt, type Purpose } from "./paths.ts";
import { DisconnectPage } from "./steps.tsx";

/**
 * What a switch changes. To read a calendar undoes whatever has switched it off. Not to read it leaves alone what is
 * written into it.
 */
function changeOf(purpose: Purpose, on: boolean): ConnectionChange {
  if (purpose !== "read") return { [purpose]: on };
  return on ? { isActive: true, syncEnabled: true } : { syncEnabled: false };
}

/** The routes of the calendars on the connect page. */
export const calendarRoutes = (deps: Deps, auth: Auth) => {
  const ownPages = sameOrigin(deps);
  return new Hono<ApiEnv>()
    .post(flip.path, auth.session, ownPages, params(flip.params), formBody, form(flip.form), async (c) => {
      const [purpose, state] = c.req.valid("form").set.split(" ") as [Purpose, "on" | "off"];
      const connectionId = c.req.valid("param").id;
      const ownedBy = agentIdOf(c.get("caller"));
      await changeConnection(deps, { ownedBy, connectionId, patch: changeOf(purpose, state === "on") });
      return c.redirect(doneAt("changed", controlId(purpose, connectionId)), 303);
    })
    .post(
      checkNow.path,
      auth.session,
      ownPages,
      params(checkNow.params),
      formBody,
      form(checkNow.form),
      async (c) => {
        const connectionId = c.req.valid("param").id;
        await syncNow(deps, { ownedBy: agentIdOf(c.get("caller")), connectionId });
        return c.redirect(doneAt("checked", controlId("check", connectionId)), 303);
      },
    )
    .post(
      writeAgain.path,
      auth.session,
      ownPages,
      params(writeAgain.params),
      formBody,
      form(writeAgain.form),
      async (c) => {
        const connectionId = c.req.valid("param").id;
        await retryCalendar(deps, { ownedBy: agentIdOf(c.get("caller")), connectionId });
        return c.redirect(doneAt("trying", cardId(connectionId)), 303);
      },
    )
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
      ownPages,
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
      ownPages,
      params(countFree.params),
      formBody,
      form(countFree.form),
      async (c) => {
        const connectionId = c.req.valid("param").id;
        const { objects } = c.req.valid("form");
        await countAsFree(deps, { ownedBy: agentIdOf(c.get("caller")), connectionId, objects });
        return c.redirect(doneAt("changed", cardId(connectionId)), 303);
      },
    );
};
