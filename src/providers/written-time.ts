// Written time: the instants that a local time may mean beside the name of its zone.
import * as z from "zod";
import { DAY_MS, HOUR_MS, type Instant } from "../domain/instant.ts";
import type { Interval } from "../domain/interval.ts";
import { localReadings, startOfDate } from "../domain/zone.ts";
import { ProviderError } from "./error.ts";
import { ianaNameOf } from "./icalendar/zone-names.ts";

/** A local time with the name of its zone: an IANA or a Windows name. */
export interface WrittenTime {
  readonly dateTime: string;
  readonly timeZone?: string | null | undefined;
}

const UTC = /^(?:Etc\/)?UTC$|^tzone:\/\/Microsoft\/Utc$/i;
const DateTime = z.iso.datetime({ local: true, offset: true });
const WITH_OFFSET = /(?:Z|[+-]\d{2}:\d{2})$/i;

/** How far a local time is from UTC at most. */
export const WIDEST_OFFSET_MS = 14 * HOUR_MS;

/** The code for a start or an end that can't be read. */
export const UNREADABLE_TIME = "unexpected_time";

/**
 * The first and the last instant that a time may mean. Every request asks for UTC, and Graph answers in another zone
 * at times (M49). A zone that nobody knows leaves 14 hours on either side.
 * @throws ProviderError `bug`/`unexpected_time` where the text is no time
 */
export function readingsOf({ dateTime, timeZone }: WrittenTime): Interval {
  if (!DateTime.safeParse(dateTime).success) throw new ProviderError({ kind: "bug", code: UNREADABLE_TIME });
  const hasOffset = WITH_OFFSET.test(dateTime);
  const local = dateTime.slice(0, 23);
  const at = Date.parse(hasOffset ? dateTime : `${local}Z`);
  if (hasOffset || UTC.test(timeZone ?? "")) return { startsAt: at, endsAt: at };
  const zone = ianaNameOf(timeZone ?? "");
  if (zone === null) return { startsAt: at - WIDEST_OFFSET_MS, endsAt: at + WIDEST_OFFSET_MS };
  return localReadings(local, zone);
}

/** The end of a date: the first instant of the next one. @throws ProviderError `bug`/`unexpected_time` */
export function endOfDate({ dateTime }: WrittenTime, timeZone: string): Instant {
  const next = new Date(Date.parse(dateTime.slice(0, 10)) + DAY_MS);
  return dateBound({ dateTime: Number.isNaN(next.getTime()) ? "" : next.toISOString() }, timeZone);
}

/** The first instant of a date. @throws ProviderError `bug`/`unexpected_time` */
export function dateBound({ dateTime }: WrittenTime, timeZone: string): Instant {
  try {
    return startOfDate(dateTime.slice(0, 10), timeZone);
  } catch (cause) {
    throw new ProviderError({ kind: "bug", code: UNREADABLE_TIME, cause });
  }
}
