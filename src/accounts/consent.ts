// Consent: leads a person through the provider's consent page to a stored account.
import { EncryptJWT, jwtDecrypt } from "jose";
import { generateCodeVerifier, generateState } from "oslo/oauth2";
import * as z from "zod";
import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import { type Instant, MINUTE_MS, SECOND_MS } from "../domain/instant.ts";
import { ProviderError } from "../providers/error.ts";
import type { Grant, ProviderName } from "../providers/provider.ts";
import { explained } from "./problem.ts";
import { accountToReconnect, connectStored, storeAccount } from "./store-account.ts";

/** How long a person may take on the provider's pages. */
const CONSENT_MS = 10 * MINUTE_MS;

const State = z.object({
  agentId: z.string(),
  provider: z.string(),
  accountId: z.string().nullable(),
  returnTo: z.string().nullable(),
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  /** Begun on the agent's page, so it must end in the same agent's session. */
  inSession: z.boolean(),
  /** When the person began: an erasure since then keeps them out. */
  begunAt: z.number().default(0),
});

type State = z.infer<typeof State>;

const redirectUri = (deps: Deps, provider: ProviderName): string =>
  `${deps.config.baseUrl}/api/calendar/${provider.toLowerCase()}/callback`;

async function sealState(deps: Deps, state: State): Promise<string> {
  return new EncryptJWT(state)
    .setProtectedHeader({ alg: "dir", enc: "A256GCM" })
    .setIssuedAt(new Date(deps.now()))
    .setExpirationTime(new Date(deps.now() + CONSENT_MS))
    .encrypt(deps.config.cookieKey);
}

async function openState(deps: Deps, sealedState: string | null): Promise<State | null> {
  if (sealedState === null) return null;
  try {
    const { payload } = await jwtDecrypt(sealedState, deps.config.cookieKey, {
      currentDate: new Date(deps.now()),
      keyManagementAlgorithms: ["dir"],
      contentEncryptionAlgorithms: ["A256GCM"],
      clockTolerance: SECOND_MS / 1_000,
    });
    return State.parse(payload);
  } catch {
    // Made elsewhere, changed or expired: the caller gets the same answer and must start again.
    return null;
  }
}

/**
 * Begins a consent. `sealedState` must be set as a cookie in the browser that goes to `authorizationUrl`. A callback
 * counts only if it brings that cookie.
 * @param input.accountId the account to reconnect, which must be the same person's; null for a new one
 * @param input.inSession begun on the agent's page, and not with a bearer token
 * @param input.begunAt when that page was opened; by default now
 */
export async function startConsent(
  deps: Deps,
  input: {
    agentId: string;
    provider: ProviderName;
    returnTo: string | null;
    accountId: string | null;
    inSession?: boolean;
    begunAt?: Instant | undefined;
  },
): Promise<{ authorizationUrl: string; state: string; sealedState: string }> {
  const { agentId, provider, returnTo, accountId, inSession = false, begunAt = deps.now() } = input;
  const { oauth } = deps.providers.get(provider);
  const account = await accountToReconnect(deps, { agentId, provider, accountId });
  const secrets = { state: generateState(), nonce: generateState(), codeVerifier: generateCodeVerifier() };
  const url = await oauth.authorize({
    ...secrets,
    redirectUri: redirectUri(deps, provider),
    loginHint: account?.email ?? null,
    claims: account?.reauthClaims ?? null,
  });
  const sealedState = await sealState(deps, {
    agentId,
    provider,
    accountId,
    returnTo,
    inSession,
    begunAt,
    ...secrets,
  });
  return { authorizationUrl: url.href, state: secrets.state, sealedState };
}

/** Where the browser wanted to go after the consent; null where the state can't be opened. */
export async function peekReturnTo(
  deps: Deps,
  input: { sealedState: string | null },
): Promise<string | null> {
  return (await openState(deps, input.sealedState))?.returnTo ?? null;
}

