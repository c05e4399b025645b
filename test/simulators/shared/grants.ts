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
