// Seats: one agent with a calendar at each kind of provider, what the agent does there, and what we are told of it.
import { pullConnection } from "../../src/sync/pull.ts";
import type { Person, WrittenEvent } from "../contract/world.ts";
import { personOf as davPersonOf, writtenOf } from "../contract/worlds/caldav.ts";
import { personOf as googlePersonOf, bookingsOf as googleWrittenOf } from "../contract/worlds/google.ts";
import {
  personOf as microsoftPersonOf,
  bookingsOf as microsoftWrittenOf,
} from "../contract/worlds/microsoft.ts";
import { createWorld, type World, type WorldOptions } from "../support/world.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** One provider of each kind. */
export const KINDS = ["GOOGLE", "OFFICE365", "APPLE"] as const;
export type Kind = (typeof KINDS)[number];

/** A connected calendar and its owner. */
export interface Seat {
  readonly kind: Kind;
  readonly accountId: string;
  readonly connectionId: string;
  readonly calendarId: string;
  readonly person: Person;
  /** Our events in it, read behind the engine's back. */
  written(): WrittenEvent[];
  /** All cursors handed out so far are worthless. */
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

/** A world whose calendars are believed for a day, so that bookings ask no provider first. */
export const patientWorld = (databaseUrl: string, options: WorldOptions = {}): World =>
  createWorld({
    databaseUrl,
    ...options,
    bindings: { CONFIRM_MAX_AGE_SECONDS: "86400", ...options.bindings },
  });

const countOf = (requests: readonly { operation: string | null }[], pattern: RegExp): number =>
  requests.filter(({ operation }) => pattern.test(operation ?? "")).length;

function googleSeat(world: World) {
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

function microsoftSeat(world: World) {
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

function appleSeat(world: World) {
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

const SEATS = { GOOGLE: googleSeat, OFFICE365: microsoftSeat, APPLE: appleSeat };

/** Connects the person's calendar at a provider of this kind. */
export async function seated(world: World, kind: Kind): Promise<Seat> {
  const connected =
    kind === "APPLE" ? await world.connectByPassword() : await world.connect({ provider: kind });
  const { accountId } = connected;
  return {
    kind,
    ...connected,
    ...SEATS[kind](world),
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

/** So many minutes pass, with a cron in each. */
export async function pass(world: World, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    world.advance(MINUTE);
    await world.cron();
  }
}

/** Long enough after our own writes that what a calendar says is believed at once (C35). */
export const settled = (world: World): Promise<void> => pass(world, 3);

/** The calendar is pulled, and what that makes known is dealt with. */
export async function noticed(world: World, { connectionId }: Pick<Seat, "connectionId">): Promise<void> {
  world.advance(1);
  await pullConnection(world.deps, { connectionId, verifiedSince: world.deps.now() });
  await world.drain();
}

/** What MaraPlace is told of the world's agent, in order; only of these kinds where some are named. */
export async function told(
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

/** The agent's word on copies that they change themselves. */
export async function policy(world: World, onExternalChange: "keep" | "follow"): Promise<void> {
  await world.query("UPDATE agents SET on_external_change = ? WHERE agent_id = ?", [
    onExternalChange,
    world.agentId,
  ]);
}
