// The provider contract for accounts: how people connect them, and which credentials the engine keeps.
import type { Instant } from "../domain/instant.ts";

/** The secrets of one account. Sealed at rest, never logged. */
export interface Credentials {
  readonly accessToken: string;
  /** The instant at which `accessToken` ends. */
  readonly accessTokenExpiresAt: Instant;
  readonly refreshToken: string;
}

/** A person's grant. `refreshToken` is null where the provider sent none. */
export interface Grant {
  readonly accessToken: string;
  readonly accessTokenExpiresAt: Instant;
  readonly refreshToken: string | null;
  /** The granted scopes, as the provider names them; null where the answer leaves them out (unchanged). */
  readonly scopes: readonly string[] | null;
}

/** The person who granted. `userId` is stable and identifies the account; the email may change. */
export interface Identity {
  readonly userId: string;
  readonly email: string | null;
}

/** How people connect a provider through OAuth 2.0 with PKCE. */
export interface OAuthFlow {
  /** Scopes without which the engine can't work; a grant that lacks one is refused. */
  readonly requiredScopes: readonly string[];
  /** The consent page's URL. `loginHint` on reconnect; `claims` where the provider demanded a step (Graph). */
  authorize(input: {
    state: string;
    nonce: string;
    codeVerifier: string;
    redirectUri: string;
    loginHint: string | null;
    claims: string | null;
  }): Promise<URL>;
  /** Turns the callback's code into a grant. The caller checks scopes and refresh token. */
  exchange(input: {
    code: string;
    codeVerifier: string;
    nonce: string;
    redirectUri: string;
  }): Promise<{ grant: Grant; identity: Identity }>;
  /**
   * A new access token. A non-null `refreshToken` replaces the old one and is stored before use.
   * @param granted the scopes that the person granted, where they are known
   */
  refresh(credentials: Credentials, granted?: readonly string[]): Promise<Grant>;
  /** Ends the whole grant at the provider. An ended grant is success. Does nothing where there is no such call. */
  revoke(credentials: Credentials): Promise<void>;
}

/** How people connect a provider by password, where there is no OAuth. */
export interface PasswordFlow {
  /** Whether the person must name the server. If not, the provider has only one. */
  readonly asksServer: boolean;
  /** Where app-specific passwords are made, as text for the person; null where the provider can't know. */
  readonly appPasswordsAt: string | null;
  /**
   * Finds the account behind a password, and proves it by listing its calendars.
   * @param input.serverUrl as the person typed it; null where the provider has but one server
   * @param input.ownAddress the address at which people invite the person, if they named one. It counts beside those
   *   that the server knows.
   * @throws ProviderError with a code of its own for each fault that the person can mend: `password_refused`,
   *   `app_password_needed` (it looks like the account's ordinary password), `not_caldav`, `no_calendars`,
   *   `redirect_refused`, and the codes of `checkUserUrl` (webdav/safe-url.ts) for `serverUrl` itself
   */
  connect(input: {
    serverUrl: string | null;
    username: string;
    password: string;
    ownAddress?: string | null;
  }): Promise<{ credentials: Credentials; identity: Identity }>;
}
