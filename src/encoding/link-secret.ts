// Link secrets: what makes an address that only its holder knows.
import { base64url } from "oslo/encoding";

const SECRET_BYTES = 32;

/** The form of a secret: 32 random bytes in base64url. */
export const LINK_SECRET = /^[\w-]{43}$/;

/** A new secret. It is kept nowhere: store its digest. */
export const newLinkSecret = (): string =>
  base64url.encode(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)), { includePadding: false });
