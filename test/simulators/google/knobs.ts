// Knobs: the failures of table D.1 (and a few more) that a test or a demo can switch on.
import * as z from "zod";
import { createKnobBoard, type KnobBoard, type KnobValuesOf } from "../shared/knob-board.ts";
import { networkKnobs } from "../shared/network.ts";

const flag = z.literal(true);
const role = z.enum(["none", "freeBusyReader", "reader", "writerWithoutPrivateAccess", "writer", "owner"]);
const retryAfter = z.number().int().min(0).optional();

/** Every knob with the value it takes. The comment names the row of `docs/providers/google.md` D.1. */
export const knobSchemas = {
  "token.invalidGrant": flag, // G1
  "token.invalidClient": flag, // G2
  "token.rapt": flag, // G3
  "token.status": z.number().int().min(429).max(599), // G4
  "token.error": z.strictObject({ status: z.number().int(), error: z.string(), description: z.string() }),
  "token.omitRefresh": flag, // G5
  "token.rotateRefresh": flag, // a refresh answers with a new refresh token and ends the old one
  "token.scopes": z.array(z.string()), // G6: the calendar scopes that are granted
  "token.testing": flag, // 7-day refresh tokens of an unpublished consent screen
  "token.expiresIn": z.number().int().min(1), // lifetime of an access token in seconds
  "consent.error": z.string(), // the callback gets `?error=`
  "api.expireAccess": flag, // G7: the access token that was used ends
  "api.scopeCheck": flag, // G8
  "api.notConfigured": flag, // G9
  "account.off": flag, // G41: the Calendar service is off for this account
  "api.refused": z.strictObject({ status: z.literal([401, 403]), reason: z.string() }), // G42: this call by itself
  "limit.user": z.union([flag, z.strictObject({ retryAfter })]), // G10
  "limit.project": z.union([
    z.literal([403, 429]),
    z.strictObject({ status: z.literal([403, 429]), retryAfter }),
  ]), // G11
  "limit.usage": flag, // G12: writes only
  "api.status": z.union([
    z.literal([500, 502, 503, 504]),
    z.strictObject({ status: z.literal([500, 502, 503, 504]), html: z.boolean().optional(), retryAfter }),
  ]), // G13
  "sync.expire": flag, // G14
  "sync.updatedMinOld": flag, // G15
  "sync.paramMismatch": flag, // G16
  "sync.masterStub": flag, // a deleted series comes as one stub with the master's id (A.4.2)
  "sync.seriesReach": z.number().int().min(0), // G46: a delta names a deleted series' instances this many days ahead
  "cal.gone": flag, // G17: every call about the calendar answers 404
  "cal.role": role, // G18, G21
  "insert.duplicate": z.enum(["live", "cancelled"]), // G19: the id exists already, live or burnt
  "event.reviveFails": flag, // reviving a cancelled id answers 403 (A.6.1)
  "event.remove": z.literal([404, 410]), // G22: the user deletes the event just before the write
  "event.touch": flag, // G23: the user edits the event just before the write
  "event.foreign": flag, // G25: the event belongs to another organizer
  "write.conflict": flag, // G26
  "cal.noPush": flag, // G27
  "watch.badUrl": z.enum(["unauthorized", "notHttps"]), // G29
  "watch.dropAnswer": flag, // G30
  "watch.maxTtl": z.number().int().min(1), // G31: in seconds
  "push.orphan": flag, // G33: a notification of an unknown channel comes too
  "push.badToken": flag, // G34: a forged copy with a wrong token comes too
  "push.syncFirst": flag, // G35
  "push.drop": flag, // G36
  "push.dup": flag, // G36
  "push.delay": z.number().int().min(0), // G36: in milliseconds
  "push.afterStop": flag, // G36
  "list.emptyPage": flag, // G37
  "list.shortPage": z.number().int().min(1), // the most rows of a page
  "list.noSyncToken": flag, // a last page without nextSyncToken (A.4.1)
  "list.endless": z.enum(["empty", "same"]), // every page has a nextPageToken, and no rows or the same ones
  "list.strayCancelled": flag, // cancelled rows despite showDeleted=false (A.4.1)
  "list.broken": z.enum(["start", "end", "row"]), // G43: what of each living row can't be read
  "list.cancelledDetails": flag, // cancelled rows carry summary and times (A.4.2)
  ...networkKnobs, // G40
} as const;

export type KnobName = keyof typeof knobSchemas;
export type KnobValues = KnobValuesOf<typeof knobSchemas>;
export type Knobs = KnobBoard<typeof knobSchemas>;

/** An empty board of Google's knobs. */
export const createKnobs = (): Knobs => createKnobBoard(knobSchemas);
