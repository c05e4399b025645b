// Free-busy: reads what the cache knows about an agent's time, and pulls the calendars that are too old.
import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import { doubtOf, isFresh, type StaleReason } from "../domain/freshness.ts";
import type { Instant } from "../domain/instant.ts";
import type { Interval } from "../domain/interval.ts";
import type { AgentSettings } from "../domain/settings.ts";
import { believedMs } from "../domain/trust.ts";
import type { ProviderName } from "../providers/provider.ts";
import { type FreeBusy, readFreeBusy } from "../store/busy/free-busy.ts";
import type { FreeBusyCalendar } from "../store/busy/free-busy-calendars.ts";
import { heedDemand } from "./demand.ts";
import { freshen, freshenDeadline } from "./freshen.ts";

/** `display`: to show free times. `confirm`: to sell one. It decides how old the truth may be. */
export type Purpose = "display" | "confirm";

/**
 * Why a calendar counts as fresh. `verified`: a pull read it recently enough. `watched`: its last pull is older, and
 * since then its trusted channel has told of no change.
 */
export type Evidence = "verified" | "watched";

/** A calendar behind an answer. */
export interface CalendarView {
  readonly connectionId: string;
  readonly provider: ProviderName;
  readonly name: string;
  /** When the last completed pull began: all earlier changes are known. Null: none has completed. */
  readonly verifiedAt: Instant | null;
  readonly fresh: boolean;
  /** By which evidence it is fresh; null if it isn't. */
  readonly evidence: Evidence | null;
  /**
   * Why it isn't fresh: the failure kind of the last attempt, `never_synced`, `stale`, `needs_reauth`, `calendar_gone`,
   * `unreadable`, or `outside_window` if the question reaches beyond the cached window; null if it is fresh.
   */
  readonly reason: StaleReason | null;
  /** Outstanding objects in it that couldn't be read to the end. */
  readonly unreadable: number;
}

/** How fresh an answer about an agent's time is (P9). */
export interface Provenance {
  /** The oldest `verifiedAt` of the calendars; null without calendars, or if one was never read to the end. */
  readonly asOf: Instant | null;
  /** Every calendar is as fresh as asked. */
  readonly complete: boolean;
  readonly calendars: readonly CalendarView[];
}

/** The free-busy of an agent whose settings are known. */
export interface KnownFreeBusy extends FreeBusy {
  readonly settings: AgentSettings;
}

/** How good the truth behind an answer must be. */
export interface Standard {
  /** How old it may be, in ms. */
  readonly maxAgeMs: number;
  /** Whether a calendar that is known to have changed since counts as stale, however recently it was verified. */
  readonly heedHints: boolean;
  /** Whether a calendar may count as fresh by its channel's word. With a limit of the caller's only a pull counts. */
  readonly believesChannels: boolean;
}

/** The standard of a purpose. `maxAgeMs` is the caller's limit; null: the configuration decides. */
export function standardOf(deps: Deps, purpose: Purpose, maxAgeMs: number | null): Standard {
  const { displayMaxAgeMs, confirmMaxAgeMs } = deps.config.freshness;
  const confirm = purpose === "confirm";
  return {
    maxAgeMs: maxAgeMs ?? (confirm ? confirmMaxAgeMs : displayMaxAgeMs),
    heedHints: confirm,
    believesChannels: !confirm && maxAgeMs === null,
  };
}

/**
 * The evidence that the calendar is known as recently as the standard asks. Null: there is none, and a pull may help.
 */
function evidenceOf(
  calendar: FreeBusyCalendar,
  { maxAgeMs, heedHints, believesChannels }: Standard,
  askedAt: Instant,
): Evidence | null {
  const { verifiedAt, hinted, failureKind, trustedMs } = calendar;
  if (isFresh(verifiedAt, maxAgeMs, askedAt) && !(heedHints && hinted)) return "verified";
  if (!believesChannels || hinted || failureKind !== null) return null;
  return isFresh(verifiedAt, believedMs(calendar, trustedMs, askedAt), askedAt) ? "watched" : null;
}

/** Is the calendar known as recently as the standard asks? If not, a pull may help. */
export const isRecent = (calendar: FreeBusyCalendar, standard: Standard, askedAt: Instant): boolean =>
  evidenceOf(calendar, standard, askedAt) !== null;

