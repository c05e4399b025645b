// Picture: what the cache knows about an agent's time, as fresh as it was asked for.
import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import { isFresh } from "../domain/freshness.ts";
import type { Instant } from "../domain/instant.ts";
import type { Interval } from "../domain/interval.ts";
import type { AgentSettings } from "../domain/settings.ts";
import type { ProviderName } from "../providers/provider.ts";
import { type FreeBusy, type FreeBusyCalendar, readFreeBusy } from "../store/busy/free-busy.ts";
import { freshen, freshenDeadline } from "./freshen.ts";

/** Looking around, or about to sell: decides how old the truth may be. */
export type Purpose = "display" | "confirm";

/** A calendar behind an answer. */
export interface CalendarView {
  readonly connectionId: string;
  readonly provider: ProviderName;
  readonly name: string;
  /** How old the truth about it is; null: never read to the end. */
  readonly verifiedAt: Instant | null;
  /** Recent enough for what was asked. */
  readonly fresh: boolean;
  /**
   * Why it isn't fresh: the failure of the last attempt, `never_synced`, `stale`, `needs_reauth`, or
   * `outside_window` where the question reaches beyond what is cached; null when it is fresh.
   */
  readonly reason: string | null;
}

/** What every answer about an agent's time says about its own truth (P9). */
export interface Provenance {
  /** The oldest of the calendars' truths; null without calendars, or where one was never read. */
  readonly asOf: Instant | null;
  /** Every calendar is as fresh as asked. */
  readonly complete: boolean;
  readonly calendars: readonly CalendarView[];
}

/** A picture of a known agent. */
export interface KnownFreeBusy extends FreeBusy {
  readonly settings: AgentSettings;
}

/** How good the truth behind an answer must be. */
export interface Standard {
  /** How old it may be, in ms. */
  readonly maxAgeMs: number;
  /** Whether a calendar that is known to have changed since counts as stale, however recently it was verified. */
  readonly heedHints: boolean;
}

/** The standard of a purpose; `maxAgeMs` is the caller's word on the age, null leaves it to the configuration. */
export function standardOf(deps: Deps, purpose: Purpose, maxAgeMs: number | null): Standard {
  const { displayMaxAgeMs, confirmMaxAgeMs } = deps.config.freshness;
  const confirm = purpose === "confirm";
  return { maxAgeMs: maxAgeMs ?? (confirm ? confirmMaxAgeMs : displayMaxAgeMs), heedHints: confirm };
}

function meets(calendar: FreeBusyCalendar, { maxAgeMs, heedHints }: Standard, askedAt: Instant): boolean {
  return isFresh(calendar.verifiedAt, maxAgeMs, askedAt) && !(heedHints && calendar.hinted);
}

function whyStale(calendar: FreeBusyCalendar): string {
  if (calendar.accountStatus === "needs_reauth") return "needs_reauth";
  return calendar.failureKind ?? (calendar.verifiedAt === null ? "never_synced" : "stale");
}

/** Is all of `asked` cached? Beyond its window nothing is known about a calendar, however fresh it is. */
function covers(calendar: FreeBusyCalendar, asked: Interval): boolean {
  const { window } = calendar;
  return window !== null && window.startsAt <= asked.startsAt && asked.endsAt <= window.endsAt;
}

/**
 * Judges the calendars of a picture: verified recently enough before `askedAt` or since, and covering all of
 * `asked`. The age counts from the question, so that what was pulled to answer it is as fresh as can be.
 */
export function provenanceOf(
  freeBusy: FreeBusy,
  standard: Standard,
  asked: Interval,
  askedAt: Instant,
): Provenance {
  const calendars = freeBusy.calendars.map((calendar) => {
    const { connectionId, provider, name, verifiedAt } = calendar;
    const recent = meets(calendar, standard, askedAt);
    const fresh = recent && covers(calendar, asked);
    const reason = fresh ? null : recent ? "outside_window" : whyStale(calendar);
    return { connectionId, provider, name, verifiedAt, fresh, reason };
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
}

/**
 * Reads the pictures for any number of questions in one round trip. Calendars that are too old for their
 * question are pulled within the budget, only those, all at once; then the cache is read once more.
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
      if (meets(calendar, standard, askedAt)) continue;
      const { connectionId } = calendar;
      since.set(connectionId, Math.max(since.get(connectionId) ?? 0, askedAt - standard.maxAgeMs));
    }
  }
  if (since.size === 0) return known;
  await freshen(
    deps,
    [...since].map(([connectionId, verifiedSince]) => ({ connectionId, verifiedSince })),
    { askedAt, deadline: freshenDeadline(deps) },
  );
  return readFreeBusy(deps.db, questions, deps.now());
}
