// Grants: the clients that are registered, and the codes and tokens that they are given.

/** An OAuth client, as registered with the provider. */
export interface OAuthClient {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUris: readonly string[];
}

/** To whom and for what tokens are made out. */
export interface Granted {
  readonly email: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
}

/** A code as far as every provider keeps it. */
export interface IssuedCode extends Granted {
  readonly code: string;
  readonly redirectUri: string;
  readonly nonce: string | null;
  readonly expiresAt: number;
}

export interface AccessToken extends Granted {
  readonly token: string;
  expiresAt: number;
}

/** A refresh token as far as every provider keeps it. */
export interface IssuedRefreshToken extends Granted {
  readonly token: string;
  lastUsedAt: number;
}

/** What a provider keeps of grants. */
export interface GrantState<Code extends IssuedCode, Refresh extends IssuedRefreshToken> {
  /** Consented scopes by user and client. */
  readonly grants: Map<string, Set<string>>;
  readonly codes: Map<string, Code>;
  readonly accessTokens: Map<string, AccessToken>;
  readonly refreshTokens: Map<string, Refresh>;
}

/** Before anybody consented. */
export const noGrants = <Code extends IssuedCode, Refresh extends IssuedRefreshToken>(): GrantState<
  Code,
  Refresh
> => ({ grants: new Map(), codes: new Map(), accessTokens: new Map(), refreshTokens: new Map() });

/** The access tokens of a person, or all, end now. */
export function endAccess(
  { accessTokens, now }: Pick<GrantState<never, never>, "accessTokens"> & { now(): number },
  email: string | undefined,
): void {
  for (const held of accessTokens.values()) {
    if (email === undefined || held.email === email) held.expiresAt = now();
  }
}
