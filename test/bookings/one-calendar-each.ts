// One calendar each: an agent's calendar at each kind of provider, the agent's actions there, and MaraPlace's notices.
import { pullConnection } from "../../src/sync/pull.ts";
import type { Person, WrittenEvent } from "../contract/world.ts";
import { personOf as davPersonOf, writtenOf } from "../contract/worlds/caldav.ts";
import { personOf as googlePersonOf, bookingsOf as googleWrittenOf } from "../contract/worlds/google.ts";
import {
  personOf as microsoftPersonOf,
  bookingsOf as microsoftWrittenOf,
} from "../contract/worlds/microsoft.ts";
import { ALL_TESTS } from "../support/share.ts";
import { createWorld, type World, type WorldOptions } from "../support/world.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** One provider of each kind. */
export const KINDS = ["GOOGLE", "OFFICE365", "APPLE"] as const;
export type Kind = (typeof KINDS)[number];

/** The kinds at which a group of tests runs: this one in `npm test`, all in `npm run test:all`. */
export const kindsOf = (kind: Kind): readonly Kind[] => (ALL_TESTS ? KINDS : [kind]);

/** A connected calendar and its owner. */
export interface ConnectedCalendar {
  readonly kind: Kind;
  readonly accountId: string;
  readonly connectionId: string;
  readonly calendarId: string;
  readonly person: Person;
  /** The bookings' events in it, read from the simulator without the engine. */
  written(): WrittenEvent[];
  /** From now on the provider refuses every cursor that it has handed out. */
  loseCursors(): void;
  /** The provider fails from now on, until it recovers. */
  breakDown(): void;
  recover(): void;
  /** The person withdraws access. */
  withdraw(): void;
  /** The person grants access again. */
  consentAgain(): Promise<void>;
  /** Requests to the provider that change events. */
  writes(): number;
}

/** A world whose calendars count as fresh for a day, so that a booking pulls no calendar first. */
export const patientWorld = (databaseUrl: string, options: WorldOptions = {}): World =>
  createWorld({
    databaseUrl,
    ...options,
    bindings: { CONFIRM_MAX_AGE_SECONDS: "86400", ...options.bindings },
  });

const countOf = (requests: readonly { operation: string | null }[], pattern: RegExp): number =>
  requests.filter(({ operation }) => pattern.test(operation ?? "")).length;

function googleCalendar(world: World) {
  const { google, email } = world;
  return {
    calendarId: email,
    person: googlePersonOf(google, email),
    written: () => googleWrittenOf(google, email),
    loseCursors: () => google.expireSyncTokens(),
    breakDown: () => void google.knobs.set("api.status", 503),
    recover: () => google.knobs.clear(),
    withdraw: () => google.removeAccess(email),
    writes: () => countOf(google.requests, /^events\.(?:insert|patch|update|delete)$/),
  };
}

function microsoftCalendar(world: World) {
  const { microsoft, workEmail } = world;
  const main = microsoft.calendarId(workEmail);
  return {
    calendarId: main,
    person: microsoftPersonOf(microsoft, main),
    written: () => microsoftWrittenOf(microsoft, main),
    loseCursors: () => microsoft.expireDeltaTokens(),
    breakDown: () => void microsoft.knobs.set("api.status", { status: 503, html: true }),
    recover: () => microsoft.knobs.clear(),
    withdraw: () => {
      microsoft.removeAccess(workEmail);
      microsoft.expireAccessTokens(workEmail);
    },
    writes: () => countOf(microsoft.requests, /^events\.(?:create|update|patch|delete)$/),
  };
}

function appleCalendar(world: World) {
  const { dav, apple } = world;
  return {
    calendarId: apple.calendar,
    person: davPersonOf(dav, apple.calendar, apple.email),
    written: () =>
      dav.events(apple.calendar).flatMap(({ name, text }) => {
        const written = writtenOf(name, text);
        return written === null ? [] : [written];
      }),
    loseCursors: () => dav.expireSyncTokens(),
    breakDown: () => void dav.knobs.set("api.status", { status: 503, html: true }),
    recover: () => dav.knobs.clear(),
    withdraw: () => dav.revoke(apple.email),
    writes: () => countOf(dav.requests, /^(?:put|delete)$/),
  };
}

const CALENDARS = { GOOGLE: googleCalendar, OFFICE365: microsoftCalendar, APPLE: appleCalendar };

/** Connects the person's calendar at a provider of this kind. */
export async function connectAt(world: World, kind: Kind): Promise<ConnectedCalendar> {
  const connected =
    kind === "APPLE" ? await world.connectByPassword() : await world.connect({ provider: kind });
  const { accountId } = connected;
  return {
    kind,
    ...connected,
    ...CALENDARS[kind](world),
    async consentAgain() {
      if (kind !== "APPLE") {
        await world.connect({ provider: kind, accountId });
        return;
      }
      world.dav.addPassword(world.apple.email, world.apple.password);
      await world.connectByPassword({ accountId });
    },
  };
}

/** Lets so many minutes pass, with a cron run in each. */
export async function passMinutes(world: World, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    world.advance(MINUTE);
    await world.cron();
  }
}

/** Lets so much time pass after our own writes that external changes are believed at once (C35). */
export async function settled(world: World): Promise<void> {
  world.advance(3 * MINUTE);
  await world.cron();
}

/** Pulls the calendar, and runs the jobs that the pull sends. */
export async function pullAndReconcile(
  world: World,
  { connectionId }: Pick<ConnectedCalendar, "connectionId">,
): Promise<void> {
  world.advance(1_000);
  await pullConnection(world.deps, { connectionId, verifiedSince: world.deps.now() });
  await world.drain();
}

/** The notices about the world's agent, oldest first; only those of `kinds` if any are named. */
export async function noticesOf(
  world: World,
  ...kinds: readonly string[]
): Promise<({ kind: string } & Record<string, unknown>)[]> {
  const rows = await world.query("SELECT kind, data FROM notices WHERE agent_id = ? ORDER BY sequence", [
    world.agentId,
  ]);
  return rows
    .map((row) => ({ kind: String(row["kind"]), ...JSON.parse(String(row["data"])) }))
    .filter(({ kind }) => kinds.length === 0 || kinds.includes(kind));
}

/** Sets what happens when the agent changes a booking's event: it is put back (keep) or followed. */
export async function setExternalChangePolicy(
  world: World,
  onExternalChange: "keep" | "follow",
): Promise<void> {
  await world.query("UPDATE agents SET on_external_change = ? WHERE agent_id = ?", [
    onExternalChange,
    world.agentId,
  ]);
}
