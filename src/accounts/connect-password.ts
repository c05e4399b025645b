// Connect by password: proves a password and stores the account, where a provider has no consent page.
import type { Deps } from "../deps.ts";
import { EngineError, type ErrorCode } from "../domain/errors.ts";
import { HOUR_MS, type Instant } from "../domain/instant.ts";
import { ProviderError } from "../providers/error.ts";
import type { PasswordFlow, ProviderName } from "../providers/provider.ts";
import { beginAttempt, forgetAttempt } from "../store/accounts/password-attempts.ts";
import { explained } from "./problem.ts";
import { accountToReconnect, connectStored, storeAccount } from "./store-account.ts";

/** Answers to the person, by the provider's code: each names the problem and the way to mend it. */
const REFUSALS: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  password_refused: [
    "password_refused",
    "The server did not accept this user name and password. Check both. Many servers want an app password, " +
      "made in the account's security settings, instead of the ordinary one.",
  ],
  not_caldav: [
    "not_caldav",
    "No calendar server (CalDAV) answers at this address. Look its address up in the provider's help pages.",
  ],
  no_calendars: [
    "no_calendars",
    "This account has no calendar to connect. Switch calendars on there, or make one, then connect again.",
  ],
  redirect_refused: [
    "redirect_refused",
    "This server sends us on to a place to which your password must not be sent. Enter the address of the " +
      "calendar server itself.",
  ],
  calendars_elsewhere: [
    "redirect_refused",
    "This server keeps the calendars in another place, where they can't be read with this password. Enter the " +
      "address of the server that holds the calendars.",
  ],
  url_malformed: ["server_address_refused", "This is no address. Enter one like https://dav.example.com."],
  url_is_email: [
    "server_address_refused",
    "This is an email address. Enter the address of the calendar server, like https://dav.example.com.",
  ],
  url_not_https: [
    "server_address_refused",
    "The address must begin with https://, so that nobody can read your password on its way.",
  ],
  url_with_credentials: [
    "server_address_refused",
    "Leave user name and password out of the address: they have fields of their own.",
  ],
  url_not_public: [
    "server_address_refused",
    "The address must name a server on the internet, like dav.example.com: no number and no name that only a " +
      "home or company network knows.",
  ],
  url_with_port: [
    "server_address_refused",
    "Leave the port out of the address: calendar servers are reached at the usual ports only.",
  ],
};

/** For a wrong password at a provider that issues app-specific passwords at `madeAt`. */
const madeAnew = (madeAt: string) =>
  "This user name and app-specific password were not accepted. Check both: the user name is the account's main " +
  `email address, and a password may have been revoked. A new one is made at ${madeAt}.`;

/** Codes that mean: no answer at all came. */
const SILENT = ["network", "timeout"];

/** A refusal as an answer to the person; undefined if the person can't mend it. */
export function refusalOf(error: ProviderError, flow: PasswordFlow): EngineError | undefined {
  const options = { cause: error, extra: { providerCode: error.code } };
  if (error.code === "app_password_needed") {
    const detail =
      "This looks like the account's ordinary password, which opens no calendar. Make an app-specific " +
      `password at ${flow.appPasswordsAt ?? "the provider"} and enter it here.`;
    return new EngineError("app_password_needed", detail, options);
  }
  if (error.code === "password_refused" && flow.appPasswordsAt !== null)
    return new EngineError("password_refused", madeAnew(flow.appPasswordsAt), options);
  if (flow.asksServer && SILENT.includes(error.code)) {
    const detail = "No server answers at this address. Check it, or try again later if it is right.";
    return new EngineError("server_unreachable", detail, options);
  }
  const known = Object.entries(REFUSALS).find(([code]) => code === error.code)?.[1];
  return known && new EngineError(known[0], known[1], options);
}

/** Proves the password at the provider. */
function proven(flow: PasswordFlow, input: Parameters<PasswordFlow["connect"]>[0]) {
  return explained(async () => {
    try {
      return await flow.connect(input);
    } catch (error) {
      throw (error instanceof ProviderError ? refusalOf(error, flow) : undefined) ?? error;
    }
  });
}

/** How many passwords may be refused in how long (ms). Nobody with an agent's token may guess them through us. */
const ATTEMPTS = 10;
const ATTEMPTS_MS = HOUR_MS;

/** Codes that mean: a server refused the password. A mistyped address, say, gives nothing to guess with. */
const GUESSES: readonly ErrorCode[] = ["password_refused", "app_password_needed"];

/** Makes an attempt, if the agent has one left. It counts only if the server refuses the password. */
async function bounded<T>(deps: Deps, agentId: string, attempt: () => Promise<T>): Promise<T> {
  const now = deps.now();
  const started = { agentId, id: deps.newId(), since: now - ATTEMPTS_MS, limit: ATTEMPTS, now };
  if (!(await beginAttempt(deps.db, started))) {
    const detail =
      `The password was refused ${ATTEMPTS} times within an hour, so no more is tried for now. Check the password, ` +
      "and try again in an hour.";
    throw new EngineError("too_many_attempts", detail);
  }
  let failed = false;
  try {
    return await attempt();
  } catch (error) {
    // What isn't known may have been a guess.
    failed = !(error instanceof EngineError) || GUESSES.includes(error.code);
    throw error;
  } finally {
    if (!failed) await forgetAttempt(deps.db, started);
  }
}

/**
 * The provider's way to connect by password.
 * @throws EngineError method_not_allowed where there is none
 */
export function passwordFlowOf(deps: Pick<Deps, "providers">, provider: ProviderName): PasswordFlow {
  const { password } = deps.providers.get(provider);
  if (password !== null) return password;
  throw new EngineError(
    "method_not_allowed",
    "This provider takes no password: GET this path leads to its own consent page.",
  );
}

/**
 * Connects an account by password. Proves the password at the provider, stores the account sealed, and connects its
 * primary calendar. A reconnected account goes on where it was held up. If any check fails, nothing is stored.
 * @param input.serverUrl as the person typed it; null where the provider has only one server
 * @param input.ownAddress the address at which people invite the agent, if they named one
 * @param input.accountId the account to reconnect, which must be the same person's; null for a new one
 * @throws EngineError method_not_allowed, account_not_found, account_mismatch, password_refused,
 *   agent_being_erased, app_password_needed, too_many_attempts, not_caldav, no_calendars, server_address_refused,
 * redirect_refused,
 *   server_unreachable, provider_unavailable
 */
export async function connectByPassword(
  deps: Deps,
  input: {
    agentId: string;
    provider: ProviderName;
    serverUrl: string | null;
    username: string;
    password: string;
    ownAddress?: string | null;
    accountId: string | null;
    /** When the page was opened on which the person connects; by default now. */
    begunAt?: Instant | undefined;
  },
): Promise<{ accountId: string; connectionIds: readonly string[] }> {
  const { agentId, provider, serverUrl, username, password, ownAddress = null, accountId } = input;
  const { begunAt = deps.now() } = input;
  const flow = passwordFlowOf(deps, provider);
  await accountToReconnect(deps, { agentId, provider, accountId });
  const { credentials, identity } = await bounded(deps, agentId, () =>
    proven(flow, { serverUrl, username, password, ownAddress }),
  );
  const calendars = await explained(() => deps.providers.get(provider).open(credentials).listCalendars());
  const grant = { ...credentials, scopes: null };
  const owner = { agentId, accountId, provider, begunAt };
  const account = await storeAccount(deps, { ...owner, grant, identity, calendars });
  return { accountId: account.id, connectionIds: await connectStored(deps, account, calendars) };
}
