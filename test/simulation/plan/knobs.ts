// Knobs: the misbehaviour of providers that a simulation may switch on.
import { SPELLINGS } from "../../simulators/caldav/spelling.ts";
import { ICLOUD_HOST, PARTITION_HOST } from "../../simulators/caldav/state.ts";
import { MINUTE } from "../world/outside-event.ts";
import { between, oneOf } from "./dice.ts";
import type { ActionSpec, PlaceProvider } from "./plan.ts";

/** A knob with its value. With `operation` it applies to requests of that operation only. */
type Setting = readonly [name: string, value: unknown, operation?: string];

/** `docs/providers/google.md` D.1. */
const GOOGLE: readonly Setting[] = [
  ["token.status", 503],
  ["token.rotateRefresh", true],
  ["token.invalidGrant", true],
  ["token.rapt", true],
  ["token.error", { status: 400, error: "admin_policy_enforced", description: "" }],
  ["token.omitRefresh", true],
  ["token.scopes", []],
  ["token.scopes", ["https://www.googleapis.com/auth/calendar.events"]],
  ["token.testing", true],
  ["token.invalidClient", true],
  ["consent.error", "access_denied"],
  ["consent.error", "server_error"],
  ["api.scopeCheck", true],
  ["api.notConfigured", true],
  ["account.off", true],
  ["api.refused", { status: 401, reason: "authError" }, "events.watch"],
  ["api.refused", { status: 403, reason: "insufficientPermissions" }, "events.watch"],
  ["api.refused", { status: 401, reason: "authError" }, "events.insert"],
  ["api.refused", { status: 401, reason: "authError" }, "events.list"],
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
  ["sync.paramMismatch", true],
  ["sync.masterStub", true],
  ["sync.seriesReach", 2],
  ["insert.duplicate", "live"],
  ["insert.duplicate", "cancelled"],
  ["event.reviveFails", true],
  ["event.touch", true],
  ["event.remove", 410],
  ["event.foreign", true],
  ["write.conflict", true],
  ["cal.noPush", true],
  ["watch.badUrl", "unauthorized"],
  ["watch.badUrl", "notHttps"],
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
  ["list.noSyncToken", true],
  ["list.endless", "empty"],
  ["list.endless", "same"],
  ["list.strayCancelled", true],
  ["list.cancelledDetails", true],
];