/** Why the calendar isn't fresh; null if it is. A doubt that only a person can end comes before all others. */
function whyStale(
  calendar: FreeBusyCalendar,
  standard: Standard,
  asked: Interval,
  askedAt: Instant,
): StaleReason | null {
  const doubt = doubtOf(calendar);
  if (doubt !== null) return doubt;
  if (isRecent(calendar, standard, askedAt)) return covers(calendar, asked) ? null : "outside_window";
  return calendar.failureKind ?? (calendar.verifiedAt === null ? "never_synced" : "stale");
}

/** Is all of `asked` cached? Outside of its window nothing is known about a calendar, however fresh it is. */
function covers(calendar: FreeBusyCalendar, asked: Interval): boolean {
  const { window } = calendar;
  return window !== null && window.startsAt <= asked.startsAt && asked.endsAt <= window.endsAt;
}

/**
 * Judges the calendars of a free-busy. A calendar is fresh if it meets the standard, its window covers all of `asked`,
 * and it is in no doubt that only a person can end. Its age counts from `askedAt`, so that a pull made for this
 * question always counts as recent.
 */
export function provenanceOf(
  freeBusy: FreeBusy,
  standard: Standard,
  asked: Interval,
  askedAt: Instant,
): Provenance {
  const calendars = freeBusy.calendars.map((calendar) => {
    const { connectionId, provider, name, verifiedAt, unreadable } = calendar;
    const reason = whyStale(calendar, standard, asked, askedAt);
    const fresh = reason === null;
    const evidence = fresh ? evidenceOf(calendar, standard, askedAt) : null;
    return { connectionId, provider, name, verifiedAt, fresh, evidence, reason, unreadable };
  });
  const known = calendars.map(({ verifiedAt }) => verifiedAt);
  const asOf = known.reduce<Instant | null>(
    (a, b) => (a === null || b === null ? null : Math.min(a, b)),
    askedAt,
  );
  return {
    asOf: calendars.length === 0 ? null : asOf,
    complete: calendars.every(({ fresh }) => fresh),
    calendars,
  };
}

/**
 * Does the agent's policy refuse time that no conflict takes? To confirm it, every calendar must be fresh. To display
 * it, none may be in a doubt that only a person can end, because a sale would be refused as well.
 */
export function isRefused(
  { settings, calendars }: KnownFreeBusy,
  { complete }: Pick<Provenance, "complete">,
  purpose: Purpose,
): boolean {
  if (settings.onStale === "allow") return false;
  return purpose === "confirm" ? !complete : calendars.some((calendar) => doubtOf(calendar) !== null);
}

/** @throws EngineError agent_not_found */
export function requireKnown(freeBusy: FreeBusy | undefined): KnownFreeBusy {
  if (freeBusy !== undefined && freeBusy.settings !== null)
    return { ...freeBusy, settings: freeBusy.settings };
  throw new EngineError(
    "agent_not_found",
    "Nothing is known about this agent. Connect a calendar or PUT /settings for the agent first.",
  );
}

/** One question about an agent's time. */
export interface Question {
  readonly agentId: string;
  readonly reach: Interval;
  readonly standard: Standard;
  /** A booking whose buffers are asked for. */
  readonly bookingId?: string;
}

/**
 * Reads the free-busy for any number of questions in one round trip. If calendars are too old for their question, only
 * those are pulled, side by side and within the budget. Then the cache is read once more. That somebody asks is noted.
 */
export async function readFreshFreeBusy(
  deps: Deps,
  questions: readonly Question[],
  askedAt: Instant,
): Promise<FreeBusy[]> {
  const known = await readFreeBusy(deps.db, questions, deps.now());
  const since = new Map<string, Instant>();
  for (const [index, { standard }] of questions.entries()) {
    for (const calendar of known[index]?.calendars ?? []) {
      // No pull for a caller brings back a calendar that is gone.
      if (calendar.gone || isRecent(calendar, standard, askedAt)) continue;
      const { connectionId } = calendar;
      since.set(connectionId, Math.max(since.get(connectionId) ?? 0, askedAt - standard.maxAgeMs));
    }
  }
  if (since.size === 0) {
    heedDemand(deps, known);
    return known;
  }
  await freshen(
    deps,
    [...since].map(([connectionId, verifiedSince]) => ({ connectionId, verifiedSince })),
    { askedAt, deadline: freshenDeadline(deps) },
  );
  const read = await readFreeBusy(deps.db, questions, deps.now());
  heedDemand(deps, read);
  return read;
}
