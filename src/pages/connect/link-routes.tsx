// The way in: a connect link becomes a session of its agent's page, once a person has agreed.
import { Hono } from "hono";
import * as z from "zod";
import { followConnectLink, linkIsOver, lookAtConnectLink } from "../../accounts/connect-links.ts";
import type { Deps } from "../../deps.ts";
import { LINK_SECRET } from "../../encoding/link-secret.ts";
import type { ApiEnv } from "../../http/auth.ts";
import { line } from "../../http/fields.ts";
import { operation } from "../../http/operation.ts";
import { sessionOf, startSession } from "../../http/session.ts";
import { form, formBody, query } from "../../http/validate.ts";
import { PAGE } from "../answers.ts";
import { frameOf } from "../frame.ts";
import { CONNECT_PATH } from "../navigation.ts";
import { sameOrigin } from "../visit.ts";
import { ConnectLinkPage } from "./link.tsx";

const LinkSecret = z.string("This link is damaged.").regex(LINK_SECRET, "This link is damaged.");

const look = operation({
  id: "connectLinkPage",
  method: "get",
  path: "/connect/open",
  tag: "Pages",
  summary: "Ask before a connect link is opened",
  description:
    "Says whose calendars the link opens, and whether another agent is signed in. It uses nothing up: programs " +
    "that look at links before people do can't spoil them.",
  access: "open",
  query: z.strictObject({ link: LinkSecret }),
  answers: {
    ...PAGE,
    302: { description: "The link was opened in this browser before: to the agent's page" },
  },
  errors: ["connect_link_over", "database_unavailable"],
});

const open = operation({
  id: "openConnectLink",
  method: "post",
  path: "/connect/open",
  tag: "Pages",
  summary: "Open a connect link: the browser gets a session of the agent's page",
  access: "open",
  form: z.strictObject({ link: LinkSecret, openedBy: line(100).min(1, "Open the link again.") }),
  recorded: "always",
  answers: { 303: { description: "Signed in; to the agent's page" } },
  errors: ["forbidden", "connect_link_over", "database_unavailable"],
});

export const connectLinkPageOperations = [look, open];

/** The routes of `/connect/open`. */
export const connectLinkPageRoutes = (deps: Deps) => {
  // A form of another site would sign the person in as somebody else without a question.
  const ownPages = sameOrigin(deps);
  return new Hono<ApiEnv>()
    .get(look.path, query(look.query), async (c) => {
      const { link: secret } = c.req.valid("query");
      c.header("Cache-Control", "no-store");
      const { agentId, isOver } = await lookAtConnectLink(deps, { secret });
      const signedInAs = (await sessionOf(c, deps))?.agentId ?? null;
      if (isOver && signedInAs === agentId) return c.redirect(CONNECT_PATH);
      if (isOver) throw linkIsOver();
      return c.html(
        <ConnectLinkPage
          frame={frameOf(c, deps)}
          agentId={agentId}
          other={signedInAs === agentId ? null : signedInAs}
          secret={secret}
          openedBy={deps.newId()}
        />,
      );
    })
    .post(open.path, ownPages, formBody, form(open.form), async (c) => {
      const { link: secret, openedBy } = c.req.valid("form");
      const session = await followConnectLink(deps, { secret, openedBy });
      await startSession(c, deps, session);
      c.set("caller", { role: "agent", agentId: session.agentId });
      c.set("session", { ...session, startedAt: deps.now() });
      c.header("Cache-Control", "no-store");
      return c.redirect(CONNECT_PATH, 303);
    });
};
