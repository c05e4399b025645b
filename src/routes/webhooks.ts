// Webhooks: takes notifications of providers. A notification is only a hint, and the answer is quick.
import { Hono } from "hono";
import * as z from "zod";
import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import type { ApiEnv } from "../http/auth.ts";
import { operation } from "../http/operation.ts";
import { segment } from "../http/provider-segment.ts";
import { params } from "../http/validate.ts";
import { WEBHOOKS } from "../providers/provider.ts";
import { receiveNotifications } from "../sync/receive.ts";

const receive = operation({
  id: "receiveNotifications",
  method: "post",
  path: "/webhooks/:provider",
  tag: "Operations",
  summary: "A provider says that a calendar changed",
  description: "For providers only. Each notification proves itself by the secret of its channel.",
  access: "open",
  // Providers send from addresses that all share, and Google never repeats what was answered with 429
  // (`docs/providers/google.md` A.9.2).
  counts: "never",
  params: z.strictObject({ provider: segment(WEBHOOKS, "Whose notification it is.") }),
  answers: {
    200: { description: "The provider's challenge, echoed", type: "text/plain" },
    204: { description: "Received, whether or not the channel is known" },
  },
  errors: ["provider_not_configured", "body_too_large", "database_unavailable"],
});

export const webhookOperations = [receive];

/** The route of notifications. A 503 makes the provider send again. A forged or stale notification gets a 204. */
export const webhookRoutes = (deps: Deps) =>
  new Hono<ApiEnv>().post(receive.path, params(receive.params), async (c) => {
    const { name: provider } = deps.providers.byWebhook(c.req.valid("param").provider);
    const request = { url: new URL(c.req.url), headers: c.req.raw.headers, body: await c.req.text() };
    const received = await receiveNotifications(deps, { provider, request });
    if (received.kind === "challenge") return c.text(received.echo);
    if (received.kind === "malformed") {
      deps.log.warn("notification.malformed", { provider, reason: received.reason });
      throw new EngineError("invalid_request", "This is no notification that the provider would send.");
    }
    return c.body(null, 204);
  });
