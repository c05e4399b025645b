// The problem page: shows an error of a page to a person.
import type { Context } from "hono";
import type { Deps } from "../deps.ts";
import type { EngineError, ErrorCode } from "../domain/errors.ts";
import { wantsPage } from "../http/accept.ts";
import type { ApiEnv } from "../http/auth.ts";
import { answerProblem, asEngineError, logUnexpected, PROBLEMS, setRetryAfter } from "../http/errors.ts";
import { OPS_PATH, OPS_SIGN_IN_PATH } from "../http/operator-session.ts";
import { errorWords } from "./error-words.ts";
import { type Frame, frameOf } from "./frame.ts";
import { Page } from "./layout.tsx";
import { CONNECT_PATH, DOCS_PATH } from "./navigation.ts";

/** Errors after which only a new link helps. */
const SIGNED_OUT: ReadonlySet<ErrorCode> = new Set([
  "unauthenticated",
  "connect_link_over",
  "token_in_address",
]);

/** Whose pages an address is among. */
type Part = "agent" | "operators" | "reference";

const partOf = (path: string): Part =>
  path.startsWith(OPS_PATH) ? "operators" : path.startsWith(`${DOCS_PATH}/`) ? "reference" : "agent";

/** Where a person can go on: operators have a way in of their own, and only the marketplace leads into a visit. */
function wayOn(
  { words, brand }: Frame,
  error: EngineError,
  part: Part,
): { href: string; text: string } | null {
  if (part === "operators" && error.code === "unauthenticated")
    return { href: OPS_SIGN_IN_PATH, text: words.ops.signIn };
  if (SIGNED_OUT.has(error.code)) {
    return brand.homeUrl === null ? null : { href: brand.homeUrl, text: words.frame.backTo(brand.name) };
  }
  if (part === "reference") return { href: DOCS_PATH, text: words.problem.backToReference };
  return part === "operators"
    ? { href: OPS_PATH, text: words.ops.back }
    : { href: CONNECT_PATH, text: words.problem.back };
}

/** The error in words, and a link to go on. */
const ProblemPage = ({ frame, error, part }: { frame: Frame; error: EngineError; part: Part }) => {
  const { problem, ops } = frame.words;
  const title = SIGNED_OUT.has(error.code) ? problem.signedOutTitle : problem.title;
  const way = wayOn(frame, error, part);
  const text =
    part === "operators" && error.code === "unauthenticated" ? ops.signedOut : errorWords(frame.words, error);
  return (
    <Page frame={frame} title={title}>
      <h1>{title}</h1>
      <p>{text}</p>
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

/**
 * What was refused in an address, like a token, isn't repeated in links to other languages. Without it the address would
 * lead to another problem, so there are no such links.
 */
const withoutQuery = (frame: Frame): Frame => (frame.url?.search === "" ? frame : { ...frame, url: null });

/** The app's error handler: a person gets a page, everybody else problem+json. */
export const answerOnPage =
  (deps: Pick<Deps, "log" | "config">) =>
  (error: Error, c: Context<ApiEnv>): Response | Promise<Response> => {
    const failure = asEngineError(error);
    logUnexpected(deps, failure, c.get("requestId"));
    if (!wantsPage(c)) return answerProblem(c, failure);
    setRetryAfter(c, failure);
    return c.html(
      <ProblemPage frame={withoutQuery(frameOf(c, deps))} error={failure} part={partOf(c.req.path)} />,
      PROBLEMS[failure.code].status,
    );
  };
