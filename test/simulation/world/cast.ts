// Cast: the people of a plan and their calendars, at the simulated providers.
import type { CaldavSimulator } from "../../simulators/caldav.ts";
import type { GoogleSimulator } from "../../simulators/google.ts";
import type { MicrosoftSimulator } from "../../simulators/microsoft.ts";
import type { CastCalendar, Plan } from "../plan/plan.ts";
import { davCalendar, type EditableCalendar, googleCalendar, microsoftCalendar } from "./outside-calendar.ts";
import type { OutsideEvent } from "./outside-event.ts";
import { type CalendarTruth, createTruth } from "./truth.ts";

export interface Simulators {
  readonly google: GoogleSimulator;
  readonly microsoft: MicrosoftSimulator;
  readonly dav: CaldavSimulator;
}

/** A calendar of the cast at its provider. */
export interface Place extends CastCalendar {
  readonly index: number;
  readonly agentId: string;
  readonly email: string;
  /** The engine's id of it. */
  readonly calendarId: string;
  readonly zone: string;
  readonly calendar: EditableCalendar;
  readonly truth: CalendarTruth;
  /** The events that its owner has added and not deleted. */
  readonly events: OutsideEvent[];
}

export const agentIdOf = (agent: number): string => `agent-${agent}`;

/** An app password that never changes. Only simulated servers accept it. */
const password = (agent: number): string => `abcd-efgh-ijkl-mno${"pqrs".charAt(agent)}`;

/** The fields that a person types in to connect by password. */
export const davLogin = ({ owner, email }: Pick<Place, "owner" | "email">, dav: CaldavSimulator) => ({
  username: email,
  password: password(owner),
  // Some people type the address of their mail. Then discovery must find the calendars.
  serverUrl: `${dav.serverUrl(email)}${owner === 0 ? "" : "mail/"}`,
});

const MAILBOX = { OUTLOOK: "outlook.example", OFFICE365: "contoso.example" } as const;

/** Creates a calendar of the cast. Returns its id and its owner's access. */
function enter(
  { google, microsoft, dav }: Simulators,
  { provider, owner, second, shared, push }: CastCalendar,
  zone: string,
): { email: string; calendarId: string; calendar: EditableCalendar } {
  if (provider === "GOOGLE") {
    const email = `agent${owner}@gmail.example`;
    if (!second) google.addUser({ email, timeZone: zone, sub: `sub-${owner}`, holidays: false });
    const calendarId = second
      ? google.addCalendar({
          owner: email,
          summary: "Second",
          timeZone: zone,
          push,
          ...(shared && { role: "writer" }),
        }).id
      : email;
    return { email, calendarId, calendar: googleCalendar(google, calendarId, zone) };
  }
  if (provider === "OUTLOOK" || provider === "OFFICE365") {
    const email = `agent${owner}@${MAILBOX[provider]}`;
    const kind = provider === "OUTLOOK" ? "personal" : "work";
    if (!second) microsoft.addUser({ email, kind, timeZone: zone, extras: false });
    const calendarId = second
      ? microsoft.addCalendar({
          user: email,
          name: "Second",
          ...(shared && { sharedBy: "somebody@contoso.example" }),
        }).id
      : microsoft.calendarId(email);
    return { email, calendarId, calendar: microsoftCalendar(microsoft, calendarId) };
  }
  const email = `agent${owner}@${provider === "APPLE" ? "icloud.example" : "dav.example"}`;
  const profile = provider === "APPLE" ? "icloud" : owner === 0 ? "radicale" : "sabre";
  if (!second) dav.addUser({ email, password: password(owner), profile });
  const { path } = dav.addCalendar({ owner: email, name: second ? "Second" : "First", timeZone: zone });
  return { email, calendarId: path, calendar: davCalendar(dav, path) };
}

/** Creates all people and calendars of a plan. Agents who share a calendar share its truth. */
export function placeCast(plan: Plan, simulators: Simulators, now: () => number): Place[] {
  const known = new Map<string, Place>();
  return plan.calendars.map((cast, index) => {
    const own = { ...cast, index, agentId: agentIdOf(cast.agent) };
    const name = `${cast.owner} ${cast.provider} ${cast.second}`;
    const shared = known.get(name);
    if (shared !== undefined) return { ...shared, ...own };
    const zone = plan.agents[cast.owner]?.zone ?? "UTC";
    const entered = enter(simulators, cast, zone);
    const truth = createTruth(entered.calendar, zone, now);
    const place: Place = { ...own, ...entered, zone, truth, events: [] };
    known.set(name, place);
    return place;
  });
}
