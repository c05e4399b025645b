// The page for everything that goes wrong on a page.
import type { EngineError } from "../domain/errors.ts";
import { CONNECT_PATH } from "./connect.tsx";
import { Page } from "./layout.tsx";

/** What went wrong, in words, and the way on. */
export const ProblemPage = ({ error }: { error: EngineError }) => {
  const signedOut = error.code === "unauthenticated";
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
