// Events of a calendar resource: its busy time within a window, and the form in which its series is stored.
import { type Expansion, expand, type Place } from "./expand.ts";
import { Resource } from "./model.ts";
import { parseResource } from "./parse.ts";
import { UnreadableCalendar } from "./unreadable.ts";

/** For which calendar, window and owner a resource is read. */
export interface ReadingContext extends Place {
  /** The owner's calendar user addresses: emails, `mailto:`, paths. Their answer to an invitation counts. */
  readonly ownAddresses: readonly string[];
}

/**
 * The busy time of a resource. `text` comes from a server or from `reduce`. Occurrences that are free, declined,
 * cancelled or outside the window have no event.
 * Parts that can't be read are named in `unreadable`; the rest counts.
 * @throws UnreadableCalendar when nothing of its busy time can be known; its rows must stay as they are (C19)
 */
export function eventsOf(text: string, { ownAddresses, ...place }: ReadingContext): Expansion {
  return expand(text.startsWith("{") ? readReduced(text) : parseResource(text, ownAddresses), place);
}

/**
 * The stored form of a resource, from which `eventsOf` gives the same events in any later window. JSON without any
 * text that a person wrote: no title, place, note, name or address (P8).
 * @throws UnreadableCalendar as `eventsOf`
 */
export function reduce(text: string, ownAddresses: readonly string[]): string {
  return JSON.stringify(parseResource(text, ownAddresses), (_, value: unknown) =>
    isEmpty(value) ? undefined : value,
  );
}

/** A value that the schema puts back. No list holds one, so leaving it out moves nothing. */
const isEmpty = (value: unknown): boolean =>
  value === null || value === false || (Array.isArray(value) && value.length === 0);

function readReduced(text: string): Resource {
  try {
    return Resource.parse(JSON.parse(text));
  } catch {
    throw new UnreadableCalendar("bad_reduced_form");
  }
}
