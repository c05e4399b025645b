// Outside iCalendar: writes and reads events without the engine's code.
import { Temporal } from "temporal-polyfill/implementation";
import { laterDate, MINUTE, type OutsideEvent, occurrenceAt, wallClock } from "./outside-event.ts";

const basic = (text: string): string => text.replaceAll(/[-:]/g, "");

/** The calendar object of an event with its exceptions. */
export function icsOf(event: OutsideEvent, title: string): string {
  const { zone } = event;
  const { span, status, repeat, broken } = event.spec;
  const local = (at: number) => `;TZID=${zone}:${basic(wallClock(at, zone))}`;
  const utc = (at: number) => `:${basic(new Date(at).toISOString().slice(0, 19))}Z`;
  const common = [
    `UID:${event.id}@outside`,
    "DTSTAMP:20260301T000000Z",
    `SUMMARY:${title}`,
    `STATUS:${status === "tentative" ? "TENTATIVE" : "CONFIRMED"}`,
    `TRANSP:${status === "free" ? "TRANSPARENT" : "OPAQUE"}`,
  ];
  const component = (lines: readonly string[]) => ["BEGIN:VEVENT", ...common, ...lines, "END:VEVENT"];
  const lines: string[] = [];
  if (span.kind === "days") {
    const date = (day: string) => `;VALUE=DATE:${basic(day)}`;
    lines.push(...component([`DTSTART${date(span.date)}`, `DTEND${date(laterDate(span.date, span.days))}`]));
  } else {
    const length = `DURATION:PT${span.minutes}M`;
    const original = (index: number) => local(occurrenceAt(event.spec, index, zone));
    const cancelled = [...event.exceptions].filter(([, exception]) => exception === "cancelled");
    const rule =
      broken === "rule"
        ? "RRULE:FREQ=SOMETIMES"
        : repeat && `RRULE:FREQ=${repeat.every === "day" ? "DAILY" : "WEEKLY"};COUNT=${repeat.count}`;
    lines.push(
      ...component([
        // Only recurring events use the wall clock: in an hour that the clocks repeat it would mean the first one.
        broken === "start"
          ? "DTSTART:soon"
          : `DTSTART${repeat === null ? utc(span.startsAt) : local(span.startsAt)}`,
        broken === "start"
          ? `DTEND${utc(span.startsAt + span.minutes * MINUTE)}`
          : broken === "end"
            ? "DTEND:later"
            : length,
        ...(rule === null ? [] : [rule]),
        ...cancelled.map(([index]) => `EXDATE${original(index)}`),
      ]),
    );
    for (const [index, exception] of event.exceptions) {
      if (exception === "cancelled") continue;
      lines.push(...component([`RECURRENCE-ID${original(index)}`, `DTSTART${utc(exception)}`, length]));
    }
  }
  return ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Outside//EN", ...lines, "END:VCALENDAR", ""].join(
    "\r\n",
  );
}

/** Title and times (epoch milliseconds) of an object with one event that doesn't recur. */
export function readIcs(text: string): { title: string; startsAt: number; endsAt: number } {
  const unfolded = text.replaceAll(/\r?\n[ \t]/g, "");
  const component = /BEGIN:VEVENT([\s\S]*?)END:VEVENT/.exec(unfolded)?.[1] ?? "";
  const at = (name: string) => {
    const [, parameters = "", value = ""] = new RegExp(`^${name}(;[^:]*)?:(.*)$`, "m").exec(component) ?? [];
    const [, date = "", time = "000000", utc] = /^(\d{8})(?:T(\d{6}))?(Z?)/.exec(value.trim()) ?? [];
    if (date === "") return Number.NaN;
    const plain = Temporal.PlainDateTime.from(`${date}T${time}`);
    const zone = utc === "Z" ? "UTC" : (/TZID=([^;:]+)/.exec(parameters)?.[1] ?? "UTC");
    return plain.toZonedDateTime(zone).epochMilliseconds;
  };
  const title = /^SUMMARY:(.*)$/m.exec(component)?.[1]?.trim() ?? "";
  return { title, startsAt: at("DTSTART"), endsAt: at("DTEND") };
}
