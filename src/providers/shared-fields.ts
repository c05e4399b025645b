// Shared fields: those of a booking's event that its owner uses too. A note in the event says what we wrote there last,
// so that a new title leaves the owner's words, place and reminders alone.
import { digestOf } from "../encoding/digest.ts";

/** What the owner puts there stays until the booking itself says something else. */
const SHARED_FIELDS = ["description", "location", "reminders"] as const;
export type SharedField = (typeof SHARED_FIELDS)[number];

/** How many digits of each digest are noted. */
const DIGITS = 16;

/** The note about what we write. It holds digests only. */
export async function noteOf(fields: Readonly<Record<SharedField, string>>): Promise<string> {
  const digests = await Promise.all(SHARED_FIELDS.map((field) => digestOf(fields[field])));
  return digests.map((digest) => digest.slice(0, DIGITS)).join("-");
}

/** The fields that hold a booking's texts come first. */
const KEPT = 2;

/**
 * The note of an event whose texts stay as they are. It goes on saying what we wrote last.
 * @param noted the event's note; null where it has none
 * @param note the note of texts that aren't written
 */
export function noteOfKept(noted: string | null, note: string): string {
  const before = (noted ?? "").split("-");
  return note
    .split("-")
    .map((digest, index) => (index < KEPT ? (before[index] ?? "") : digest))
    .join("-");
}

/** How an event's shared fields stand to what the booking says. */
export interface Standing {
  /** The fields that must be written, because the booking says something else in them than before. */
  readonly isNew: ReadonlySet<SharedField>;
  /** Whether the event was written for what the booking says in them now. Only its note proves that. */
  readonly isDone: boolean;
  /** Whether the others hold something of the owner's, so that the next write must look at them again. */
  readonly keepsAdded: boolean;
}

/**
 * @param noted the event's note; null where it has none: then nothing in it is known to be its owner's
 * @param note the note that the booking gets now
 * @param says for each field, whether it says what the booking says and nothing else
 */
export function standingOf(
  noted: string | null,
  note: string,
  says: Readonly<Record<SharedField, boolean>>,
): Standing {
  const [before, now] = [noted ?? "", note].map((text) => text.split("-"));
  const isNew = new Set(SHARED_FIELDS.filter((_, index) => (before?.[index] ?? "") !== (now?.[index] ?? "")));
  return {
    isNew,
    isDone: isNew.size === 0,
    keepsAdded: SHARED_FIELDS.some((field) => !isNew.has(field) && !says[field]),
  };
}
