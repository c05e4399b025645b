// The operators' page's routes.
import { Hono } from "hono";
import { retryDeadLetter } from "../../dead-letters/retry.ts";
import type { Deps } from "../../deps.ts";
import { EngineError } from "../../domain/errors.ts";
import { wantsPage } from "../../http/accept.ts";
import type { ApiEnv, Auth } from "../../http/auth.ts";
import {
  endOperatorSession,
  OPS_PATH,
  OPS_SIGN_IN_PATH,
  operatorsOnly,
  startOperatorSession,
} from "../../http/operator-session.ts";
import { form, formBody, params, query } from "../../http/validate.ts";
import { replayNotice } from "../../notices/replay.ts";
import { readOperations } from "../../sync/operations.ts";
import { frameOf } from "../frame.ts";
import { sameOrigin, uncached } from "../visit.ts";
import { askSignIn, replay, retry, show, signIn, signOut } from "./operations.ts";
import { OpsPage } from "./page.tsx";
import type { OpsDone } from "./part.ts";
import { SignInPage } from "./sign-in.tsx";

const doneAt = (done: OpsDone): string => `${OPS_PATH}?done=${done}`;

/** The token opens nothing, whatever is wrong with it. */
const isRefusal = (error: unknown): boolean =>
  error instanceof EngineError && (error.code === "unauthenticated" || error.code === "forbidden");

/** The routes of `/ops`. */
export const opsRoutes = (deps: Deps, auth: Auth) => {
  const ownPages = sameOrigin(deps);
  const operators = operatorsOnly(deps, auth);
  return new Hono<ApiEnv>()
    .get(askSignIn.path, uncached, (c) => c.html(<SignInPage frame={frameOf(c, deps)} isRefused={false} />))
    .post(signIn.path, uncached, ownPages, formBody, form(signIn.form), async (c) => {
      try {
        const token = await auth.verify(c.req.valid("form").token);
        await startOperatorSession(c, deps, token);
        // For the audit trail: who signed in, with a token of their own.
        c.set("caller", token.caller);
        c.set("session", null);
      } catch (error) {
        if (!isRefusal(error) || !wantsPage(c)) throw error;
        return c.html(<SignInPage frame={frameOf(c, deps)} isRefused />, 401);
      }
      return c.redirect(OPS_PATH, 303);
    })
    .post(signOut.path, uncached, ownPages, formBody, form(signOut.form), (c) => {
      endOperatorSession(c, deps);
      return c.redirect(OPS_SIGN_IN_PATH, 303);
    })
    .get(show.path, uncached, operators, query(show.query), async (c) => {
      const view = await readOperations(deps);
      const done = c.req.valid("query").done ?? null;
      return c.html(<OpsPage frame={frameOf(c, deps)} view={view} done={done} />);
    })
    .post(
      retry.path,
      uncached,
      operators,
      ownPages,
      params(retry.params),
      formBody,
      form(retry.form),
      async (c) => {
        await retryDeadLetter(deps, { ownedBy: null, failureId: c.req.valid("param").id });
        return c.redirect(doneAt("retried"), 303);
      },
    )
    .post(
      replay.path,
      uncached,
      operators,
      ownPages,
      params(replay.params),
      formBody,
      form(replay.form),
      async (c) => {
        await replayNotice(deps, { noticeId: c.req.valid("param").id });
        return c.redirect(doneAt("replayed"), 303);
      },
    );
};
