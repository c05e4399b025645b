// CalDAV's failures: every refusal, by HTTP status and precondition, into what must be done about it.
import type { FailureKind } from "../../domain/failure.ts";
import type { ProviderError } from "../error.ts";
import type { Verdict } from "../http.ts";

/** What was asked. `find` is discovery, `look` a collection's own properties. */
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
  /** The precondition's element, or sabre's exception. `*`: whatever is named or not, null: nothing is named. */
  readonly condition: string | null;
  readonly on?: readonly Operation[];
  readonly kind: FailureKind;
}

const WRITES: readonly Operation[] = ["create", "update", "delete"];
const PUTS: readonly Operation[] = ["create", "update"];

/** Codes with which servers refuse a token that isn't good any more; RFC 6578 names 403. */
const TOKEN_STATUSES = [400, 403, 409, 410, 412];

const UNABLE = [400, 403, 405, 409, 412, 413, 415, 422, 500, 501, 507];

/** What is wrong with the object we sent. */
const BAD_OBJECT = [
  ...["valid-calendar-data", "valid-calendar-object-resource", "supported-calendar-component"],
  ...["supported-calendar-data", "calendar-collection-location-ok", "max-resource-size", "min-date-time"],
  ...["max-date-time", "max-instances", "max-attendees-per-instance"],
];

/** `providers.md` D.3. The first row that fits decides; `STATUSES` decides what none fits. */
const ROWS: readonly Row[] = [
  // C10
  { statuses: TOKEN_STATUSES, condition: "valid-sync-token", on: ["sync"], kind: "resync" },
  // C14. What is refused without a reason is a matter of rights (C11).
  { statuses: [403], condition: "supported-report", on: ["sync"], kind: "unsupported" },
  { statuses: [405, 501], condition: "*", on: ["sync"], kind: "unsupported" },
  // A search that the server can't do, doesn't do, or stumbles over each time. iCloud has been seen to answer 412.
  { statuses: UNABLE, condition: "*", on: ["search"], kind: "unsupported" },
  // C22
  { statuses: [403, 409], condition: "no-uid-conflict", on: PUTS, kind: "adopt" },
  // C24
  ...BAD_OBJECT.map((condition): Row => ({ statuses: [403, 409], condition, on: PUTS, kind: "bug" })),
  // C27
  { statuses: [403, 507], condition: "quota-not-exceeded", on: PUTS, kind: "pause" },
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
  // C7: rights to one's own home don't end; some server refuses so in passing (C.8).
  { statuses: [403], condition: "*", on: ["list"], kind: "retry" },
  // C11: it is there, but not for this person.
  { statuses: [403], condition: "*", on: ["inspect", "sync", "multiget", "get"], kind: "gone" },
];

/** What a status means where no row fits; 5xx is `retry` (C9, C34), any other 4xx our `bug`. */
const STATUSES: Readonly<Record<number, FailureKind>> = {
  // C1, C2
  401: "reauth",
  // C17, C28, C29
  404: "gone",
  410: "gone",
  408: "retry",
  409: "retry",
  // A host that the person was moved away from (C33): the first one knows the new one.
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
 * May a create have been refused because its object is there already? A 409 without a word is for a collection that
 * isn't there (C28), and at some servers for a UID that is.
 */
export const mayBeTaken = ({ kind, status }: ProviderError): boolean =>
  kind === "adopt" || (kind === "gone" && status === 409);
