// Agents whose pages are looked at, each made once: one without a calendar, one who is well, one with every trouble, and
// two who have everything deleted.
import {
  connectionsOf,
  googlePerson,
  microsoftPerson,
  on,
  passwordPerson,
  readNow,
  service,
  settled,
  ZONE,
} from "./people.ts";

const iso = (at: number) => new Date(at).toISOString();

/** Refused where the answer isn't a success. */
async function asked(method: string, path: string, body: unknown): Promise<void> {
  const answer = await service()(method, path, body);
  if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
}

const book = (agentId: string, bookingId: string, span: { start: number; end: number }, more: object = {}) =>
  asked("POST", "/events", {
    ...{ agentId, bookingId, title: "First consultation", clientName: "Grace Hopper" },
    ...{ start: iso(span.start), end: iso(span.end), ...more },
  });

const WEEK = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, start: "08:00", end: "18:00" }));

/** Nothing is connected yet. */
async function newcomer(): Promise<string> {
  const agentId = "agent-new";
  await asked("PATCH", `/settings?agentId=${agentId}`, { timeZone: ZONE });
  return agentId;
}

/** Calendars of each kind, all well, with bookings and a hold. */
async function well(): Promise<string> {
  const agentId = "agent-ada";
  await asked("PATCH", `/settings?agentId=${agentId}`, {
    ...{ timeZone: ZONE, workingHours: WEEK, bufferAfterMinutes: 15 },
  });
  const [google, work, home, own] = await Promise.all([
    googlePerson("Ada"),
    microsoftPerson("Ada", "work"),
    passwordPerson("Ada", "apple"),
    passwordPerson("Ada", "caldav"),
  ]);
  await google.add(on(1, 9, 10));
  await google.add(on(2, 13, 15), { status: "tentative" });
  await work.add("Private words", on(3, 8, 11));
  await home.add("Private words", on(1, 14, 15));
  await own.add("Private words", on(4, 9, 16));
  for (const person of [google, work, home, own]) await person.connect(agentId);
  await settled(agentId);
  await book(agentId, "ada-1", on(8, 9, 10), { force: true });
  await book(agentId, "ada-2", on(2, 9, 10), { force: true });
  return agentId;
}

/** What goes wrong at providers, one calendar each. */
async function troubled(): Promise<string> {
  const agentId = "agent-troubled";
  await asked("PATCH", `/settings?agentId=${agentId}`, { timeZone: ZONE });
  const [closed, readOnly, failing, gone, damaged] = await Promise.all([
    googlePerson("Closed"),
    googlePerson("ReadOnly"),
    microsoftPerson("Failing", "work"),
    passwordPerson("Gone", "apple"),
    passwordPerson("Damaged", "caldav"),
  ]);
  // An account without any calendar would be another trouble than a calendar that is gone.
  await gone.control("POST", "/calendars", { owner: gone.email, name: "Other", timeZone: ZONE });
  await damaged.add("Private words", on(2, 9, 10), "FREQ=WEEKLY");
  for (const person of [closed, readOnly, failing, gone, damaged]) await person.connect(agentId);
  await settled(agentId);
  // The calendar that was connected may still be read, and no longer be written.
  await readOnly.control("PATCH", `/calendars/${encodeURIComponent(readOnly.email)}/entry`, {
    ...{ email: readOnly.email, role: "reader" },
  });
  await book(agentId, "troubled-1", on(3, 10, 11));
  await closed.control("POST", `/users/${encodeURIComponent(closed.email)}/remove-access`);
  await failing.control("POST", "/knobs", { name: "api.status", value: 503, user: failing.email });
  await gone.control("DELETE", `/calendars?calendar=${encodeURIComponent(gone.calendar)}`);
  await damaged.control("POST", "/knobs", { name: "ics.brokenRule", calendar: damaged.calendar });
  for (const { id } of await connectionsOf(agentId)) await readNow(id);
  return agentId;
}

/** Has a calendar, and will have everything deleted. */
async function leaver(): Promise<string> {
  const agentId = "agent-leaver";
  await (await googlePerson("Leaver")).connect(agentId);
  await settled(agentId);
  return agentId;
}

/** Has a calendar whose provider no longer answers: what is to be deleted isn't at once. */
async function leaving(): Promise<string> {
  const agentId = "agent-leaving";
  const person = await googlePerson("Leaving");
  await person.connect(agentId);
  await settled(agentId);
  await person.control("POST", "/knobs", { name: "api.status", value: 503, user: person.email });
  return agentId;
}

const MAKERS = { newcomer, well, troubled, leaver, leaving } as const;

/** Which agent a page is looked at as. */
export type AgentName = keyof typeof MAKERS;

const made = new Map<AgentName, Promise<string>>();

/** The agent's id. They are made when they are first asked for. */
export function agentOf(name: AgentName): Promise<string> {
  const known = made.get(name) ?? MAKERS[name]();
  made.set(name, known);
  return known;
}
