// Unreadable events on the agent's page: what is known of them, and the button that counts them as free.
import type { UnreadableView } from "../availability/unreadable.ts";
import type { Instant } from "../domain/instant.ts";

/** A page lists no more events of a calendar than this; the others follow once these are counted as free. */
const MOST_SHOWN = 20;

const REASON_WORDS: Readonly<Record<string, string>> = {
  not_icalendar: "it is no calendar data",
  bad_time: "its start can't be read",
  bad_end: "its end can't be read",
  bad_override: "a change of one of its dates can't be read",
  bad_rule: "how it repeats can't be read",
  bad_date: "one of its dates can't be read",
  bad_zone: "its time zone is unknown",
  too_many_occurrences: "it repeats too often",
  object_refused: "the calendar server doesn't hand it out",
  series_missing: "the calendar lists it, but doesn't find it",
};

const whenOf = (startsAt: Instant | null, timeZone: string): string =>
  startsAt === null
    ? "At an unknown time"
    : `From ${new Intl.DateTimeFormat("en-GB", { timeZone, dateStyle: "medium", timeStyle: "short" }).format(startsAt)}`;

const events = (count: number): string => `${count} ${count === 1 ? "event" : "events"}`;

/** What unreadable events mean for the agent. */
export function unreadableWords(
  name: string,
  objects: readonly Pick<UnreadableView, "extent">[],
  onStale: "refuse" | "allow",
): string {
  const unknown = objects.filter(({ extent }) => extent === "unknown").length;
  if (unknown === 0) {
    return `${events(objects.length)} in ${name} can be read only in part. We block at least the time that they take:`;
  }
  return onStale === "refuse"
    ? `${events(unknown)} in ${name} can't be read, so clients can't book you at times nobody can know:`
    : `${events(unknown)} in ${name} can't be read, so clients may book you while they take place:`;
}

/** The unreadable events of one calendar. Events are named by their times, because we keep no titles. */
export const Unreadable = (input: {
  readonly name: string;
  readonly objects: readonly UnreadableView[];
  readonly action: string;
  readonly timeZone: string;
  readonly onStale: "refuse" | "allow";
}) => {
  const { name, objects, action, timeZone, onStale } = input;
  if (objects.length === 0) return null;
  const shown = objects.slice(0, MOST_SHOWN);
  const seen = JSON.stringify(shown.map(({ key, version }) => ({ key, version })));
  return (
    <div class="notice bad">
      <p>{unreadableWords(name, objects, onStale)}</p>
      <ul>
        {shown.map(({ startsAt, reason }) => (
          <li>
            {whenOf(startsAt, timeZone)}: {REASON_WORDS[reason] ?? "it can't be read"}
          </li>
        ))}
      </ul>
      {objects.length > shown.length ? <p>And {objects.length - shown.length} more.</p> : null}
      <p class="small">
        Open them in your calendar and save them anew, or delete them. If you don't need the time that can't
        be read, count it as free.
      </p>
      <form method="post" action={action}>
        <input type="hidden" name="objects" value={seen} />
        <button type="submit">Count these as free</button>
      </form>
    </div>
  );
};
