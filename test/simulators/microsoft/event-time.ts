// Event times: no offset, seven digits, a zone beside them (`docs/providers/microsoft.md` B.4).
import { localInstant, localText } from "../shared/zoned-time.ts";
import { badRequest } from "./errors.ts";
import type { EventTime } from "./state.ts";
import { ianaZone } from "./zones.ts";

const LOCAL = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}(?::\d{2})?)(?:\.\d{1,7})?(Z?)$/;

interface RawTime {
  readonly dateTime: string;
  readonly timeZone: string;
}

const invalid = (side: string) =>
  badRequest(
    `The value of the property ${side} is not a valid date and time.`,
    "ErrorPropertyValidationFailure",
  );

/** Reads a time of a request body. A time with an offset is refused, except Z beside UTC. */
export function readTime(raw: RawTime, side: "Start" | "End", allDay: boolean): EventTime {
  const zone = ianaZone(raw.timeZone);
  if (zone === null)
    throw badRequest(
      `A valid TimeZone value must be specified. The following TimeZone value is not supported: '${raw.timeZone}'.`,
      "TimeZoneNotSupportedException",
    );
  const match = LOCAL.exec(raw.dateTime);
  const [, date = "", clock = "", z] = match ?? [];
  if (match === null || Number.isNaN(Date.parse(`${date}T${clock}Z`))) throw invalid(side);
  if (z === "Z" && !/^(utc|etc\/utc)$/i.test(zone)) throw invalid(side);
  if (!allDay) return { kind: "dateTime", at: localInstant(`${date}T${clock}`, zone), timeZone: zone };
  if (!/^00:00(:00)?$/.test(clock)) {
    throw badRequest(`The Event.${side} property for an all-day event needs to be set to midnight.`);
  }
  return { kind: "date", date, timeZone: zone };
}

/** A time as the API shows it in the requested zone. All-day times aren't shifted. */
export function renderTime(time: EventTime, zone: string): RawTime {
  const iana = ianaZone(zone) ?? "UTC";
  const local = time.kind === "date" ? `${time.date}T00:00:00` : localText(time.at, iana);
  return { dateTime: `${local}.0000000`, timeZone: zone };
}

/** A time as a client would write it, in its own zone. */
export function writableTime(time: EventTime): RawTime {
  const local = time.kind === "date" ? `${time.date}T00:00:00` : localText(time.at, time.timeZone);
  return { dateTime: local, timeZone: time.timeZone };
}

/** The instant of a time. An all-day time is midnight in its own zone. */
export const instantOf = (time: EventTime): number =>
  time.kind === "dateTime" ? time.at : localInstant(`${time.date}T00:00:00`, time.timeZone);

/** The day of a time in its own zone. */
export const dayOf = (time: EventTime): string =>
  time.kind === "date" ? time.date : localText(time.at, time.timeZone).slice(0, 10);
