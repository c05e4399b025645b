// Provider auth: GET begins a consent or shows a password form; POST takes the password.
import * as z from "zod";
import { AccountId, Email, line, MaybeAgentId } from "../../http/fields.ts";
import { operation } from "../../http/operation.ts";
import { providerSegment } from "../../http/provider-segment.ts";
import { ReturnTo } from "../../http/return-to.ts";
import { PASSWORD_PROVIDERS, PROVIDER_NAMES } from "../../providers/provider.ts";

/** The form as a program gets it: what to ask the person for, and where to send that. */
export const PasswordForm = z
  .strictObject({
    method: z.literal("POST").describe("How they are sent."),
    action: z.string().meta({ format: "uri" }).describe("Where the fields are sent, as JSON or as a form."),
    help: z.string().describe("What the person should know before they enter anything."),
    fields: z
      .array(
        z.strictObject({
          name: z
            .enum(["serverUrl", "username", "password", "ownAddress"])
            .describe("The field's name when it is sent."),
          label: z.string().describe("What to call it."),
          help: z.string().describe("What to say below it."),
          secret: z.boolean().describe("Show it to nobody and keep it nowhere."),
          required: z.boolean().describe("Whether it must be sent."),
        }),
      )
      .describe("What to ask the person for."),
  })
  .meta({ id: "PasswordForm" });

export const start = operation({
  id: "startConsent",
  method: "get",
  path: "/:provider/auth",
  tag: "Connections",
  summary: "Go to the provider's consent page, or to the form for a password where it has none",
  description:
    "A browser is redirected; with Accept: application/json the address is answered instead. Either way a " +
    "cookie ties the consent to this browser, which must be the one that consents. Providers without a consent " +
    "page show a form, as JSON the fields to be sent.",
  access: "either",
  params: z.strictObject({ provider: providerSegment(PROVIDER_NAMES) }),
  query: z.strictObject({
    agentId: MaybeAgentId,
    returnTo: ReturnTo.optional().describe(
      "Where the browser goes afterwards: a path here, or a page of an allowed origin.",
    ),
    accountId: AccountId.optional().describe("The account to connect again."),
  }),
  answers: {
    302: { description: "To the consent page" },
    200: {
      description: "The consent page's address, or the form",
      schema: z.union([
        z.strictObject({
          authorizationUrl: z.string().meta({ format: "uri", description: "The provider's consent page." }),
        }),
        PasswordForm,
      ]),
      type: "text/html",
    },
  },
  errors: ["forbidden", "provider_not_configured", "account_not_found", "database_unavailable"],
});

/** How many letters each field of the form takes. */
export const MOST_LETTERS = { serverUrl: 1_000, username: 320, password: 1_024, ownAddress: 320 } as const;

const Sent = {
  serverUrl: line(MOST_LETTERS.serverUrl)
    .optional()
    .describe("The calendar server's https address; only where the form asks for it."),
  username: line(MOST_LETTERS.username)
    .min(1, "Enter the user name.")
    .describe("The user name, often an email address."),
  password: line(MOST_LETTERS.password)
    .min(1, "Enter the password.")
    .describe("Made for this purpose. Kept sealed, never logged."),
  ownAddress: z
    .union([z.literal(""), Email])
    .optional()
    .describe(
      "The email address at which people invite the agent, where the server doesn't know it. Without one, an " +
        "invitation that the agent declined may block their time. Send it each time the account is connected.",
    ),
  accountId: AccountId.optional().describe("The account to connect again."),
};

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
  params: z.strictObject({ provider: providerSegment(PASSWORD_PROVIDERS) }),
  body: z.strictObject({ agentId: MaybeAgentId, ...Sent }),
  form: z.strictObject({
    agentId: MaybeAgentId,
    ...Sent,
    returnTo: line(2_000).optional().describe("Where the browser goes afterwards."),
  }),
  recorded: "always",
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
    "agent_being_erased",
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

export const providerAuthOperations = [start, connectAccount];
