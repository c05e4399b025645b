// CalDAV's failures: the failure kind of every refusal, by HTTP status and precondition.
import type { FailureKind } from "../../domain/failure.ts";
import type { ProviderError } from "../error.ts";
import type { Verdict } from "../http.ts";

/** The operation that was refused. `find` is discovery, `inspect` reads a collection's own properties. */
export type Operation =
  | "find"
  | "list"
  | "inspect"
  | "sync"
  | "multiget"
  | "search"
  | "get"
  | "create"
  | "update"
  | "delete";

interface Row {
  readonly statuses: readonly number[];
  /** The precondition's element, or sabre's exception. `*`: any or none. Null: none. */
  readonly condition: string | null;
  readonly on?: readonly Operation[];
  readonly kind: FailureKind;
}

/** The operations that change an object. */
export const WRITES: readonly Operation[] = ["create", "update", "delete"];
const PUTS: readonly Operation[] = ["create", "update"];

/** The statuses with which servers refuse a worthless token. RFC 6578 names 403. */
const TOKEN_STATUSES = [400, 403, 409, 410, 412];

const UNABLE = [400, 403, 405, 409, 412, 413, 415, 422, 500, 501, 507];

/** The preconditions that our object violated. */
const BAD_OBJECT = [
  ...["valid-calendar-data", "valid-calendar-object-resource", "supported-calendar-component"],
  ...["supported-calendar-data", "calendar-collection-location-ok", "max-resource-size", "min-date-time"],
  ...["max-date-time", "max-instances", "max-attendees-per-instance"],
];

/** The preconditions by which there is no room for our object. */
const FULL = ["quota-not-exceeded", "sufficient-disk-space"];

/** The preconditions by which another object has the UID. */
const TAKEN = ["no-uid-conflict", "unique-scheduling-object-resource"];

/** `docs/providers/caldav.md` D.3. The first row that fits decides; `STATUSES` decides what none fits. */
const ROWS: readonly Row[] = [
  // C10
  { statuses: TOKEN_STATUSES, condition: "valid-sync-token", on: ["sync"], kind: "resync" },
  // C14. A 403 without a reason is about rights (C11).
  { statuses: [403], condition: "supported-report", on: ["sync"], kind: "unsupported" },
  { statuses: [405, 501], condition: "*", on: ["sync"], kind: "unsupported" },
  // The server can't search, or fails each time. iCloud has been seen to answer 412 (C.6.2).
  { statuses: UNABLE, condition: "*", on: ["search"], kind: "unsupported" },
  // C22. Cyrus says it by the precondition of RFC 6638.
  ...TAKEN.map((condition): Row => ({ statuses: [403, 409, 412], condition, on: PUTS, kind: "adopt" })),
  // C24
  ...BAD_OBJECT.map((condition): Row => ({ statuses: [403, 409, 412], condition, on: PUTS, kind: "bug" })),
  // C27, by the preconditions of RFC 4331
  ...FULL.map((condition): Row => ({ statuses: [403, 409, 412, 413], condition, on: PUTS, kind: "pause" })),
  { statuses: [507], condition: "*", on: WRITES, kind: "pause" },
  // Nextcloud, for a UID that lies in its bin (C.9).
  { statuses: [400], condition: "BadRequest", on: ["create"], kind: "adopt" },
  // C20, C21, C30
  { statuses: [412], condition: "*", on: ["create"], kind: "adopt" },
  { statuses: [412], condition: "*", on: ["update", "delete"], kind: "reread" },
  // C23
  { statuses: [403], condition: "*", on: WRITES, kind: "read-only" },
  // C28: the collection around the object isn't there.
  { statuses: [409], condition: "*", on: PUTS, kind: "gone" },
  // C7: nobody loses the right to their own home, so this refusal passes (C.8).
  { statuses: [403], condition: "*", on: ["list"], kind: "retry" },
  // C11: the collection exists, but this person may not read it.
  { statuses: [403], condition: "*", on: ["inspect", "sync", "multiget", "get"], kind: "gone" },
];

/** The kind of a status where no row fits. 5xx is `retry` (C9, C34), any other 4xx is our `bug`. */
const STATUSES: Readonly<Record<number, FailureKind>> = {
  // C1, C2
  401: "reauth",
  // C17, C28, C29
  404: "gone",
  410: "gone",
  408: "retry",
  409: "retry",
  // The person was moved to another host (C33). The first host knows it.
  421: "retry",
  423: "retry",
  425: "retry",
  // C8
  429: "wait",
};

/** Decides on one refusal. The code is the precondition's name, or `http_<status>`. */
export function classifyDav(operation: Operation, status: number, condition: string | null): Verdict {
  const row = ROWS.find(
    (candidate) =>
      candidate.statuses.includes(status) &&
      (candidate.condition === "*" || candidate.condition === condition) &&
      (candidate.on?.includes(operation) ?? true),
  );
  const kind = row?.kind ?? STATUSES[status] ?? (status >= 500 ? "retry" : "bug");
  return { kind, code: condition ?? `http_${status}` };
}

/**
 * Whether a create may have been refused because its object exists. A 409 without a precondition means that the
 * collection is gone (C28), and at some servers that the UID is taken (C22).
 */
export const mayBeTaken = ({ kind, status }: ProviderError): boolean =>
  kind === "adopt" || (kind === "gone" && status === 409);
