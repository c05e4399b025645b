// The week page's operation.
import * as z from "zod";
import { operation } from "../../http/operation.ts";
import { PAGE } from "../answers.ts";

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
      .default(0)
      .describe("How many days after today the first day is. All of the seven days must be cached."),
  }),
  answers: PAGE,
  errors: ["database_unavailable"],
});

export const weekOperations = [showWeekPage];