/** `docs/providers/microsoft.md` D.2. */
const MICROSOFT: readonly Setting[] = [
  ["token.busy", true],
  ["token.oldRefused", true],
  ["token.code", 50173],
  ["token.code", 700082],
  ["token.code", 50076],
  ["token.code", { code: 50079, error: "invalid_grant" }],
  ["token.code", 53003],
  ["token.code", 65001],
  ["token.code", 70000],
  ["token.code", 700016],
  ["token.code", 7000222],
  ["token.omitRefresh", true],
  ["token.scopes", ["User.Read"]],
  ["consent.error", "access_denied"],
  ["consent.error", { error: "server_error", subcode: "cancel" }],
  ["api.scopeCheck", true],
  ["api.expireAccess", 403],
  ["api.refused", { status: 401, code: "ExtensionError" }, "subscriptions.create"],
  ["api.refused", { status: 401, code: "ExtensionError" }, "subscriptions.update"],
  ["api.refused", { status: 401, code: "ErrorAccessDenied" }, "events.create"],
  ["api.refused", { status: 401, code: "ErrorAccessDenied" }, "calendarView.delta"],
  ["api.refused", { status: 401, code: "InvalidAuthenticationToken" }, "calendarView.delta"],
  ["rows.zone", "W. Europe Standard Time"],
  ["rows.zone", "India Standard Time"],
  ["rows.zone", "America/New_York"],
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
  ["delta.stall", 2],
  ["delta.shortPage", 1],
  ["delta.shortPage", 2],
  ["delta.evilLink", true],
  ["delta.evilLink", "graph.example.com"],
  ["delta.noCalendarPath", true],
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
  ["event.crossing", true],
  ["event.lingers", true],
  ["sub.validationFail", true],
  ["sub.cap", true],
  ["sub.cap", 1],
  ["sub.noCalendarResource", true],
  ["sub.boundToken", true],
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

/** `docs/providers/caldav.md` D.3. */
const DAV: readonly Setting[] = [
  ["auth.reject", true],
  ["auth.revoke", true],
  ["wk.redirect", "https://elsewhere.example.net/dav/"],
  ["wk.redirect", `https://${ICLOUD_HOST}/`],
  ["wk.none", 404, "well-known"],
  ["wk.none", 405, "well-known"],
  ["wk.none", "html", "well-known"],
  ["wk.none", 500, "well-known"],
  ["wk.none", 501, "well-known"],
  ["wk.status", 303],
  ["wk.status", 307],
  ["root.redirect", `http://${ICLOUD_HOST}/`],
  ["root.redirect", "https://elsewhere.example.net:8800/"],
  ["disc.noAddresses", true],
  ["multiget.whole", true],
  ["uid.unique", true],
  ["put.noCalendar", 400],
  ["put.noCalendar", 403],
  ["put.noCalendar", 404],
  ["put.noCalendar", 405],
  ["put.noCalendar", 410],
  ["put.noCalendar", 415],
  ["put.renames", "silently"],
  ["put.renames", "Location"],
  ["put.ifMatch", true],
  ["write.multistatus", 200],
  ["write.multistatus", 207],
  ["write.multistatus", "outer"],
  ["write.multistatus", "silent"],
  ["put.page", true],
  ["list.refused", 403],
  ["etag.bare", true],
  ["disc.noHome", true],
  ["disc.noCalendars", true],
  ["host.move", `https://${PARTITION_HOST}/`],
  ["host.move", `https://${ICLOUD_HOST}/`],
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
  ["sync.relist", true],
  ["sync.unsupported", 403],
  ["sync.unsupported", 501],
  ["sync.unsupported", 405],
  ["sync.unsupported", 500],
  ["sync.refuseFirst", 403],
  ["sync.emptyFirst", true],
  ["sync.forbidden", "privileges"],
  ["sync.forbidden", "empty"],
  ["sync.forbidden", "html"],
  ["event.touch", true],
  ["event.remove", true],
  ["event.race", true],
  ["put.noEtag", true],
  ["etag.weak", "weak"],
  ["uid.twice", true],
  ["uid.query", 403],
  ["uid.query", 404],
  ["uid.query", "cut"],
  ["uid.query", 412],
  ["uid.query", 500],
  ["uid.query", "all"],
  ["uid.query", "none"],
  ["uid.trash", true],
  ["put.noEtag", true],
  ["net.html", true],
  ["eventual.ms", 5_000],
  ["etag.weak", "weak"],
  ["etag.weak", "unquoted"],
  ["ctag.none", true],
  ...SPELLINGS.map((spelling): Setting => ["href.as", spelling]),
  ["href.folder", true],
  ["disc.doubled", true],
];

const TABLES = { google: GOOGLE, microsoft: MICROSOFT, dav: DAV } as const;

const ON_THE_WAY = "the simulation itself breaks requests on their way, at every provider (`faults.ts`)";
const UNREAD =
  "it damages what a few listings show, and the plans themselves hold events that nobody can read from then on";
const GONE = "no provider hides a calendar for a few requests only: the action `lose` deletes it";

const ONE_PART = "its value names an object or a series, which a plan doesn't know";

/** The knobs that no simulation turns, as `simulator knob`, each with the reason. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.keys(TABLES).flatMap((simulator) => [
      ...["net.reset", "net.truncate", "net.hang"].map((name) => [`${simulator} ${name}`, ON_THE_WAY]),
      [`${simulator} cal.gone`, GONE],
    ]),
  ),
  "dav uid.conflict":
    "a UID is taken while its event exists or lies in the trash (uid.trash), not for a few requests",
  "dav home.calendar": "a home doesn't become a calendar for a few requests",
  "dav put.newUid": "no search finds such an event once it was renamed as well, which plans do",
  "dav list.host": "calendars that are listed elsewhere have left the account, which actions of their own do",
  "dav href.stray":
    "no request takes the row back, so the calendar would hold what nobody can read until the end",
  "dav object.fails": ONE_PART,
  "microsoft series.fails": ONE_PART,
  "microsoft mark.fails": ONE_PART,
  "google list.broken": UNREAD,
  "microsoft rows.broken": UNREAD,
  "dav ics.brokenRule": UNREAD,
  "dav ics.garbage": "garbage hides the time of an event, and no check can distinguish that from a lost row",
};

/** The longest delay in ms with which a provider reports a change under any knob above. */
export const LATEST_MS = 5_000;
/** Knobs that make calendars report changes late. */
export const LATE_KNOBS: readonly string[] = ["delta.lateMs", "eventual.ms"];

/** Knobs that make deltas leave out what is gone: it stays cached until the next audit. */
export const FORGETFUL_KNOBS: readonly string[] = ["sync.seriesReach", "sync.relist"];
/** Knobs that show their fault only in many requests in a row: a round that stands still, a token that never works. */
const LASTING_KNOBS = ["list.endless", "list.noSyncToken", "delta.stall", "sync.expire", "sync.refuseFirst"];
const LASTING = 20;

/** Every knob that a simulation may turn, as `simulator knob`. */
export const ALL_KNOBS: readonly string[] = Object.entries(TABLES).flatMap(([simulator, table]) => [
  ...new Set(table.map(([name]) => `${simulator} ${name}`)),
]);

const BOARD_OF = {
  GOOGLE: "google",
  OUTLOOK: "microsoft",
  OFFICE365: "microsoft",
  APPLE: "dav",
  CALDAV: "dav",
} as const;

/** A random knob of one of these providers, for a random number of requests. */
export function knobAction(random: () => number, providers: readonly PlaceProvider[]): ActionSpec {
  const at_ = BOARD_OF[oneOf(random(), providers)];
  const [name, value, operation = null] = oneOf(random(), TABLES[at_]);
  const times = between(random(), 1, 4) * (LASTING_KNOBS.includes(name) ? LASTING : 1);
  return { do: "knob", at_, name, value, operation, times };
}
