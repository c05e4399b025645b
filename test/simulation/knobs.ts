// Knobs: which misbehaviour of providers a simulation may switch on; all that the simulators know and a plan can bear.
// Not "cal.gone": no provider takes a calendar away for the length of a few requests and then has it again.
import { between, oneOf } from "./dice.ts";
import { MINUTE } from "./outside-event.ts";
import type { Deed } from "./plan.ts";

type Setting = readonly [name: string, value: unknown];

/** Table D.1 (Google). */
const GOOGLE: readonly Setting[] = [
  ["token.status", 503],
  ["token.rotateRefresh", true],
  ["token.invalidGrant", true],
  ["token.invalidClient", true],
  ["api.notConfigured", true],
  ["cal.role", "reader"],
  ["token.expiresIn", 200],
  ["api.expireAccess", true],
  ["limit.user", { retryAfter: 20 }],
  ["limit.user", true],
  ["limit.project", 403],
  ["limit.usage", true],
  ["api.status", 500],
  ["api.status", { status: 503, html: true }],
  ["api.status", { status: 503, retryAfter: 30 }],
  ["sync.expire", true],
  ["sync.updatedMinOld", true],
  ["sync.masterStub", true],
  ["insert.duplicate", "live"],
  ["insert.duplicate", "cancelled"],
  ["event.reviveFails", true],
  ["event.touch", true],
  ["event.remove", 410],
  ["write.conflict", true],
  ["cal.noPush", true],
  ["watch.dropAnswer", true],
  ["watch.maxTtl", 1_800],
  ["push.orphan", true],
  ["push.badToken", true],
  ["push.syncFirst", true],
  ["push.drop", true],
  ["push.dup", true],
  ["push.delay", 3 * MINUTE],
  ["push.afterStop", true],
  ["list.emptyPage", true],
  ["list.shortPage", 1],
  ["list.shortPage", 3],
  ["list.strayCancelled", true],
  ["list.cancelledDetails", true],
];

/** Table D.2 (Microsoft Graph). */
const MICROSOFT: readonly Setting[] = [
  ["token.busy", true],
  ["token.oldRefused", true],
  ["token.code", 50173],
  ["token.code", 700082],
  ["cal.denied", true],
  ["cal.readOnly", true],
  ["mailbox.none", true],
  ["mailbox.full", true],
  ["token.keepRefresh", true],
  ["token.longScopes", true],
  ["token.expiresIn", 200],
  ["api.expireAccess", true],
  ["api.cae", true],
  ["limit.mailbox", true],
  ["limit.retryAfter", null],
  ["api.status", 503],
  ["api.status", { status: 504, html: true }],
  ["api.status", { status: 503, retryAfter: 25 }],
  ["delta.gone", true],
  ["delta.gone", { location: true, body: false }],
  ["delta.code", "SyncStateNotFound"],
  ["delta.code", "syncStateInvalid"],
  ["delta.code", "resyncRequired"],
  ["delta.504", { overPageSize: 10 }],
  ["delta.outOfWindow", true],
  ["delta.repeat", true],
  ["delta.repeatAcross", true],
  ["delta.emptyPage", true],
  ["delta.shortPage", 1],
  ["delta.shortPage", 2],
  ["delta.masterRows", "first"],
  ["delta.masterRows", "last"],
  ["delta.seriesRemoval", "master"],
  ["delta.seriesRemoval", "occurrences"],
  ["delta.loneException", true],
  ["delta.lateMs", 5_000],
  ["create.dupStatus", 409],
  ["create.duplicate", "live"],
  ["event.touch", true],
  ["event.remove", true],
  ["create.duplicate", "deleted"],
  ["sub.validationFail", true],
  ["sub.maxMinutes", 60],
  ["sub.vanish", true],
  ["push.orphan", true],
  ["push.badState", true],
  ["push.noState", true],
  ["push.group", 1],
  ["push.drop", true],
  ["push.dup", 2],
  ["push.delay", 2 * MINUTE],
  ["push.reorder", true],
  ["push.garbage", "json"],
  ["push.garbage", "shape"],
  ["push.garbage", "empty"],
  ["life.reauth", true],
  ["life.removed", true],
  ["life.missed", true],
  ["batch.part429", 5],
];

/** Table D.3 (CalDAV). */
const DAV: readonly Setting[] = [
  ["auth.reject", true],
  ["cal.readonly", true],
  ["put.507", 507],
  ["put.507", 413],
  ["api.status", 500],
  ["api.status", { status: 503, retryAfter: 30 }],
  ["api.status", { status: 502, html: true }],
  ["limit.retryAfter", true],
  ["limit.retryAfter", 20],
  ["sync.expire", 403],
  ["sync.expire", 409],
  ["sync.truncate", 1],
  ["sync.truncate", 2],
  ["sync.noLimit", true],
  ["sync.unsupported", 403],
  ["sync.unsupported", 501],
  ["event.touch", true],
  ["event.remove", true],
  ["event.race", true],
  ["put.noEtag", true],
  ["net.html", true],
  ["eventual.ms", 5_000],
  ["etag.weak", "weak"],
  ["etag.weak", "unquoted"],
  ["ctag.none", true],
];

const TABLES = { google: GOOGLE, microsoft: MICROSOFT, dav: DAV } as const;

/** The longest that a provider keeps a change to itself under any knob above. */
export const LATEST_MS = 5_000;
/** Knobs after which calendars may tell of changes late. */
export const LATE_KNOBS: readonly string[] = ["delta.lateMs", "eventual.ms"];

/** Every knob that a simulation may turn, as `simulator knob`. */
export const ALL_KNOBS: readonly string[] = Object.entries(TABLES).flatMap(([simulator, table]) => [
  ...new Set(table.map(([name]) => `${simulator} ${name}`)),
]);

/** A knob turned by chance, for some times. */
export function knobDeed(random: () => number): Deed {
  const at_ = oneOf(random(), ["google", "microsoft", "dav"] as const);
  const [name, value] = oneOf(random(), TABLES[at_]);
  return { do: "knob", at_, name, value, times: between(random(), 1, 4) };
}
