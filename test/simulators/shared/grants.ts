// Grants: registered clients, and the codes and tokens that they are given.

/** An OAuth client, as registered with the provider. */
export interface OAuthClient {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUris: readonly string[];
}

/** The person, client and scopes of a token. */
export interface Granted {
  readonly email: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
}

/** The fields of a code that every provider keeps. */
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

/** The fields of a refresh token that every provider keeps. */
export interface IssuedRefreshToken extends Granted {
  readonly token: string;
  lastUsedAt: number;
}

/** A provider's store of grants. */
export interface GrantState<Code extends IssuedCode, Refresh extends IssuedRefreshToken> {
  /** Consented scopes by user and client. */
  readonly grants: Map<string, Set<string>>;
  readonly codes: Map<string, Code>;
  readonly accessTokens: Map<string, AccessToken>;
  readonly refreshTokens: Map<string, Refresh>;
}

/** The store before anybody has consented. */
export const noGrants = <Code extends IssuedCode, Refresh extends IssuedRefreshToken>(): GrantState<
  Code,
  Refresh
> => ({ grants: new Map(), codes: new Map(), accessTokens: new Map(), refreshTokens: new Map() });

/** Ends the access tokens of a person, or of everybody, now. */
export function endAccess(
  { accessTokens, now }: Pick<GrantState<never, never>, "accessTokens"> & { now(): number },
  email: string | undefined,
): void {
  for (const held of accessTokens.values()) {
    if (email === undefined || held.email === email) held.expiresAt = now();
  }
}
