// The week page's route.
import { Hono } from "hono";
import { showWeek } from "../../bookings/week.ts";
import type { Deps } from "../../deps.ts";
import { type ApiEnv, type Auth, agentFor } from "../../http/auth.ts";
import { query } from "../../http/validate.ts";
import { frameOf } from "../frame.ts";
import { MOST_AHEAD, showWeekPage } from "./operations.ts";
import { WeekPage } from "./page.tsx";

/** The route of `/connect/week`. */
export const weekRoutes = (deps: Deps, auth: Auth) =>
  new Hono<ApiEnv>().get(showWeekPage.path, auth.session, query(showWeekPage.query), async (c) => {
    const agentId = agentFor(c.get("caller"), undefined);
    const { ahead } = c.req.valid("query");
    const week = await showWeek(deps, { agentId, ahead });
    c.header("Cache-Control", "no-store");
    return c.html(<WeekPage frame={frameOf(c, deps)} week={week} ahead={ahead} mostAhead={MOST_AHEAD} />);
  });
