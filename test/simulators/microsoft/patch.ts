// Patch: an event as clients write it, and the result of a PATCH (`docs/providers/microsoft.md` B.6.1).
import { dayOf, writableTime } from "./event-time.ts";
import type { Json } from "./render.ts";
import type { EventRecord } from "./state.ts";

/** A record in the form in which clients write it: the base of a PATCH. */
function writableForm(record: EventRecord): Json {
  return {
    ...record.details,
    isAllDay: record.start.kind === "date",
    start: writableTime(record.start),
    end: writableTime(record.end),
    recurrence: record.recurrence,
    singleValueExtendedProperties: [...record.extended].map(([id, value]) => ({ id, value })),
  };
}

/**
 * Applies the patch to a record's writable form: fields are replaced whole, extended properties added. Moving a
 * series moves the first day of its recurrence. A change between all-day and timed needs both times.
 */
export function patched(record: EventRecord, patch: Json): Json {
  const base = writableForm(record);
  const merged: Json = { ...base };
  for (const [name, value] of Object.entries(patch)) {
    if (!name.startsWith("@odata.")) merged[name] = value;
  }
  const properties = patch["singleValueExtendedProperties"] as { id: string; value: string }[] | undefined;
  if (properties !== undefined) {
    const all = new Map(record.extended);
    for (const { id, value } of properties) all.set(id, value);
    merged["singleValueExtendedProperties"] = [...all].map(([id, value]) => ({ id, value }));
  }
  const { recurrence } = record;
  const start = patch["start"] as { dateTime: string } | undefined;
  if (recurrence !== null && patch["recurrence"] === undefined && start?.dateTime !== undefined) {
    const startDate = String(start.dateTime).slice(0, 10);
    if (startDate !== dayOf(record.start)) {
      merged["recurrence"] = { ...recurrence, range: { ...recurrence.range, startDate } };
    }
  }
  return merged;
}
