// Moved calendar: decides whether a calendar that is gone from its account's list stands there under another id. Pure.

/** What recognises a calendar under another id, as of the last list that showed it. */
export interface Recognition {
  /** The provider's text for it, which is the same under every id. */
  readonly by: string;
  /** The ids of all calendars in that list. Another of them is another calendar, whatever it is called later. */
  readonly among: readonly string[];
}

/** A calendar as its account lists it. */
interface Listed {
  readonly calendarId: string;
  readonly recognisedBy?: string;
}

/** A connected calendar of the same account. */
interface Connected {
  readonly calendarId: string;
  readonly recognition: Recognition | null;
}

/** What recognises a listed calendar later on; null: nothing does. */
export function recognitionOf({ recognisedBy }: Listed, list: readonly Listed[]): Recognition | null {
  if (recognisedBy === undefined) return null;
  return { by: recognisedBy, among: list.map(({ calendarId }) => calendarId).sort() };
}

/**
 * The listed calendar that a lost one has become; null where that isn't certain. It is certain if the list shows one
 * calendar alone with what the lost one is recognised by, that calendar wasn't listed beside the lost one, and no
 * other lost calendar is recognised by the same.
 */
export function movedTo<T extends Listed>(
  lost: Connected,
  connected: readonly Connected[],
  list: readonly T[],
): T | null {
  const { recognition } = lost;
  if (recognition === null) return null;
  const alike = list.filter(({ recognisedBy }) => recognisedBy === recognition.by);
  const [found] = alike;
  const listed = new Set(list.map(({ calendarId }) => calendarId));
  const rivals = connected.filter(
    (other) => !listed.has(other.calendarId) && other.recognition?.by === recognition.by,
  );
  const certain = alike.length === 1 && rivals.every(({ calendarId }) => calendarId === lost.calendarId);
  return found !== undefined && certain && !recognition.among.includes(found.calendarId) ? found : null;
}
