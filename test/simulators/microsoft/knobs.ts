// Knobs: the failures of table D.2 (and a few more) that a test or a demo can switch on.
import * as z from "zod";
import { createKnobBoard, type KnobBoard, type KnobValuesOf } from "../shared/knob-board.ts";
import { networkKnobs } from "../shared/network.ts";

const flag = z.literal(true);
const seconds = z.number().int().min(0);
const count = z.number().int().min(1);

/** Every knob with the value it takes. The comment names the row of `docs/providers/microsoft.md` D.2. */
export const knobSchemas = {
  // M1-M7: the AADSTS code with which a refresh (or an exchange) is refused; the claims of a step may be chosen
  "token.code": z.union([
    count,
    z.strictObject({
      code: count,
      error: z.string().optional(),
      suberror: z.string().optional(),
      claims: z.string().optional(),
    }),
  ]),
  // M9
  "token.busy": z.union([
    flag,
    z.strictObject({ status: z.literal([400, 429, 503]), retryAfter: seconds.optional() }),
  ]),
  "token.oldRefused": flag, // M8: a refresh ends the refresh token that it used
  "token.keepRefresh": flag, // M8: a refresh answers without a new refresh token
  "token.omitRefresh": flag, // the exchange answers without a refresh token
  "token.scopes": z.array(z.string()), // the scopes that are granted, short names
  "token.longScopes": flag, // granted scopes are echoed with their prefix
  "token.expiresIn": count, // lifetime of an access token in seconds
  "consent.error": z.union([
    z.string(),
    z.strictObject({ error: z.string(), description: z.string().optional(), subcode: z.string().optional() }),
  ]), // the callback gets `?error=`
  "api.expireAccess": z.union([flag, z.literal(403)]), // M10, M38: the access token that was used ends; the status
  "api.cae": z.union([flag, z.string()]), // M11: the demanded claims
  "api.scopeCheck": flag, // M12: the grant doesn't cover the call
  // M48, M50: a call is refused by itself, while the account can do everything else
  "api.refused": z.strictObject({ status: z.literal([401, 403, 404]), code: z.string() }),
  "cal.denied": flag, // M12: this calendar is closed to the person
  "cal.readOnly": flag, // the calendar is read-only: writes are denied, canEdit is false
  "mailbox.none": z.union([
    flag,
    z.strictObject({
      status: z.literal([403, 404]),
      code: z.enum(["MailboxNotEnabledForRESTAPI", "MailboxNotSupportedForRESTAPI"]).optional(),
    }),
  ]), // M13
  "mailbox.full": z.union([flag, z.literal([403, 507])]), // M32
  "limit.mailbox": z.union([
    flag,
    z.enum(["ApplicationThrottled", "TooManyRequests", "activityLimitReached"]),
  ]), // M14
  "limit.retryAfter": seconds.nullable(), // M14: seconds in the header of a 429; null leaves it out
  // M15, M16
  "api.status": z.union([
    z.literal([500, 502, 503, 504, 509]),
    z.strictObject({
      status: z.literal([500, 502, 503, 504, 509]),
      code: z.string().optional(),
      html: z.boolean().optional(),
      retryAfter: seconds.optional(),
    }),
  ]),
  "delta.gone": z.union([flag, z.strictObject({ location: z.boolean(), body: z.boolean() })]), // M17
  "delta.code": z.union([
    z.enum([
      "SyncStateNotFound",
      "syncStateNotFound",
      "syncStateInvalid",
      "resyncRequired",
      "ErrorInvalidUrlQuery",
      "BadRequest",
    ]),
    z.strictObject({
      status: z.literal([400, 404, 410]),
      code: z.string(),
      /** resyncApplyDifferences, resyncUploadDifferences */
      inner: z.string().optional(),
    }),
  ]), // M18
  // M19: always, or while the page or the window is larger than this
  "delta.504": z.union([
    flag,
    z.strictObject({ overPageSize: count.optional(), overDays: count.optional() }),
  ]),
  "delta.outOfWindow": flag, // M20: an @removed of an unknown id comes too
  "delta.repeat": flag, // M23: stale versions with newer-looking etags come before the rows of the page
  "delta.repeatAcross": flag, // M23: the round holds all rows of the window again
  "delta.emptyPage": flag, // M24
  "delta.shortPage": count, // the most rows of a page
  // M52: where a series has more rows than a page was asked to have, or than this many, all its rows come in one page,
  // and again under ever new links
  "delta.stall": z.union([flag, count]),
  "mark.fails": z.strictObject({ id: z.string(), status: z.literal([400, 401, 403, 500, 503]) }), // M54: one part of a $batch
  "series.fails": z.strictObject({ id: z.string(), status: z.literal([400, 404, 500, 503]) }), // /instances of one series
  "delta.evilLink": z.union([flag, z.string()]), // M25: the host in the link of the page
  "delta.masterRows": z.enum(["first", "last"]), // series masters come too, before or after their occurrences (B.5.3)
  "delta.seriesRemoval": z.enum(["all", "master", "occurrences"]), // the rows that report a deleted series
  "delta.loneException": flag, // a changed occurrence comes alone, and its series isn't sent again
  "rows.zone": z.string(), // M49: times come under this name of a zone, whatever zone was asked for
  "rows.broken": z.enum(["start", "end", "row"]), // M53: what of each row can't be read
  "delta.lateMs": count, // changes younger than this many ms aren't visible yet (B.5.2)
  "delta.noCalendarPath": flag, // /me/calendars/{id}/calendarView/delta isn't served (G 13)
  "cal.gone": z.union([flag, z.enum(["ErrorItemNotFound", "ErrorFolderNotFound"])]), // M26
  // M27: a create finds that its transactionId is used; how a duplicate is reported
  "create.dupStatus": z.union([
    z.literal([400, 409]),
    z.strictObject({ status: z.literal([400, 409]), place: z.enum(["error", "top"]) }),
  ]),
  "create.duplicate": z.enum(["live", "deleted"]), // M27: the event was created by an earlier, lost request
  "event.touch": z.union([flag, z.literal([409, 412])]), // M28: the user edits the event just before the write
  "event.remove": flag, // M29: the user deletes the event just before the write
  "event.crossing": flag, // M31
  "event.lingers": flag, // an immutable id still finds a deleted or moved event, in any path (B.2)
  "sub.validationFail": flag, // M33
  "sub.maxMinutes": count, // M34
  "sub.cap": z.union([flag, count]), // M36: the quota is used up, or it is this many
  "sub.vanish": flag, // M37: the subscription is gone when it is renewed
  "sub.noCalendarResource": flag, // /me/calendars/{id}/events is refused as a resource (G 12)
  "sub.boundToken": flag, // subscriptions stop sending when the access token that created them ends (B.7.4)
  "push.orphan": flag, // M40: an entry of an unknown subscription comes too
  "push.badState": flag, // M40: a forged entry with a wrong clientState comes too
  "push.noState": flag, // M40: the entry comes without its clientState
  "push.group": count, // M41: the most entries in one POST; default 20
  "push.drop": flag,
  "push.dup": count, // the number of additional copies
  "push.delay": z.number().int().min(0), // milliseconds
  "push.reorder": flag, // the entries of a POST come in reverse order
  "push.garbage": z.union([flag, z.enum(["json", "shape", "large", "empty"])]), // M45
  "life.reauth": flag, // M42: comes with the next change
  "life.removed": flag, // M43: comes instead of the next notification, and the subscription is gone
  "life.missed": flag, // M44: comes instead of the next notification
  "batch.part429": z.union([flag, seconds]), // M47: the part's Retry-After
  ...networkKnobs,
} as const;

export type KnobName = keyof typeof knobSchemas;
export type KnobValues = KnobValuesOf<typeof knobSchemas>;
export type Knobs = KnobBoard<typeof knobSchemas>;

/** An empty board of Microsoft's knobs. */
export const createKnobs = (): Knobs => createKnobBoard(knobSchemas);
