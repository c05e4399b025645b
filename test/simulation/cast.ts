// Cast: the people of a plan at their simulated providers, and their calendars.
import type { CaldavSimulator } from "../simulators/caldav.ts";
import type { GoogleSimulator } from "../simulators/google.ts";
import type { MicrosoftSimulator } from "../simulators/microsoft.ts";
import { davCalendar, type EditableCalendar, googleCalendar, microsoftCalendar } from "./outside-calendar.ts";
import type { OutsideEvent } from "./outside-event.ts";
import type { CastCalendar, Plan } from "./plan.ts";
import { type CalendarTruth, createTruth } from "./truth.ts";

export interface Simulators {
  readonly google: GoogleSimulator;
  readonly microsoft: MicrosoftSimulator;
  readonly dav: CaldavSimulator;
}

/** A calendar of the cast, at its provider. */
export interface Place extends CastCalendar {
  readonly index: number;
  readonly agentId: string;
  readonly email: string;
  /** As the engine names it. */
  readonly calendarId: string;
  readonly zone: string;
  readonly calendar: EditableCalendar;
  readonly truth: CalendarTruth;
  /** The events its owner has put there and not deleted. */
  readonly events: OutsideEvent[];
}

export const agentIdOf = (agent: number): string => `agent-${agent}`;

/** An app password that never changes: nobody outside a simulation takes it. */
const password = (agent: number): string => `abcd-efgh-ijkl-mno${"pqrs".charAt(agent)}`;

/** What a person types in to connect by password. */
export const davLogin = ({ agent, email }: Pick<Place, "agent" | "email">, dav: CaldavSimulator) => ({
  username: email,
  password: password(agent),
  serverUrl: dav.serverUrl(email),
});

const MAILBOX = { OUTLOOK: "outlook.example", OFFICE365: "contoso.example" } as const;

/** The calendar's id, and what can be done to it. */
function enter(
  { google, microsoft, dav }: Simulators,
  { provider, agent, second, push }: CastCalendar,
  zone: string,
): { email: string; calendarId: string; calendar: EditableCalendar } {
  if (provider === "GOOGLE") {
    const email = `agent${agent}@gmail.example`;
    if (!second) google.addUser({ email, timeZone: zone, sub: `sub-${agent}`, holidays: false });
    const calendarId = second
      ? google.addCalendar({ owner: email, summary: "Second", timeZone: zone, push }).id
      : email;
    return { email, calendarId, calendar: googleCalendar(google, calendarId, zone) };
  }
  if (provider === "OUTLOOK" || provider === "OFFICE365") {
    const email = `agent${agent}@${MAILBOX[provider]}`;
    const kind = provider === "OUTLOOK" ? "personal" : "work";
    if (!second) microsoft.addUser({ email, kind, timeZone: zone, extras: false });
    const calendarId = second
      ? microsoft.addCalendar({ user: email, name: "Second" }).id
      : microsoft.calendarId(email);
    return { email, calendarId, calendar: microsoftCalendar(microsoft, calendarId, zone) };
  }
  const email = `agent${agent}@${provider === "APPLE" ? "icloud.example" : "dav.example"}`;
  const profile = provider === "APPLE" ? "icloud" : agent === 0 ? "radicale" : "sabre";
  if (!second) dav.addUser({ email, password: password(agent), profile });
  const { path } = dav.addCalendar({ owner: email, name: second ? "Second" : "First", timeZone: zone });
  return { email, calendarId: path, calendar: davCalendar(dav, path, zone) };
}

/** Puts everybody in their place. */
export function placeCast(plan: Plan, simulators: Simulators, now: () => number): Place[] {
  return plan.calendars.map((cast, index) => {
    const zone = plan.agents[cast.agent]?.zone ?? "UTC";
    const entered = enter(simulators, cast, zone);
    const truth = createTruth(entered.calendar, zone, now);
    return { ...cast, ...entered, index, agentId: agentIdOf(cast.agent), zone, truth, events: [] };
  });
}
