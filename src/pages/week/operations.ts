// The week page's operation.
import * as z from "zod";
import { operation } from "../../http/operation.ts";

/** How many days the page can be looked ahead: the cached window has 400 days by default. */
export const MOST_AHEAD = 390;

export const showWeekPage = operation({
  id: "weekPage",
  method: "get",
  path: "/connect/week",
  tag: "Pages",
  summary: "The agent's next seven days: what is taken and why, and how far each booking got",
  access: "session",
  query: z.strictObject({
    ahead: z.coerce
      .number("Send a number of days.")
      .int("Send a whole number of days.")
      .min(0, "Send 0 or more.")
      .max(MOST_AHEAD, `Send at most ${MOST_AHEAD}.`)
      .default(0)
      .describe("How many days after today the first day is."),
  }),
  answers: { 200: { description: "The page", type: "text/html" } },
  errors: ["database_unavailable"],
});

export const weekOperations = [showWeekPage];
