// Trust: how long a calendar may go without a pull, as its channel has earned and as its agent's demand allows. Pure.
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from "./instant.ts";

/**
 * How the provider tells of changes. `watched`: by a channel that lives. `unwatched`: its channel is missing or failing,
 * and is repaired. `polled`: never.
 */
export type Watching = "watched" | "unwatched" | "polled";

/** What is known about the push of a calendar. */
export interface Push {
  readonly watch: "wanted" | "unsupported";
  readonly watchFailures: number;
  /** When the channel must be opened or replaced, which is well before its end; null: there is no push. */
  readonly channelDueAt: Instant | null;
}

/** A channel that is due, or whose opening has failed, isn't believed any longer, whatever its provider thinks. */
export function watchingOf({ channelDueAt, watchFailures }: Push, now: Instant): Watching {
  if (channelDueAt === null) return "polled";
  return channelDueAt > now && watchFailures === 0 ? "watched" : "unwatched";
}

/** An agent is hot for this long after somebody asked about them or booked them. */
export const HOT_MS = 6 * HOUR_MS;
/** While an agent is hot, demand is noted this often at most. */
export const NOTED_EVERY_MS = 30 * MINUTE_MS;

/** How old the calendar list of a cold agent's account may be. A hot one's is made each day. */
export const LIST_OLD_MS = 7 * DAY_MS;

export const isHot = (askedAt: Instant, now: Instant): boolean => now - askedAt < HOT_MS;

/**
 * The longest time between two pulls of a watched calendar of a hot agent. An answer believes a channel for this long
 * at most, so a channel that died without a word is found within it.
 */
export const BELIEVED_MS = HOUR_MS;
/** The same for a cold agent, of whom nobody asks. */
const WATCHED_COLD_MS = DAY_MS;
/** The longest time between two pulls of a calendar without push, of a cold agent. */
const POLLED_COLD_MS = 4 * HOUR_MS;
/** A CalDAV calendar of a cold agent begins with this many times the interval of a hot one. */
const POLLED_COLD_FACTOR = 3;

/** The configured times between two pulls, before anything is earned. */
export interface PullIntervals {
  readonly verifyIntervalMs: number;
  readonly pollIntervalMs: number;
  readonly unwatchedIntervalMs: number;
}

/** The time between two pulls of a calendar, at first and at most. */
export interface Pace {
  readonly hot: Bounds;
  readonly cold: Bounds;
}

interface Bounds {
  readonly startMs: number;
  readonly mostMs: number;
}

const from = (startMs: number, mostMs = startMs): Bounds => ({ startMs, mostMs: Math.max(startMs, mostMs) });

/** The pace of a calendar by its agent's demand. */
export function paceOf(push: Push, intervals: PullIntervals, now: Instant): Pace {
  const { verifyIntervalMs, pollIntervalMs, unwatchedIntervalMs } = intervals;
  switch (watchingOf(push, now)) {
    case "watched":
      return { hot: from(verifyIntervalMs, BELIEVED_MS), cold: from(verifyIntervalMs, WATCHED_COLD_MS) };
    case "unwatched":
      return { hot: from(pollIntervalMs), cold: from(pollIntervalMs) };
    case "polled":
      return push.watch === "unsupported"
        ? { hot: from(unwatchedIntervalMs), cold: from(unwatchedIntervalMs, POLLED_COLD_MS) }
        : { hot: from(pollIntervalMs), cold: from(POLLED_COLD_FACTOR * pollIntervalMs, POLLED_COLD_MS) };
  }
}

/** The time between two pulls that a calendar may have now. */
const allowedMs = (trustedMs: number, { startMs, mostMs }: Bounds): number =>
  Math.min(Math.max(trustedMs, startMs), mostMs);

/** What a round of a pull says about its calendar's channel. */
export interface Round {
  /** It was begun because its time had come, and no hint was known. */
  readonly byClock: boolean;
  /** A hint was known, so what it found was told. */
  readonly told: boolean;
  readonly mode: "snapshot" | "delta";
  /** How many events and removals it brought. */
  readonly changes: number;
}

/** What follows from a round. */
export interface Trust {
  /** The time without a pull that the calendar has earned. */
  readonly trustedMs: number;
  /** The time until the next pull. */
  readonly nextMs: number;
  /** The channel left a change out, so it is opened anew. */
  readonly reopens: boolean;
}

/**
 * What a calendar has earned after a round. A round by the clock that finds nothing untold doubles the time that it has
 * verified. Whatever was untold sets trust back to nothing. A listing says nothing about a channel.
 */
export function afterRound(
  trustedMs: number,
  { byClock, told, mode, changes }: Round,
  situation: { readonly watching: Watching; readonly pace: Pace; readonly hot: boolean },
): Trust {
  const { watching, pace, hot } = situation;
  const bounds = hot ? pace.hot : pace.cold;
  const untold = !told && mode === "delta" && changes > 0;
  const earns = byClock && watching !== "unwatched" && (mode === "delta" || watching === "polled");
  const doubledMs = Math.min(2 * allowedMs(trustedMs, bounds), pace.cold.mostMs);
  const earnedMs = untold ? 0 : earns ? Math.max(trustedMs, doubledMs) : trustedMs;
  return {
    trustedMs: earnedMs,
    nextMs: allowedMs(earnedMs, bounds),
    reopens: untold && byClock && watching === "watched",
  };
}

/** For how long after a pull the calendar counts as known by the word of its channel. 0: not at all. */
export const believedMs = (push: Push, trustedMs: number, now: Instant): number =>
  watchingOf(push, now) === "watched" ? Math.min(trustedMs, BELIEVED_MS) : 0;

/** Spreads a pull over the last tenth of its time, so that calendars aren't due together and none is late. */
export const spread = (ms: number, dice: number): number => Math.round(ms * (0.9 + dice / 10));