/** What a finished consent made. */
export interface Connected {
  readonly agentId: string;
  readonly accountId: string;
  readonly connectionIds: readonly string[];
  readonly returnTo: string | null;
}

/** Error codes with which a provider says that the person or their administrator refused (RFC 6749, 4.1.2.1). */
const ACCESS_DENIED = "access_denied";

/**
 * Ends a consent. Checks that the callback belongs to this browser and provider, and exchanges the code. Refuses a
 * grant that lacks a scope or belongs to another person. Then stores the account and connects its primary calendar.
 * If any check fails, nothing is stored.
 * @param input.signedInAs the agent whose session the browser has; null: it has none
 * @throws EngineError oauth_state_invalid, session_changed, oauth_denied, oauth_failed, oauth_scope_missing,
 *   oauth_no_refresh_token, account_mismatch, account_not_found, provider_unavailable
 */
export async function finishConsent(
  deps: Deps,
  input: {
    provider: ProviderName;
    code: string | null;
    state: string | null;
    error: string | null;
    sealedState: string | null;
    signedInAs?: string | null;
  },
): Promise<Connected> {
  const opened = await openState(deps, input.sealedState);
  if (opened === null || opened.state !== input.state || opened.provider !== input.provider) {
    throw new EngineError(
      "oauth_state_invalid",
      "This consent has expired or was begun elsewhere. Start again.",
    );
  }
  const { signedInAs = null } = input;
  if (signedInAs === null ? opened.inSession : signedInAs !== opened.agentId) {
    throw new EngineError(
      "session_changed",
      "This consent was begun for another agent than the one who is signed in now. Nothing was connected.",
    );
  }
  if (input.error !== null && input.error !== ACCESS_DENIED) {
    throw new EngineError(
      "oauth_failed",
      "The provider could not finish the consent. Try again in a few minutes.",
    );
  }
  if (input.error !== null || input.code === null) {
    throw new EngineError("oauth_denied", "The calendar was not connected, because access was not granted.");
  }
  const code = input.code;
  const { oauth } = deps.providers.get(input.provider);
  const { grant, identity } = await exchanged(() =>
    oauth.exchange({
      code,
      codeVerifier: opened.codeVerifier,
      nonce: opened.nonce,
      redirectUri: redirectUri(deps, input.provider),
    }),
  );
  refuseShortGrant(grant, oauth.requiredScopes);
  const calendars = await explained(() => deps.providers.get(input.provider).open(grant).listCalendars());
  const { agentId, accountId, begunAt } = opened;
  const { provider } = input;
  const owner = { agentId, accountId, provider, begunAt };
  const account = await storeAccount(deps, { ...owner, grant, identity, calendars });
  const connectionIds = await connectStored(deps, account, calendars);
  return { agentId, accountId: account.id, connectionIds, returnTo: opened.returnTo };
}

/** A refused code changes no account: there is none yet, or it stays as it was. */
function exchanged<T>(exchange: () => Promise<T>): Promise<T> {
  return explained(async () => {
    try {
      return await exchange();
    } catch (error) {
      if (!(error instanceof ProviderError && error.kind === "reauth")) throw error;
      throw new EngineError(
        "oauth_failed",
        "The provider did not complete this consent, which can be used once and only at once. Start again.",
        { cause: error, extra: { providerCode: error.code } },
      );
    }
  });
}

/** People may untick single permissions. The account would then fail later (`docs/providers/google.md` A.1.2). */
function refuseShortGrant(grant: Grant, required: readonly string[]): void {
  const granted = new Set((grant.scopes ?? []).map((scope) => scope.toLowerCase()));
  const missing = required.filter((scope) => !granted.has(scope.toLowerCase()));
  if (missing.length === 0) return;
  throw new EngineError(
    "oauth_scope_missing",
    "Access to the calendar was not ticked on the consent page. Connect again and allow every calendar permission.",
    { extra: { missingScopes: missing } },
  );
}
