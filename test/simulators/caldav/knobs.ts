// Knobs: the failures of table D.3 (and a few more) that a test or a demo can switch on.
import * as z from "zod";
import { createKnobBoard, type KnobBoard } from "../shared/knob-board.ts";
import { networkKnobs } from "../shared/network.ts";
import { SPELLINGS } from "./spelling.ts";

const flag = z.literal(true);

/** Every knob with the value it takes. The comment names the row of `docs/providers/caldav.md` D.3. */
export const knobSchemas = {
  "auth.reject": flag, // C1: 401 for everybody, as if the password were wrong
  "auth.revoke": flag, // C2: the app password that was used last is revoked for good
  "wk.redirect": z.url(), // C3: the target of the well-known address's redirect
  "wk.status": z.literal([302, 303, 307, 308]), // C3: with which the well-known address redirects, else 301
  "wk.none": z.literal([404, 405, 500, 501, "html"]), // C4, C46: there is no CalDAV here
  "root.redirect": z.url(), // C46: where the root redirects to
  "home.calendar": flag, // C47: the home is a calendar itself
  "list.refused": z.literal([403, 500]), // C7: each row of the home's listing is refused
  "list.host": z.url(), // C51: the home lists its calendars below this address
  "disc.noAddresses": flag, // C48: nothing says which attendee the person is
  "disc.noHome": flag, // C5
  "disc.noCalendars": flag, // the home lists no calendar
  "api.status": z.union([
    z.number().int().min(400).max(599),
    z.strictObject({
      status: z.number().int().min(400).max(599),
      html: z.boolean().optional(),
      retryAfter: z.union([z.number(), z.string()]).optional(),
    }),
  ]), // C7, C9
  "limit.retryAfter": z.union([flag, z.number().int().min(0)]), // C8: 429, without or with Retry-After
  "sync.expire": z.literal([403, 409]), // C10
  "sync.forbidden": z.literal(["privileges", "empty", "html"]), // C11
  "sync.truncate": z.number().int().min(0), // C12: the most rows in an answer
  "sync.noLimit": flag, // C13: a limit is answered with 507
  "sync.unsupported": z.literal([403, 405, 500, 501]), // C14
  "sync.relist": flag, // C40: a token is answered as if there were none: all that is there, and not what is gone
  "sync.refuseFirst": z.literal([403, 409]), // C10: a sync-collection without a token is refused for its token
  "sync.emptyFirst": flag, // C49: a sync-collection without a token names nothing of what is there
  "object.fails": z.strictObject({ name: z.string(), status: z.literal([403, 500]) }), // one object, and each answer with it
  "cal.gone": z.literal([404, 410]), // C17
  "ics.garbage": flag, // C19: calendar data is garbage
  "ics.brokenRule": flag, // C19: each event has a rule that can't be read
  "event.touch": flag, // C21, C30: the person edits the event just before the write
  "event.remove": flag, // C28: the person deletes the event just before the write
  "multiget.whole": flag, // C42: one missing member is a 404 for the whole multiget
  "event.race": flag, // C18: members vanish between listing and multiget
  "uid.conflict": z.literal([403, 409]), // C22: another resource holds the UID
  "uid.twice": flag, // a UID is accepted although another resource has it
  "uid.query": z.literal([403, 404, 412, 500, "all", "none", "cut"]), // a search by UID is refused, or answers everything, or nothing
  "uid.unique": flag, // C22: a UID is unique over all calendars of a person, as at Cyrus
  "uid.trash": flag, // deleted objects keep their UID, as in Nextcloud's trash (C.9)
  "cal.readonly": flag, // C23
  "put.noCalendar": z.literal([400, 403, 404, 405, 410, 415]), // C44: a PUT into a calendar that is gone
  "put.page": flag, // C31: a new object is answered with 201 and a page, as Apache's own DAV does
  "put.noEtag": flag, // C26
  "put.renames": z.literal(["silently", "Location"]), // C43: the server chooses the name of a new object
  "put.ifMatch": flag, // C45: a conditional update is refused, though nobody changed the object
  "write.multistatus": z.literal([200, 207, "outer", "silent"]), // C41: a write is refused inside a multistatus
  "put.newUid": flag, // C52: the server gives a new object a UID of its own
  "put.507": z.literal([413, 507]), // C27
  "net.html": flag, // C31
  "host.move": z.url(), // C33: every path answers 308 to this origin
  "eventual.ms": z.number().int().min(0), // C35: listings show writes this many milliseconds late
  "etag.weak": z.literal(["weak", "unquoted"]), // C36
  "etag.bare": flag, // C36: etags have no quotes, and are compared as they came
  "ctag.none": flag, // there is no ctag either: only etags are left
  "href.as": z.enum(SPELLINGS), // C37: the addresses in an answer are spelled otherwise, or are others
  "href.stray": flag, // C38: a listing holds a row about a resource outside the calendar
  "href.folder": flag, // C38: the calendar holds a folder
  "disc.doubled": flag, // C37: the addresses that discovery finds begin with two slashes
  ...networkKnobs, // C32, C34
} as const;

export type KnobName = keyof typeof knobSchemas;
export type Knobs = KnobBoard<typeof knobSchemas>;

/** An empty board of CalDAV's knobs. Calendars are named by their path. */
export const createKnobs = (): Knobs => createKnobBoard(knobSchemas);
