// People of `npm run dev`: one agent with calendars everywhere, and an empty day in them.
import { googleControl } from "../demo/google.ts";
import { addAppleCalendar, makeAppPassword } from "../demo/icloud.ts";
import { addMailbox } from "../demo/microsoft.ts";
import type { LocalStack } from "../local/stack.ts";

const DAY_MS = 86_400_000;
const NAME = "Ada Lovelace";
const TIME_ZONE = "Europe/Berlin";

export const AGENT = "agent-ada";
export const EMAIL = "ada@example.com";
export const WORK_EMAIL = "ada@contoso.example";
export const HOME_EMAIL = "ada@outlook.example";
export const ICLOUD_EMAIL = "ada@icloud.example";

/** What the lines need to know of them. */
export interface People {
  /** Where events of the simulated calendars are added, by their owner's hand. */
  readonly googleEvents: string;
  readonly outlookEvents: string;
  readonly appleEvents: string;
  /** The Apple calendar's path, and its owner's app-specific password. */
  readonly appleCalendar: string;
  readonly applePassword: string;
  /** A day without generated events. */
  readonly day: string;
}

/** A day that lies three days ahead. */
export const dayAhead = (now: number): string => new Date(now + 3 * DAY_MS).toISOString().slice(0, 10);

/** Makes the people and fills their calendars around `day`. */
export async function makePeople(stack: LocalStack, now: number): Promise<People> {
  const { google, microsoft, icloud } = stack;
  const day = dayAhead(now);
  const person = googleControl(google.url, EMAIL);
  await person.addUser({ email: EMAIL, timeZone: TIME_ZONE, name: NAME });
  const mailboxOf = { timeZone: TIME_ZONE, name: NAME };
  const work = await addMailbox(microsoft.url, { email: WORK_EMAIL, kind: "work", ...mailboxOf });
  const home = await addMailbox(microsoft.url, { email: HOME_EMAIL, kind: "personal", ...mailboxOf });
  const apple = await addAppleCalendar(icloud.url, {
    ...{ email: ICLOUD_EMAIL, password: makeAppPassword(), timeZone: TIME_ZONE },
  });
  for (const [calendar, count] of [
    [person, 200],
    [work, 100],
    [home, 20],
  ] as const) {
    await calendar.generate({
      count,
      from: now,
      to: now + 60 * DAY_MS,
      timeZone: TIME_ZONE,
      keepFree: [{ start: Date.parse(day) - DAY_MS, end: Date.parse(day) + 2 * DAY_MS }],
    });
  }
  return {
    googleEvents: `${google.url}/_control/calendars/${encodeURIComponent(EMAIL)}/events`,
    outlookEvents: work.eventsUrl,
    appleEvents: `${icloud.url}/_control/events`,
    appleCalendar: apple.calendar,
    applePassword: apple.password,
    day,
  };
}
