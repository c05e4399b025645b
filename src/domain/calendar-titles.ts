// Calendar titles: what calendars are called for their agent, so that no two of them are called the same.

/** A calendar by its own name and its account's address; null: the provider tells none. */
export interface Titled {
  readonly id: string;
  readonly name: string;
  readonly address: string | null;
}

/** A calendar's name with its account's address, unless it is named by that address. */
function titleOf({ name, address }: Titled): string {
  return address === null || name.toLowerCase() === address.toLowerCase() ? name : `${name} (${address})`;
}

/** The titles by connection. Calendars of one name in one account are numbered in the order given: oldest first. */
export function titlesOf(calendars: readonly Titled[]): ReadonlyMap<string, string> {
  const used = new Map<string, number>();
  return new Map(
    calendars.map((calendar) => {
      const title = titleOf(calendar);
      const count = (used.get(title) ?? 0) + 1;
      used.set(title, count);
      return [calendar.id, count === 1 ? title : `${title} ${count}`];
    }),
  );
}
