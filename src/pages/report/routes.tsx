// The report page's operation and its route.
import { Hono } from "hono";
import * as z from "zod";
import type { Deps } from "../../deps.ts";
import type { ApiEnv, Auth } from "../../http/auth.ts";
import { operation } from "../../http/operation.ts";
import { query } from "../../http/validate.ts";
import { readReport } from "../../sync/report.ts";
import { PAGE } from "../answers.ts";
import { frameOf } from "../frame.ts";
import { agentIdOf, uncached } from "../visit.ts";
import { ReportPage } from "./page.tsx";

const show = operation({
  id: "reportPage",
  method: "get",
  path: "/connect/report",
  tag: "Pages",
  summary: "What happened to the agent's calendars and bookings in thirty days",
  access: "session",
  query: z.strictObject({}),
  answers: PAGE,
  errors: ["database_unavailable"],
});

export const reportOperations = [show];

/** The route of `/connect/report`. */
export const reportRoutes = (deps: Deps, auth: Auth) =>
  new Hono<ApiEnv>().get(show.path, uncached, auth.session, query(show.query), async (c) => {
    const report = await readReport(deps, { agentId: agentIdOf(c.get("caller")) });
    return c.html(<ReportPage frame={frameOf(c, deps)} report={report} now={deps.now()} />);
  });
