// The problem page: shows an error of a page to a person.
import type { Context } from "hono";
import type { Deps } from "../deps.ts";
import type { EngineError, ErrorCode } from "../domain/errors.ts";
import { wantsPage } from "../http/accept.ts";
import type { ApiEnv } from "../http/auth.ts";
import { answerProblem, asEngineError, logUnexpected, PROBLEMS, setRetryAfter } from "../http/errors.ts";
import { errorWords } from "./error-words.ts";
import { type Frame, frameOf } from "./frame.ts";
import { Page } from "./layout.tsx";
import { CONNECT_PATH } from "./navigation.ts";

/** Errors after which only a new link helps. */
const SIGNED_OUT: ReadonlySet<ErrorCode> = new Set([
  "unauthenticated",
  "connect_link_over",
  "token_in_address",
]);

/** Where a person can go on: after a visit only the marketplace leads into the next one. */
function wayOn({ words, brand }: Frame, isOver: boolean): { href: string; text: string } | null {
  if (!isOver) return { href: CONNECT_PATH, text: words.problem.back };
  return brand.homeUrl === null ? null : { href: brand.homeUrl, text: words.frame.backTo(brand.name) };
}

/** The error in words, and a link to go on. */
const ProblemPage = ({ frame, error }: { frame: Frame; error: EngineError }) => {
  const { problem } = frame.words;
  const signedOut = SIGNED_OUT.has(error.code);
  const way = wayOn(frame, signedOut);
  const title = signedOut ? problem.signedOutTitle : problem.title;
  return (
    <Page frame={frame} title={title}>
      <h1>{title}</h1>
      <p>{errorWords(frame.words, error)}</p>
      {way === null ? null : (
        <p>
          <a class="button" href={way.href}>
            {way.text}
          </a>
        </p>
      )}
    </Page>
  );
};

/** What was refused in an address, like a token, isn't repeated in the links to other languages. */
const withoutQuery = (frame: Frame): Frame => ({
  ...frame,
  url: frame.url && new URL(frame.url.pathname, frame.url.origin),
});

/** The app's error handler: a person gets a page, everybody else problem+json. */
export const answerOnPage =
  (deps: Pick<Deps, "log" | "config">) =>
  (error: Error, c: Context<ApiEnv>): Response | Promise<Response> => {
    const failure = asEngineError(error);
    logUnexpected(deps, failure, c.get("requestId"));
    if (!wantsPage(c)) return answerProblem(c, failure);
    setRetryAfter(c, failure);
    return c.html(
      <ProblemPage frame={withoutQuery(frameOf(c, deps))} error={failure} />,
      PROBLEMS[failure.code].status,
    );
  };
