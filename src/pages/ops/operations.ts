// The operators' page's operations: signing in and out, the page, and its buttons.
import * as z from "zod";
import { identifier } from "../../http/fields.ts";
import { operation } from "../../http/operation.ts";
import { PAGE } from "../answers.ts";
import { english } from "../words/english.ts";
import type { OpsDone } from "./part.ts";

const BACK = { 303: { description: "Done; back to the page" } } as const;

export const askSignIn = operation({
  id: "operatorSignInPage",
  method: "get",
  path: "/ops/sign-in",
  tag: "Pages",
  summary: "The operators' sign-in form",
  access: "open",
  answers: PAGE,
  errors: [],
});

export const signIn = operation({
  id: "operatorSignIn",
  method: "post",
  path: "/ops/sign-in",
  tag: "Pages",
  summary: "Sign an operator's browser in with a service token",
  description:
    "The token is verified as everywhere and not kept. The cookie opens /ops alone, for an hour at most.",
  access: "open",
  form: z.strictObject({
    token: z
      .string("Paste a service token.")
      .trim()
      .min(1, "Paste a service token.")
      .max(8_192, "Paste a service token.")
      .regex(/^[\w.~+/=-]+$/, "Paste a service token."),
  }),
  recorded: "always",
  answers: { 303: { description: "Signed in; on to the page" } },
  errors: ["unauthenticated", "authentication_unavailable", "forbidden"],
});

export const signOut = operation({
  id: "operatorSignOut",
  method: "post",
  path: "/ops/sign-out",
  tag: "Pages",
  summary: "End an operator's visit",
  access: "open",
  form: z.strictObject({}),
  answers: { 303: { description: "Signed out; back to the sign-in form" } },
  errors: ["forbidden"],
});

export const show = operation({
  id: "opsPage",
  method: "get",
  path: "/ops",
  tag: "Pages",
  summary: "How the deployment is doing, for operators",
  access: "operator",
  query: z.strictObject({ done: z.enum(Object.keys(english.ops.done) as OpsDone[]).optional() }),
  answers: PAGE,
  errors: ["database_unavailable"],
});

export const retry = operation({
  id: "retryFailureByForm",
  method: "post",
  path: "/ops/failures/:id/retry",
  tag: "Pages",
  summary: "Try again what failed for good",
  access: "operator",
  params: z.strictObject({ id: identifier("failure's id", 4_096) }),
  form: z.strictObject({}),
  recorded: "always",
  answers: BACK,
  errors: ["forbidden", "failure_not_found", "calendar_switched_off", "database_unavailable"],
});

export const replay = operation({
  id: "replayNoticeByForm",
  method: "post",
  path: "/ops/notices/:id/replay",
  tag: "Pages",
  summary: "Send a notice again",
  access: "operator",
  params: z.strictObject({ id: identifier("notice's id", 100) }),
  form: z.strictObject({}),
  recorded: "always",
  answers: BACK,
  errors: ["forbidden", "notice_not_found", "database_unavailable"],
});

export const opsOperations = [askSignIn, signIn, signOut, show, retry, replay];
