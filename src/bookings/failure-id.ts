// Failure ids: one opaque name, fit for a path, for each thing that can fail for good.
import type { FailureCursor, FailureKey } from "../store/failures.ts";

/** The name of a failure: letters, digits, "-" and "_". */
export function formatFailureId(key: FailureKey): string {
  const parts = key.kind === "delivery" ? [key.kind, key.connectionId, key.bookingId] : [key.kind, key.id];
  return btoa(encodeURIComponent(JSON.stringify(parts)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** Reads what `formatFailureId` wrote; null for anything else. */
export function parseFailureId(id: string): FailureKey | null {
  const parts = partsOf(id);
  if (!Array.isArray(parts) || !parts.every((part) => typeof part === "string")) return null;
  const [kind, first, second] = parts;
  if (first === undefined) return null;
  if (kind === "job" || kind === "notice") return { kind, id: first };
  if (kind !== "delivery" || second === undefined) return null;
  return { kind, connectionId: first, bookingId: second };
}

function partsOf(id: string): unknown {
  try {
    return JSON.parse(decodeURIComponent(atob(id.replaceAll("-", "+").replaceAll("_", "/"))));
  } catch {
    return null;
  }
}

/** Where a page ended, for the caller to hand back. */
export const formatFailureCursor = ({ failedAt, key }: FailureCursor): string =>
  `${failedAt}.${formatFailureId(key)}`;

/** Reads what `formatFailureCursor` wrote; null for anything else. */
export function parseFailureCursor(text: string): FailureCursor | null {
  const [, at = "", id = ""] = /^(\d{1,15})\.([\w-]+)$/.exec(text) ?? [];
  const key = parseFailureId(id);
  return key === null ? null : { failedAt: Number(at), key };
}
