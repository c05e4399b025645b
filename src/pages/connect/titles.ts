// Titles: what a calendar is called on the page, so that no two of them are called the same.
import type { CalendarOverview } from "../../availability/calendar-overview.ts";

/** A calendar's name with its account's address, unless it is named by that address. */
function titleOf({ connection: { name }, address }: CalendarOverview): string {
  return address === null || name.toLowerCase() === address.toLowerCase() ? name : `${name} (${address})`;
}

/** The titles by connection. Calendars of one name in one account are numbered. */
export function titlesOf(calendars: readonly CalendarOverview[]): ReadonlyMap<string, string> {
  const used = new Map<string, number>();
  return new Map(
    calendars.map((calendar) => {
      const title = titleOf(calendar);
      const count = (used.get(title) ?? 0) + 1;
      used.set(title, count);
      return [calendar.connection.id, count === 1 ? title : `${title} ${count}`];
    }),
  );
}
