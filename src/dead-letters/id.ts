// Ids of dead letters: one opaque text, fit for a path, for a job, a delivery or a notice.
import { jsonFromBase64url, toBase64url } from "../encoding/base64url.ts";
import type { DeadLetterCursor, DeadLetterKey } from "../store/outbox/dead-letters.ts";

/** The id of a dead letter: letters, digits, "-" and "_". */
export function formatDeadLetterId(key: DeadLetterKey): string {
  const parts = key.kind === "delivery" ? [key.kind, key.connectionId, key.bookingId] : [key.kind, key.id];
  return toBase64url(JSON.stringify(parts));
}

/** Reads an id that `formatDeadLetterId` wrote; null for anything else. */
export function parseDeadLetterId(id: string): DeadLetterKey | null {
  const parts = jsonFromBase64url(id);
  if (!Array.isArray(parts) || !parts.every((part) => typeof part === "string")) return null;
  const [kind, first, second] = parts;
  if (first === undefined) return null;
  if (kind === "job" || kind === "notice") return { kind, id: first };
  if (kind !== "delivery" || second === undefined) return null;
  return { kind, connectionId: first, bookingId: second };
}

/** The cursor of a page's end, which the caller sends back for the next page. */
export const formatDeadLetterCursor = ({ failedAt, key }: DeadLetterCursor): string =>
  `${failedAt}.${formatDeadLetterId(key)}`;

/** Reads a cursor that `formatDeadLetterCursor` wrote; null for anything else. */
export function parseDeadLetterCursor(text: string): DeadLetterCursor | null {
  const [, at = "", id = ""] = /^(\d{1,15})\.([\w-]+)$/.exec(text) ?? [];
  const key = parseDeadLetterId(id);
  return key === null ? null : { failedAt: Number(at), key };
}
