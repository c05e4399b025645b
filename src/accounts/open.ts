// Open: opens an account with a valid token. Of many callers at once one refreshes it, and the others wait.
import type { Deps } from "../deps.ts";
import { DEMANDS } from "../domain/failure.ts";
import { DAY_MS, type Instant, MINUTE_MS, SECOND_MS } from "../domain/instant.ts";
import { accountRow, SealError, seal, unseal } from "../encoding/seal.ts";
import { wakeNotices } from "../notices/wake.ts";
import { ProviderError } from "../providers/error.ts";
import type { Credentials, ProviderAccount } from "../providers/provider.ts";
import {
  claimRefresh,
  findAccount,
  markActive,
  markNeedsReauth,
  markRefusedOnce,
  markUnavailable,
  releaseRefresh,
  saveRefreshed,
} from "../store/accounts/accounts.ts";
import type { AccountRow } from "../store/rows.ts";
import { ABOUT_ACCOUNT, isLetIn } from "./proof.ts";

/** A token this close to its end counts as ended: clocks differ (D.4.10), and a pull takes time. */
const EXPIRY_MARGIN_MS = 2 * MINUTE_MS;
/** Longer than a token request may take. */
const REFRESH_LEASE_MS = 30 * SECOND_MS;
const WAIT_STEP_MS = 150;
/** An account that was not refreshed for this long is refreshed, so that its grant doesn't lapse. */
export const IDLE_MS = 14 * DAY_MS;
/** How long to wait after the first refusal of a password. */
const REFUSAL_PAUSE_MS = MINUTE_MS;
const REFUSED_ONCE = "password_refused_once";

/**
 * Runs `use` with the account opened. If the provider refuses a token that should be valid, the token is refreshed once
 * and `use` runs again (`docs/providers/README.md` 0.3.8), so `use` must be idempotent. After a second refusal the
 * account is marked, but only where it can't do something else either. A password can't be refreshed. Servers
 * sometimes refuse a right one (C2), so after the first refusal it is tried again a minute later.
 * @param terms.until an instant: `use` begins no request that can't end by then
 * @param terms.reads the calendar that `use` reads, which proves nothing once it is refused
 * @throws ProviderError as `use` does, or as the refresh does
 */
export async function withAccount<T>(
  deps: Deps,
  account: AccountRow,
  use: (opened: ProviderAccount) => Promise<T>,
  terms: { readonly until?: Instant; readonly reads?: string } = {},
): Promise<T> {
  const { until, reads } = terms;
  const valid = await ensureValid(
    deps,
    account,
    account.accessTokenExpiresAt - EXPIRY_MARGIN_MS <= deps.now(),
  );
  const opened = await open(deps, valid, until);
  try {
    return await used(deps, valid, opened, use);
  } catch (error) {
    if (!isAboutAccount(error)) throw error;
    const byPassword = deps.providers.get(account.provider).password !== null;
    if (byPassword && error.tokenRefused) {
      const waiting = await waitOnce(deps, valid);
      if (waiting !== null) throw waiting;
    }
    if (byPassword || !error.tokenRefused)
      throw await verdictOf(deps, valid, error, () => isLetIn(deps, valid, opened, reads));
  }
  const renewed = await ensureValid(deps, valid, true);
  const reopened = await open(deps, renewed, until);
  try {
    return await used(deps, renewed, reopened, use);
  } catch (error) {
    if (!isAboutAccount(error)) throw error;
    throw await verdictOf(deps, renewed, error, () => isLetIn(deps, renewed, reopened, reads));
  }
}

/** Runs `use`. Its success shows that an earlier verdict was false, or that its cause is gone (L22). */
async function used<T>(
  deps: Deps,
  account: AccountRow,
  opened: ProviderAccount,
  use: (opened: ProviderAccount) => Promise<T>,
): Promise<T> {
  const result = await use(opened);
  if (account.status !== "active" || account.statusReason !== null) await heal(deps, account);
  return result;
}

function isAboutAccount(error: unknown): error is ProviderError {
  return error instanceof ProviderError && ABOUT_ACCOUNT.includes(error.kind);
}

/**
 * Judges a refusal that may be meant for the whole account. It is believed where the account can't do something else
 * either, which it could do before, or where its token says that a scope was taken away. Any other refusal concerns
 * what was asked for: one calendar, its channel, writing, or the list of calendars (M48, G42).
 * @returns the error to throw
 * @throws ProviderError of another kind where the other thing can't be asked for now: then nothing is known
 */
async function verdictOf(
  deps: Deps,
  account: AccountRow,
  refusal: ProviderError,
  prove: () => Promise<boolean>,
): Promise<ProviderError> {
  const { code, status, retryAt } = refusal;
  if ((await prove()) && !(refusal.kind === "reauth" && isShort(deps, account))) {
    return new ProviderError({ kind: "refused", code, status, retryAt, cause: refusal });
  }
  await giveUp(deps, account, refusal);
  return refusal;
}

/** Whether the last token answer left out a scope that we need. */
function isShort(deps: Deps, { provider, scopes }: AccountRow): boolean {
  const granted = scopes.map((scope) => scope.toLowerCase());
  const { requiredScopes } = deps.providers.get(provider).oauth;
  return requiredScopes.some((scope) => !granted.includes(scope.toLowerCase()));
}

async function open(deps: Deps, account: AccountRow, until?: Instant): Promise<ProviderAccount> {
  return deps.providers.get(account.provider).open(await credentialsOf(deps, account), until);
}

/**
 * The account's credentials, unsealed.
 * @throws ProviderError `operator` if no key opens them: the deployment lacks a key, and the agent is not to blame
 */
