// Reading a calendar resource: its busy time within a window, and what to keep of it until the window moves.
import { type Expansion, expand, type Place } from "./expand.ts";
import { Resource } from "./model.ts";
import { parseResource } from "./parse.ts";
import { UnreadableCalendar } from "./unreadable.ts";

/** What a resource is read for. */
export interface ReadingContext extends Place {
  /** The owner's calendar user addresses, whose answer to an invitation counts: emails, `mailto:`, paths. */
  readonly ownAddresses: readonly string[];
}

/**
 * The busy time of a resource, given as a server sent it or as `reduce` left it. Free, declined and cancelled
 * occurrences have no event, nor have those outside the window.
 * @throws UnreadableCalendar when its busy time can't be known: keep the rows there are (C19)
 */
export function eventsOf(text: string, { ownAddresses, ...place }: ReadingContext): Expansion {
  return expand(text.startsWith("{") ? readReduced(text) : parseResource(text, ownAddresses), place);
}

/**
 * What must be kept of a resource to expand it again in a later window: the same events come of it. JSON without
 * any text that a person wrote: no title, place, note, name or address (P8).
 * @throws UnreadableCalendar as `eventsOf`
 */
export function reduce(text: string, ownAddresses: readonly string[]): string {
  return JSON.stringify(parseResource(text, ownAddresses), (_, value: unknown) =>
    isEmpty(value) ? undefined : value,
  );
}

/** What the schema puts back. No list holds such values, so leaving them out moves nothing. */
const isEmpty = (value: unknown): boolean =>
  value === null || value === false || (Array.isArray(value) && value.length === 0);

function readReduced(text: string): Resource {
  try {
    return Resource.parse(JSON.parse(text));
  } catch {
    throw new UnreadableCalendar("bad_reduced_form");
  }
}
