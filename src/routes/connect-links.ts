// Connect links: the marketplace makes a link that opens an agent's page.
import { Hono } from "hono";
import * as z from "zod";
import { makeConnectLink } from "../accounts/connect-links.ts";
import type { Deps } from "../deps.ts";
import { formatInstant } from "../domain/instant.ts";
import { type ApiEnv, type Auth, requireService } from "../http/auth.ts";
import { AgentId, Flag, minutes, TimeText } from "../http/fields.ts";
import { BASE_PATH, operation } from "../http/operation.ts";
import { ReturnTo, safeReturnTo } from "../http/return-to.ts";
import { body, jsonBody } from "../http/validate.ts";

const create = operation({
  id: "createConnectLink",
  method: "post",
  path: "/connect-links",
  tag: "Connections",
  summary: "Make a link that opens an agent's page",
  description:
    "For services. Send the browser there, or give the link to the agent. It opens the page and nothing else. " +
    "Looking at it doesn't use it up: the person presses a button first.",
  access: "bearer",
  body: z.strictObject({
    agentId: AgentId,
    returnTo: ReturnTo.optional().describe(
      "Where the page leads back to: a path here, or a page of an allowed origin.",
    ),
    minutes: minutes(1, 1_440).default(15).describe("How long the link opens."),
    singleUse: Flag.default(true).describe("Whether it opens once only."),
  }),
  recorded: "always",
  answers: {
    201: {
      description: "The link. Its secret is kept nowhere, so it can't be asked for again",
      schema: z.strictObject({
        url: z.string().meta({ format: "uri", description: "The link, for the agent's browser." }),
        expiresAt: TimeText,
      }),
    },
  },
  errors: ["forbidden", "agent_being_erased", "database_unavailable"],
});

export const connectLinkOperations = [create];

/** The route of links. */
export const connectLinkRoutes = (deps: Deps, auth: Auth) =>
  new Hono<ApiEnv>().post(create.path, auth.bearer, jsonBody, body(create.body), async (c) => {
    requireService(c.get("caller"));
    const { returnTo, ...link } = c.req.valid("json");
    const { secret, expiresAt } = await makeConnectLink(deps, {
      ...link,
      returnTo: returnTo === undefined ? null : safeReturnTo(deps.config, returnTo),
    });
    c.header("Cache-Control", "no-store");
    const url = `${deps.config.baseUrl}${BASE_PATH}/connect/open?link=${secret}`;
    return c.json({ url, expiresAt: formatInstant(expiresAt) }, 201);
  });
