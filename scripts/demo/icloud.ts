// Simulated iCloud as the demo uses it: the agent's actions in Apple Calendar.
import { randomInt } from "node:crypto";
import * as z from "zod";
import { type Caller, caller, expectBody } from "../local/client.ts";
import type { Span } from "./google.ts";

const Calendar = z.looseObject({ calendar: z.string() });
const Stored = z.looseObject({ name: z.string(), text: z.string() });
const CaldavRequest = z.looseObject({ operation: z.string(), status: z.number().nullable() });

const items = <T extends z.ZodType>(item: T) => z.looseObject({ items: z.array(item) });

/** "20261126T090000Z". */
const basic = (at: number) => new Date(at).toISOString().replace(/[-:]|\.\d+/g, "");

/** An app-specific password as Apple makes them: four groups of four letters. */
export function makeAppPassword(): string {
  const group = () => Array.from({ length: 4 }, () => String.fromCharCode(97 + randomInt(26))).join("");
  return [group(), group(), group(), group()].join("-");
}

/** An event as Apple Calendar writes it. `rule` makes it recur. */
function eventText(title: string, { start, end }: Span, rule: string | null): string {
  const lines = [
    ...["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Apple Inc.//macOS 15.0//EN", "BEGIN:VEVENT"],
    ...[`UID:${crypto.randomUUID()}`, `DTSTAMP:${basic(Date.now())}`, `SUMMARY:${title}`],
    ...[`DTSTART:${basic(start)}`, `DTEND:${basic(end)}`, ...(rule === null ? [] : [`RRULE:${rule}`])],
    ...["END:VEVENT", "END:VCALENDAR", ""],
  ];
  return lines.join("\r\n");
}

/** Creates a person with one calendar. Answers the control of simulated iCloud for that calendar. */
export async function addAppleCalendar(
  origin: string,
  person: { email: string; password: string; timeZone: string },
) {
  const { email, password, timeZone } = person;
  const control: Caller = caller(`${origin}/_control`);
  const done = async (method: string, path: string, body?: unknown) => {
    const answer = await control(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}`);
  };
  await done("POST", "/users", { email, password, profile: "icloud" });
  const added = await control("POST", "/calendars", { owner: email, name: "Home", timeZone });
  const { calendar } = expectBody(Calendar, added);
  const query = `?calendar=${encodeURIComponent(calendar)}`;
  return {
    email,
    password,
    /** The calendar's path, by which the control knows it. */
    calendar,
    add: (title: string, span: Span, rule: string | null = null) =>
      done("POST", "/events", { calendar, text: eventText(title, span, rule) }),
    /** The stored texts of all events. */
    async texts(): Promise<string[]> {
      const { items: stored } = expectBody(items(Stored), await control("GET", `/events${query}`));
      return stored.map(({ text }) => text);
    },
    async requests() {
      return expectBody(items(CaldavRequest), await control("GET", "/requests")).items;
    },
    forgetRequests: () => done("DELETE", "/requests"),
  };
}

export type DemoApple = Awaited<ReturnType<typeof addAppleCalendar>>;
