// Signing keys: RS256, one for each provider and process, published as a JWKS URL publishes them.
import { exportJWK, generateKeyPair, type SignJWT } from "jose";

const KEY_ID = "simulated-1";

export interface SigningKey {
  /** Signs a token with the claims that were set. */
  sign(token: SignJWT): Promise<string>;
  /** The public key, as the JWKS URL answers it. */
  publicKeys(): Promise<unknown>;
}

/** A key that is made at its first use, because making one takes long. Nothing depends on which key it is. */
export function createSigningKey(): SigningKey {
  let made: ReturnType<typeof generateKeyPair> | undefined;
  const keys = () => {
    made ??= generateKeyPair("RS256", { extractable: true });
    return made;
  };
  return {
    async sign(token) {
      const { privateKey } = await keys();
      return token.setProtectedHeader({ alg: "RS256", kid: KEY_ID, typ: "JWT" }).sign(privateKey);
    },
    async publicKeys() {
      const { publicKey } = await keys();
      return { keys: [{ ...(await exportJWK(publicKey)), kid: KEY_ID, alg: "RS256", use: "sig" }] };
    },
  };
}
