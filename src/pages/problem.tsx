// The problem page: shows an error of a page to a person.
import type { Context } from "hono";
import type { Deps } from "../deps.ts";
import type { EngineError, ErrorCode } from "../domain/errors.ts";
import { wantsPage } from "../http/accept.ts";
import type { ApiEnv } from "../http/auth.ts";
import { answerProblem, asEngineError, logUnexpected, PROBLEMS, setRetryAfter } from "../http/errors.ts";
import { CONNECT_PATH } from "./connect.tsx";
import { Page } from "./layout.tsx";

/** Errors after which only a new link helps. */
const SIGNED_OUT: ReadonlySet<ErrorCode> = new Set([
  "unauthenticated",
  "connect_link_over",
  "token_in_address",
]);

/** The error in words, and a link to go on. */
const ProblemPage = ({ error }: { error: EngineError }) => {
  const signedOut = SIGNED_OUT.has(error.code);
  const title = signedOut ? "Please sign in again" : "That did not work";
  return (
    <Page title={title}>
      <h1>{title}</h1>
      <p>{error.message}</p>
      {signedOut ? null : (
        <p>
          <a class="button" href={CONNECT_PATH}>
            Back to your calendars
          </a>
        </p>
      )}
    </Page>
  );
};

/** The app's error handler: a person gets a page, everybody else problem+json. */
export const answerOnPage =
  (deps: Pick<Deps, "log">) =>
  (error: Error, c: Context<ApiEnv>): Response | Promise<Response> => {
    const failure = asEngineError(error);
    logUnexpected(deps, failure, c.get("requestId"));
    if (!wantsPage(c)) return answerProblem(c, failure);
    setRetryAfter(c, failure);
    return c.html(<ProblemPage error={failure} />, PROBLEMS[failure.code].status);
  };
