// Connecting by password: what the form describes of itself, and what it sends.
import * as z from "zod";
import { AccountId, line, MaybeAgentId } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { ProviderSegment } from "../http/provider-segment.ts";

/** The form as a program gets it: what to ask the person for, and where to send that. */
export const PasswordForm = z
  .strictObject({
    method: z.literal("POST"),
    action: z.string().meta({ format: "uri" }).describe("Where the fields are sent, as JSON or as a form."),
    help: z.string().describe("What the person should know before they enter anything."),
    fields: z.array(
      z.strictObject({
        name: z.enum(["serverUrl", "username", "password"]),
        label: z.string(),
        help: z.string(),
        secret: z.boolean().describe("Show it to nobody and keep it nowhere."),
      }),
    ),
  })
  .meta({ id: "PasswordForm" });

const Sent = {
  serverUrl: line(1_000)
    .optional()
    .describe("The calendar server's https address; only where the form asks for it."),
  username: line(320).min(1, "Enter the user name."),
  password: line(1_024)
    .min(1, "Enter the password.")
    .describe("Made for this purpose. Kept sealed, never logged."),
  accountId: AccountId.optional().describe("The account to connect again."),
};

/** POST: what the form sends. */
export const connectAccount = operation({
  id: "connectByPassword",
  method: "post",
  path: "/:provider/auth",
  tag: "Connections",
  summary: "Connect an account by password",
  description:
    "For providers without a consent page; GET says what to send. A browser's form is redirected to returnTo or " +
    "the connect page, or shown again with what is wrong.",
  access: "either",
  params: z.strictObject({ provider: ProviderSegment }),
  body: z.strictObject({ agentId: MaybeAgentId, ...Sent }),
  form: z.strictObject({ ...Sent, returnTo: line(2_000).optional() }),
  answers: {
    201: {
      description: "What was connected",
      schema: z.strictObject({ accountId: z.string(), connectionIds: z.array(z.string()) }),
    },
    303: { description: "After a form: back to where the agent came from" },
  },
  errors: [
    "forbidden",
    "method_not_allowed",
    "provider_not_configured",
    "account_not_found",
    "account_mismatch",
    "account_needs_reauth",
    "password_refused",
    "app_password_needed",
    "too_many_attempts",
    "not_caldav",
    "no_calendars",
    "server_address_refused",
    "redirect_refused",
    "server_unreachable",
    "provider_unavailable",
    "database_unavailable",
  ],
});

export const passwordOperations = [connectAccount];
