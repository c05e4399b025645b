// Paths: where the connect page's links and forms lead, and what its parts are called in addresses.
import { BASE_PATH } from "../../http/operation.ts";
import { segmentOf } from "../../http/provider-segment.ts";
import type { ProviderName } from "../../providers/provider.ts";
import { CONNECT_PATH } from "../navigation.ts";
import type { Words } from "../words/english.ts";

/** The switches of a calendar: reading it at all, and the two things that it can be for. */
export type Purpose = "read" | "blocksAvailability" | "receivesBookings";

/** The agent is named, so that a page that stood open while another agent signed in connects nothing for them. */
export function consentPath(agentId: string, provider: ProviderName, accountId: string | null): string {
  const query = new URLSearchParams({ agentId, returnTo: CONNECT_PATH });
  if (accountId !== null) query.set("accountId", accountId);
  return `${BASE_PATH}/${segmentOf(provider)}/auth?${query}`;
}

/** Where the forms of a calendar go. */
export const connectionPath = (id: string): string => `${CONNECT_PATH}/connections/${encodeURIComponent(id)}`;

/** The calendars of an account. */
export const accountPath = (id: string): string => `${CONNECT_PATH}/accounts/${encodeURIComponent(id)}`;

/** An agent's few calendars are told apart by the end of their ids, so that the page stays small. */
const shortOf = (connectionId: string): string => connectionId.slice(-10);

/** The id of a calendar's card, and of a control in it. */
export const cardId = (connectionId: string): string => `calendar-${shortOf(connectionId)}`;
export const controlId = (control: Purpose | "check", connectionId: string): string =>
  `${control}-${shortOf(connectionId)}`;

/**
 * The connect page, saying what was done.
 * @param at the id of the control that has the focus there, without any script
 */
export const doneAt = (done: keyof Words["done"], at?: string): string =>
  `${CONNECT_PATH}?done=${done}${at === undefined ? "" : `#${encodeURIComponent(at)}`}`;
