// Access controls: routes by which a person gives an application access and withdraws it.
import type { Hono } from "hono";
import * as z from "zod";
import { defined, done, part, read } from "./control-app.ts";

/** A person's decisions on the consent page. */
export interface Decision {
  readonly user: string;
  /** Default: all scopes that were asked for. */
  readonly scopes?: readonly string[];
  readonly allow?: boolean;
}

export interface AccessControl {
  /** Answers an authorisation URL as a person at the consent page would. Returns the callback URL. */
  consent(authorizationUrl: string, decision: Decision): string;
  /** The person withdraws access. From then on a refresh is refused. */
  removeAccess(email: string, clientId?: string): void;
  /** All access tokens issued so far answer 401. */
  expireAccessTokens(email?: string): void;
}

const agreement = z.strictObject({
  authorizationUrl: z.url(),
  user: z.string(),
  scopes: z.array(z.string()).optional(),
  allow: z.boolean().optional(),
});

/** Routes under `/consent`, `/users/:email/remove-access` and `/expire-access-tokens`. */
export function accessControls(app: Hono, control: AccessControl): void {
  app.post("/consent", async (context) => {
    const { authorizationUrl, user, ...rest } = await read(context, agreement);
    return context.json({ location: control.consent(authorizationUrl, { user, ...defined(rest) }) });
  });
  app.post("/users/:email/remove-access", (context) => {
    control.removeAccess(part(context, "email"));
    return done(context);
  });
  app.post("/expire-access-tokens", (context) => {
    control.expireAccessTokens(context.req.query("user"));
    return done(context);
  });
}
