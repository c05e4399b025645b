// HMAC with SHA-256 by the runtime, in place of the package `fast-sha256`, with which standardwebhooks signs.
import { createHmac } from "node:crypto";

export const hmac = (key: Uint8Array, data: Uint8Array): Uint8Array =>
  createHmac("sha256", key).update(data).digest();
