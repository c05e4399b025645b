// Words: states, outcomes and errors as the agent reads them.
import type { ConnectionView } from "../accounts/views.ts";
import type { ErrorCode } from "../domain/errors.ts";
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from "../domain/instant.ts";
import type { AgentSettings } from "../domain/settings.ts";
import type { ProviderName } from "../providers/provider.ts";

type OnStale = AgentSettings["onStale"];

/** How people call the providers. */
export const PROVIDER_WORDS: Record<ProviderName, string> = {
  GOOGLE: "Google Calendar",
  OUTLOOK: "Outlook.com",
  OFFICE365: "Office 365",
  APPLE: "Apple Calendar",
  CALDAV: "CalDAV calendar",
};

/** The label of the button that connects a provider. */
export function connectWords(provider: ProviderName, connections: readonly ConnectionView[]): string {
  if (provider === "CALDAV") return "Connect another calendar server (CalDAV)";
  const isKnown = connections.some((connection) => connection.provider === provider);
  return isKnown
    ? `Connect another ${PROVIDER_WORDS[provider]} account`
    : `Connect ${PROVIDER_WORDS[provider]}`;
}

/** A status in a word or two, and its meaning for the agent in a sentence. */
export interface StatusWords {
  readonly tone: "good" | "warn" | "bad" | "off";
  readonly short: string;
  readonly long: string;
}

/** A rough age, like "3 minutes ago". */
export function ago(at: Instant, now: Instant): string {
  const passedMs = Math.max(0, now - at);
  const units = [
    ["day", DAY_MS],
    ["hour", HOUR_MS],
    ["minute", MINUTE_MS],
  ] as const;
  for (const [unit, unitMs] of units) {
    const count = Math.floor(passedMs / unitMs);
    if (count > 0) return `${count} ${unit}${count === 1 ? "" : "s"} ago`;
  }
  return "just now";
}

const NO_GOOGLE =
  "Google Calendar is switched off for this account. You, or whoever manages the account, can switch it on at Google.";
const NO_MAILBOX =
  "This account has no mailbox in the cloud, so it has no calendar there. Whoever manages the account can set one up.";

/** The states of an account that only people can change, by the code of the failure. */
const ACCOUNT_WORDS: ReadonlyMap<string, string> = new Map([
  ["notACalendarUser", NO_GOOGLE],
  ["MailboxNotEnabledForRESTAPI", NO_MAILBOX],
  ["MailboxNotSupportedForRESTAPI", NO_MAILBOX],
]);

/** What it means for the agent that a calendar can't be read until a person acts. */
function lossWords({ blocksAvailability }: ConnectionView, onStale: OnStale, until: string): string {
  if (!blocksAvailability) return `Bookings can't be written into it until ${until}.`;
  return onStale === "refuse"
    ? `Its last known times still count, and clients can't book you until ${until}.`
    : `Only its last known times count, so clients may book you over newer events until ${until}.`;
}

/**
 * The status of a connected calendar.
 * @param onStale the agent's policy for calendars that aren't fresh
 */
export function statusWords(connection: ConnectionView, now: Instant, onStale: OnStale): StatusWords {
  const { status, verifiedAt } = connection;
  const checked = verifiedAt === null ? "Not checked yet." : `Last checked ${ago(verifiedAt, now)}.`;
  if (status === "needs_reauth") {
    const means = lossWords(connection, onStale, "you connect it again");
    const long = `This account no longer lets us in. ${means} ${checked}`;
    return { tone: "bad", short: "Needs you", long };
  }
  if (!connection.isActive || !connection.syncEnabled) {
    return { tone: "off", short: "Switched off", long: `Changes in this calendar are not read. ${checked}` };
  }
  if (status === "calendar_gone") {
    const means = lossWords(connection, onStale, "you say what happened, or it is back");
    const long = `${connection.name} is no longer in your account. ${means} ${checked}`;
    return { tone: "bad", short: "Gone", long };
  }
  if (status === "failing" && connection.statusReason === "round_standstill") {
    const who = PROVIDER_WORDS[connection.provider];
    const long = `${who} sends the events of this calendar over and over and comes to no end. We read it in another way; you need not do anything. ${checked}`;
    return { tone: "warn", short: "Trying again", long };
  }
  const words = ACCOUNT_WORDS.get(connection.statusReason ?? "");
  if (status === "failing" && words !== undefined) {
    return { tone: "bad", short: "Needs you", long: `${words} We look again now and then. ${checked}` };
  }
  if (status === "failing") {
    const long = `The calendar can't be read at the moment. We keep trying; you need not do anything. ${checked}`;
    return { tone: "warn", short: "Trying again", long };
  }
  if (status === "syncing") {
    return { tone: "warn", short: "Reading", long: "Your events are being read for the first time." };
  }
  const pace =
    connection.push === "active" ? "Changes arrive within seconds." : "Changes are looked for regularly.";
  return { tone: "good", short: "Up to date", long: `${checked} ${pace}` };
}

/** Confirmations, by the word that a redirect puts into the address. */
export const DONE_WORDS = {
  connected: "Your calendar is connected. Reading your events has begun.",
  added: "The calendar is connected. Reading its events has begun.",
  changed: "Saved.",
  disconnected: "The calendar is disconnected, and what we knew of its events is forgotten.",
} as const;

export type Done = keyof typeof DONE_WORDS;

const ERROR_WORDS: Partial<Record<ErrorCode, string>> = {
  oauth_denied:
    "You did not agree to the connection, or your organisation does not allow it. Nothing was connected.",
  oauth_state_invalid: "The connection took too long or was begun in another browser. Please try once more.",
  oauth_scope_missing:
    "A permission is missing. Please connect again and grant all that is asked for, with every box ticked.",
  oauth_no_refresh_token: "The provider gave us only a short visit. Please connect again.",
  account_mismatch: "You chose another account than the one to be connected again. Please pick the same one.",
  account_needs_reauth: "This account no longer lets us in. Please connect it again.",
  provider_unavailable:
    "The calendar provider does not answer at the moment. Please try again in a few minutes.",
  provider_not_configured: "This calendar provider is not offered here.",
  calendar_not_readable:
    "This calendar is listed for you, but we may not read its events. Ask its owner to share them with you, or connect the account again and allow calendars that others share.",
  no_calendars:
    "This account has no calendar service. You, or whoever manages the account, must switch it on first.",
  calendar_read_only: "You may only read this calendar, so bookings can't be written into it.",
  connection_exists: "This calendar is connected already.",
};

/** The error of this code in words for the agent. */
export function errorWords(code: string): string {
  const known = Object.entries(ERROR_WORDS).find(([name]) => name === code);
  return known?.[1] ?? "Something did not work. Please try again.";
}
