// The week page's route.
import { Hono } from "hono";
import * as z from "zod";
import { showWeek } from "../../bookings/week.ts";
import type { Deps } from "../../deps.ts";
import type { ApiEnv, Auth } from "../../http/auth.ts";
import { checked, query } from "../../http/validate.ts";
import { frameOf } from "../frame.ts";
import { agentIdOf, uncached } from "../visit.ts";
import { showWeekPage } from "./operations.ts";
import { WeekPage } from "./page.tsx";

/**
 * The page's seven days, a day that the cached window may be behind, and two more for zones: they lie up to 14 hours
 * from the UTC days by which the window is cut.
 */
const DAYS_AT_THE_END = 10;

/** The route of `/connect/week`. */
export const weekRoutes = (deps: Deps, auth: Auth) => {
  const mostAhead = Math.max(0, deps.config.window.futureDays - DAYS_AT_THE_END);
  const Cached = z.object({ ahead: z.number().max(mostAhead, `Send at most ${mostAhead}.`) });
  return new Hono<ApiEnv>().get(
    showWeekPage.path,
    uncached,
    auth.session,
    query(showWeekPage.query),
    async (c) => {
      const agentId = agentIdOf(c.get("caller"));
      const { ahead } = checked("query", Cached, c.req.valid("query"));
      const week = await showWeek(deps, { agentId, ahead });
      return c.html(<WeekPage {...{ frame: frameOf(c, deps), week, ahead, mostAhead, now: deps.now() }} />);
    },
  );
};
