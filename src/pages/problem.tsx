// The page for everything that goes wrong on a page.
import type { EngineError } from "../domain/errors.ts";
import { BASE_PATH } from "../routes/operation.ts";
import { Page } from "./layout.tsx";

/** What went wrong, in words, and the way on. */
export const ProblemPage = ({ error, title }: { error: EngineError; title: string }) => (
  <Page title={title}>
    <h1>{title}</h1>
    <p>{error.message}</p>
    {error.code === "unauthenticated" ? null : (
      <p>
        <a class="button" href={`${BASE_PATH}/connect`}>
          Back to your calendars
        </a>
      </p>
    )}
  </Page>
);
