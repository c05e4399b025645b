// What every page of an agent has: the stylesheet, the script, and the way out of a visit.
import { Hono } from "hono";
import { deleteCookie } from "hono/cookie";
import * as z from "zod";
import type { Deps } from "../deps.ts";
import type { ApiEnv } from "../http/auth.ts";
import { operation } from "../http/operation.ts";
import { cookieAttributes, SESSION_COOKIE, sessionOf } from "../http/session.ts";
import { form, formBody } from "../http/validate.ts";
import { type Frame, frameOf } from "./frame.ts";
import { Page } from "./layout.tsx";
import { SCRIPT, SCRIPT_PATH } from "./script.ts";
import { styleOf } from "./style.ts";
import { sameOrigin } from "./visit.ts";

const style = operation({
  id: "style",
  method: "get",
  path: "/style.css",
  tag: "Pages",
  summary: "The pages' stylesheet",
  access: "open",
  answers: { 200: { description: "CSS", type: "text/css" } },
  errors: [],
});

const script = operation({
  id: "script",
  method: "get",
  path: SCRIPT_PATH,
  tag: "Pages",
  summary: "The pages' script",
  description: "Its address changes with its content. Pages work without it.",
  access: "open",
  answers: { 200: { description: "JavaScript", type: "text/javascript" } },
  errors: [],
});

const signOut = operation({
  id: "signOut",
  method: "post",
  path: "/connect/sign-out",
  tag: "Pages",
  summary: "End this browser's visit",
  description: "Open to everybody, so that a visit that has run out can be left, too.",
  access: "open",
  form: z.strictObject({}),
  answers: { 200: { description: "The page that says so", type: "text/html" } },
  errors: ["forbidden"],
});

export const sessionOperations = [style, script, signOut];

const SignedOutPage = ({ frame, returnTo }: { frame: Frame; returnTo: string | null }) => {
  const { signedOut, frame: words } = frame.words;
  const back = returnTo ?? frame.brand.homeUrl;
  return (
    <Page frame={frame} title={signedOut.title}>
      <h1>{signedOut.title}</h1>
      <p>{signedOut.text}</p>
      {back === null ? null : (
        <p>
          <a class="button" href={back}>
            {words.backTo(frame.brand.name)}
          </a>
        </p>
      )}
    </Page>
  );
};

/** The routes of the stylesheet, of the script and of `/connect/sign-out`. */
export const sessionRoutes = (deps: Deps) => {
  const stylesheet = styleOf(deps.config.brand);
  return new Hono<ApiEnv>()
    .get(style.path, (c) => {
      c.header("Cache-Control", "public, max-age=300");
      return c.body(stylesheet, 200, { "Content-Type": "text/css; charset=utf-8" });
    })
    .get(script.path, (c) => {
      c.header("Cache-Control", "public, max-age=31536000, immutable");
      return c.body(SCRIPT, 200, { "Content-Type": "text/javascript; charset=utf-8" });
    })
    .post(signOut.path, sameOrigin(deps), formBody, form(signOut.form), async (c) => {
      const session = await sessionOf(c, deps);
      deleteCookie(c, SESSION_COOKIE, cookieAttributes(deps));
      c.header("Cache-Control", "no-store");
      return c.html(<SignedOutPage frame={frameOf(c, deps)} returnTo={session?.returnTo ?? null} />);
    });
};