export async function credentialsOf(deps: Deps, account: AccountRow): Promise<Credentials> {
  try {
    const { id, sealedCredentials } = account;
    return (await unseal(deps.config.tokenKeys, accountRow(id), sealedCredentials)) as Credentials;
  } catch (cause) {
    if (!(cause instanceof SealError)) throw cause;
    throw new ProviderError({ kind: "operator", code: "credentials_unreadable", cause });
  }
}

/** The same credentials work again: the refusal was wrong, or its cause is gone (L22). */
async function heal(deps: Deps, { id, credentialVersion, status }: AccountRow): Promise<void> {
  deps.log.info("account.healed", { accountId: id });
  await markActive(deps.db, { id, credentialVersion, now: deps.now() });
  if (status !== "active") wakeNotices(deps);
}

/**
 * Notes the first refusal of a password. Returns the error that says when to try again; null if that wait is over. A
 * refusal of another calendar of the account within the same minute counts as the same refusal.
 */
async function waitOnce(
  deps: Deps,
  { id, credentialVersion, statusReason, updatedAt }: AccountRow,
): Promise<ProviderError | null> {
  const now = deps.now();
  const since = statusReason === null ? now : updatedAt;
  const known = statusReason === REFUSED_ONCE && now < since + REFUSAL_PAUSE_MS;
  if (statusReason !== null && !known) return null;
  if (!known) await markRefusedOnce(deps.db, { id, credentialVersion, reason: REFUSED_ONCE, now });
  const retryAt = since + REFUSAL_PAUSE_MS;
  return new ProviderError({ kind: "wait", code: REFUSED_ONCE, status: 401, retryAt });
}

async function giveUp(deps: Deps, account: AccountRow, error: ProviderError): Promise<void> {
  const { id, provider, credentialVersion } = account;
  const { code: reason, claims } = error;
  const refused = { id, credentialVersion, reason, now: deps.now() };
  if (DEMANDS[error.kind].accountUnavailable) {
    deps.log.warn("account.unavailable", { accountId: id, provider, code: reason });
    await markUnavailable(deps.db, refused);
  } else {
    deps.log.warn("account.needs_reauth", { accountId: id, provider, code: reason });
    await markNeedsReauth(deps.db, { ...refused, claims });
  }
  wakeNotices(deps);
}

/** The account with a valid token. If a refresh is wanted, we do it, or another worker has done it meanwhile. */
async function ensureValid(deps: Deps, account: AccountRow, refreshWanted: boolean): Promise<AccountRow> {
  if (!refreshWanted) return account;
  const deadline = deps.now() + REFRESH_LEASE_MS;
  for (;;) {
    const leaseId = deps.newId();
    const now = deps.now();
    const claimed = await claimRefresh(deps.db, {
      id: account.id,
      credentialVersion: account.credentialVersion,
      leaseId,
      leaseUntil: now + REFRESH_LEASE_MS,
      now,
    });
    if (claimed !== null) return refreshClaimed(deps, claimed, leaseId);
    const current = await findAccount(deps.db, { id: account.id, ownedBy: null });
    if (current === null) throw new ProviderError({ kind: "gone", code: "account_removed" });
    if (current.credentialVersion > account.credentialVersion) return current;
    if (current.status === "needs_reauth" && account.status === "active") {
      throw new ProviderError({ kind: "reauth", code: current.statusReason ?? "needs_reauth" });
    }
    if (deps.now() >= deadline) throw new ProviderError({ kind: "retry", code: "refresh_in_progress" });
    await deps.sleep(WAIT_STEP_MS);
  }
}

/** Stores the new tokens before any use, because a rotated refresh token must not be lost (L23). */
async function refreshClaimed(deps: Deps, account: AccountRow, leaseId: string): Promise<AccountRow> {
  const { oauth } = deps.providers.get(account.provider);
  try {
    const credentials = await credentialsOf(deps, account);
    const grant = await oauth.refresh(credentials, account.scopes);
    const sealedCredentials = await seal(deps.config.tokenKeys, accountRow(account.id), {
      accessToken: grant.accessToken,
      accessTokenExpiresAt: grant.accessTokenExpiresAt,
      refreshToken: grant.refreshToken ?? credentials.refreshToken,
    });
    const saved = await saveRefreshed(deps.db, {
      id: account.id,
      leaseId,
      sealedCredentials,
      accessTokenExpiresAt: grant.accessTokenExpiresAt,
      scopes: grant.scopes,
      now: deps.now(),
    });
    if (saved === null) throw new ProviderError({ kind: "gone", code: "account_removed" });
    return saved;
  } catch (error) {
    if (error instanceof ProviderError && DEMANDS[error.kind].accountNeedsConsent) {
      await giveUp(deps, account, error);
    } else {
      await releaseRefresh(deps.db, { id: account.id, leaseId });
    }
    throw error;
  }
}

/**
 * Refreshes an account that was not refreshed for two weeks, so that its grant doesn't lapse for lack of use (after six
 * months: `docs/providers/google.md` A.1.3; after ninety days: `docs/providers/microsoft.md` B.1.2). A dead grant is
 * noted in the account's status. After any other failure the next daily sweep tries again.
 */
export async function refreshIdle(deps: Deps, input: { accountId: string }): Promise<void> {
  const account = await findAccount(deps.db, { id: input.accountId, ownedBy: null });
  if (account === null || account.refreshedAt >= deps.now() - IDLE_MS) return;
  if (deps.providers.get(account.provider).password !== null) return;
  try {
    await ensureValid(deps, account, true);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    deps.log.warn("account.not_refreshed", { accountId: account.id, kind: error.kind, code: error.code });
  }
}
