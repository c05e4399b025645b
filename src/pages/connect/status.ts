// Status: how a connected calendar is doing, as the agent reads it.
import type { ConnectionView } from "../../accounts/views.ts";
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from "../../domain/instant.ts";
import type { AgentSettings } from "../../domain/settings.ts";
import type { ProviderName } from "../../providers/provider.ts";
import { wordsUnder } from "../error-words.ts";
import type { Words } from "../words/english.ts";

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

/** What it means for the agent that a calendar can't be read until a person acts. */
function lossWords(
  { status }: Words,
  { blocksAvailability }: ConnectionView,
  onStale: OnStale,
  until: string,
) {
  if (!blocksAvailability) return status.unwritable(until);
  return onStale === "refuse" ? status.unbookable(until) : status.overbookable(until);
}

/**
 * The status of a connected calendar.
 * @param onStale the agent's policy for calendars that aren't fresh
 */
export function statusWords(
  words: Words,
  connection: ConnectionView,
  now: Instant,
  onStale: OnStale,
): StatusWords {
  const { status, verifiedAt } = connection;
  const say = words.status;
  const checked = verifiedAt === null ? say.notChecked : say.lastChecked(ago(words, verifiedAt, now));
  const all = (...sentences: string[]): string => [...sentences, checked].join(" ");
  if (status === "needs_reauth") {
    const means = lossWords(words, connection, onStale, say.untilConnected);
    return { tone: "bad", short: say.needsYou, long: all(say.noAccess, means) };
  }
  if (!connection.isActive || !connection.syncEnabled) {
    return { tone: "off", short: say.switchedOff, long: all(say.notRead) };
  }
  if (status === "calendar_gone") {
    const means = lossWords(words, connection, onStale, say.untilExplained);
    return { tone: "bad", short: say.gone, long: all(say.leftAccount(connection.name), means) };
  }
  if (status === "failing" && connection.statusReason === "round_standstill") {
    const long = all(say.standstill(words.providers[connection.provider]));
    return { tone: "warn", short: say.tryingAgain, long };
  }
  const account = wordsUnder(say.accounts, connection.statusReason ?? "");
  if (status === "failing" && account !== undefined) {
    return { tone: "bad", short: say.needsYou, long: all(account, say.lookAgain) };
  }
  if (status === "failing") return { tone: "warn", short: say.tryingAgain, long: all(say.failing) };
  if (status === "syncing") return { tone: "warn", short: say.reading, long: say.firstReading };
  const pace = connection.push === "active" ? say.watched : say.polled;
  return { tone: "good", short: say.upToDate, long: `${checked} ${pace}` };
}
