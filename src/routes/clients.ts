// Clients: erases what was written about a client into bookings that nobody needs any longer.
import { Hono } from "hono";
import * as z from "zod";
import type { Deps } from "../deps.ts";
import { eraseClient } from "../erasure/erase-client.ts";
import { type ApiEnv, type Auth, requireService } from "../http/auth.ts";
import { Count, Email, Flag } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { body, jsonBody } from "../http/validate.ts";

const erase = operation({
  id: "eraseClient",
  method: "post",
  path: "/clients/erase",
  tag: "Operations",
  summary: "Erase a client: forget their name, their address and all texts of their bookings",
  description:
    "For a service. The client is found by their address, at every agent. Past and cancelled bookings lose title, " +
    "description, place and client; times and states stay. Those to come keep them: cancel them first, or repeat the " +
    "request once they are over. Where texts were forgotten before, by this request or by retention, only a keyed hash " +
    "of the address stays, as long as a calendar shows the event: by it the event can still be rewritten.",
  access: "bearer",
  body: z.strictObject({
    email: Email.describe("The client's address. Capital letters don't matter."),
    calendars: Flag.default(false).describe(
      "Also rewrite the bookings' events in the agents' calendars, with a neutral text, also of bookings whose texts were " +
        "forgotten before.",
    ),
  }),
  recorded: "always",
  answers: {
    200: {
      description: "Done as far as it goes",
      schema: z
        .strictObject({
          bookings: Count.describe("Whose texts this request has forgotten, here or in calendars."),
          copies: Count.describe("Events in calendars that are being rewritten."),
          left: Count.describe("Past or cancelled ones that are left. Repeat the request while it isn't 0."),
          toCome: Count.describe("Confirmed ones that aren't over and keep their texts until then."),
        })
        .meta({ id: "ClientErasure" }),
    },
  },
  errors: ["forbidden", "database_unavailable"],
});

export const clientOperations = [erase];

/** The route of clients. */
export const clientRoutes = (deps: Deps, auth: Auth) =>
  new Hono<ApiEnv>().post(erase.path, auth.bearer, jsonBody, body(erase.body), async (c) => {
    requireService(c.get("caller"));
    return c.json(await eraseClient(deps, c.req.valid("json")));
  });
