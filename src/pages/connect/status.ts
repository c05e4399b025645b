// Status: how a connected calendar is doing, as the agent reads it.
import type { ConnectionView } from "../../accounts/views.ts";
import type { CalendarOverview } from "../../availability/calendar-overview.ts";
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from "../../domain/instant.ts";
import type { AgentSettings } from "../../domain/settings.ts";
import type { ProviderName } from "../../providers/provider.ts";
import { wordsUnder } from "../error-words.ts";
import type { Words } from "../words/english.ts";
import { effectOf, remedyOf } from "./alerts.ts";

type OnStale = AgentSettings["onStale"];

/** The label of the button that connects a provider. */
export function connectWords(
  { connect, providers }: Words,
  provider: ProviderName,
  connections: readonly ConnectionView[],
): string {
  if (provider === "CALDAV") return connect.connectServer;
  const isKnown = connections.some((connection) => connection.provider === provider);
  return isKnown ? connect.connectAnother(providers[provider]) : connect.connect(providers[provider]);
}

/** A status in a word or two, and its meaning for the agent in a sentence. */
export interface StatusWords {
  readonly tone: "good" | "warn" | "bad" | "off";
  readonly short: string;
  readonly long: string;
}

/** A rough age, like "3 minutes ago". */
export function ago({ locale, justNow }: Words, at: Instant, now: Instant): string {
  const passedMs = Math.max(0, now - at);
  const units = [
    ["day", DAY_MS],
    ["hour", HOUR_MS],
    ["minute", MINUTE_MS],
  ] as const;
  for (const [unit, unitMs] of units) {
    const count = Math.floor(passedMs / unitMs);
    if (count > 0) return new Intl.RelativeTimeFormat(locale).format(-count, unit);
  }
  return justNow;
}

/** What it means for the agent that a calendar isn't known; empty: nothing. */
function meaningOf(words: Words, calendar: CalendarOverview, onStale: OnStale): string[] {
  const remedy = remedyOf(calendar);
  const effect = effectOf(calendar, onStale);
  const { isActive, receivesBookings, name } = calendar.connection;
  if (remedy === null || (effect === "none" && !(isActive && receivesBookings))) return [];
  if (effect === "none" && remedy !== "consent" && remedy !== "gone") return [];
  const means = words.alerts.effects[effect](words.alerts.until[remedy](name));
  return effect === "none" || remedy === "reading" ? [means] : [words.status.lastKnown, means];
}

/**
 * The status of a connected calendar.
 * @param onStale the agent's policy for calendars that aren't fresh
 */
export function statusWords(words: Words, calendar: CalendarOverview, onStale: OnStale): StatusWords {
  const say = words.status;
  const { connection, isRead, doubt } = calendar;
  const { status, statusReason, name } = connection;
  const as = (tone: StatusWords["tone"], short: string, ...long: string[]): StatusWords => ({
    ...{ tone, short },
    long: [...long, ...meaningOf(words, calendar, onStale)].join(" "),
  });
  if (status === "needs_reauth") return as("bad", say.needsYou, say.noAccess);
  if (!isRead) return as("off", say.switchedOff, connection.isActive ? say.notRead : say.inactive);
  if (status === "calendar_gone") return as("bad", say.gone, say.leftAccount(name));
  if (status === "failing" && statusReason === "round_standstill") {
    return as("warn", say.tryingAgain, say.standstill(words.providers[connection.provider]));
  }
  const account = wordsUnder(say.accounts, statusReason ?? "");
  if (status === "failing" && account !== undefined) return as("bad", say.needsYou, account, say.lookAgain);
  if (status === "failing" && doubt === "operator")
    return as("warn", say.tryingAgain, words.alerts.advice.ours);
  if (status === "failing" && doubt !== null) return as("bad", say.needsYou, words.alerts.advice.access);
  if (status === "failing") return as("warn", say.tryingAgain, say.failing);
  if (status === "syncing") return as("warn", say.reading, say.firstReading);
  const isUnwritten = calendar.unwritten.some(({ state }) => state === "failed");
  // What can't be read or written stands on the card in words of its own.
  if (doubt !== null || isUnwritten) return { tone: "bad", short: say.needsYou, long: "" };
  return as("good", say.upToDate);
}

/** When the calendar was last checked, and by what evidence it counts as known. */
export function evidenceWords(words: Words, calendar: CalendarOverview, now: Instant): string {
  const say = words.status;
  const { connection, isRead, drift } = calendar;
  const { verifiedAt, auditedAt, push } = connection;
  const pace = push !== "active" ? say.polled : calendar.isHinted ? say.hinted : say.watched;
  return [
    verifiedAt === null ? say.notChecked : say.lastChecked(ago(words, verifiedAt, now)),
    ...(isRead && connection.status === "active" ? [pace] : []),
    ...(auditedAt === null ? [] : [say.compared(ago(words, auditedAt, now))]),
    ...(auditedAt === null && drift === 0 ? [] : [drift === 0 ? say.noDrift : say.drift(drift)]),
  ].join(" ");
}
