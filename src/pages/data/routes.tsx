// The data pages' routes: what is stored about the agent, its download and its deletion.
import { Hono } from "hono";
import type { Deps } from "../../deps.ts";
import { eraseAgent, readErasure } from "../../erasure/erase-agent.ts";
import { exportAgent } from "../../erasure/export-agent.ts";
import { type ApiEnv, type Auth, agentFor } from "../../http/auth.ts";
import { form, formBody } from "../../http/validate.ts";
import { frameOf } from "../frame.ts";
import { DATA_PATH } from "../navigation.ts";
import { agentIdOf, sameOrigin, uncached } from "../visit.ts";
import { askErase, doErase, downloadData, showData } from "./operations.ts";
import { DataPage, ErasePage } from "./page.tsx";

/** The routes of `/connect/data`. */
export const dataRoutes = (deps: Deps, auth: Auth) => {
  const ownPages = sameOrigin(deps);
  return new Hono<ApiEnv>()
    .get(showData.path, uncached, auth.session, async (c) => {
      const { window, bookingRetentionDays } = deps.config;
      return c.html(
        <DataPage
          frame={frameOf(c, deps)}
          progress={await readErasure(deps, { agentId: agentIdOf(c.get("caller")) })}
          window={window}
          retentionDays={bookingRetentionDays}
        />,
      );
    })
    .get(downloadData.path, uncached, auth.session, async (c) => {
      c.header("Content-Type", "application/json");
      c.header("Content-Disposition", 'attachment; filename="calendar-data.json"');
      return c.body(await exportAgent(deps, { agentId: agentIdOf(c.get("caller")) }));
    })
    .get(askErase.path, uncached, auth.session, (c) => c.html(<ErasePage frame={frameOf(c, deps)} />))
    .post(doErase.path, auth.session, ownPages, formBody, form(doErase.form), async (c) => {
      const { agentId: named, events } = c.req.valid("form");
      await eraseAgent(deps, { agentId: agentFor(c.get("caller"), named), events });
      return c.redirect(DATA_PATH, 303);
    });
};
