// Unreadable events on the agent's page: what is known of them, and the button that counts them as free.
import type { UnreadableView } from "../../availability/unreadable.ts";
import { formatInstant, type Instant } from "../../domain/instant.ts";
import { wordsUnder } from "../error-words.ts";
import type { Words } from "../words/english.ts";

const When = ({ at, words, timeZone }: { at: Instant | null; words: Words; timeZone: string }) => {
  if (at === null) return <>{words.unreadable.unknownTime}</>;
  const format = new Intl.DateTimeFormat(words.locale, { timeZone, dateStyle: "medium", timeStyle: "short" });
  return <>{words.unreadable.from(<time datetime={formatInstant(at)}>{format.format(at)}</time>)}</>;
};

/** What unreadable events mean for the agent. */
export function unreadableWords(
  { unreadable }: Words,
  name: string,
  objects: readonly Pick<UnreadableView, "extent">[],
  onStale: "refuse" | "allow",
): string {
  const unknown = objects.filter(({ extent }) => extent === "unknown").length;
  if (unknown === 0) return unreadable.inPart(objects.length, name);
  return onStale === "refuse" ? unreadable.unbookable(unknown, name) : unreadable.overbookable(unknown, name);
}

/** The unreadable events of one calendar. Events are named by their times, because we keep no titles. */
export const Unreadable = (input: {
  readonly words: Words;
  readonly name: string;
  /** What no other calendar is called. */
  readonly title: string;
  readonly objects: readonly UnreadableView[];
  /** How many are listed; the others follow once these are counted as free. */
  readonly most: number;
  /** Whether it says what to do. */
  readonly isAdvised: boolean;
  readonly action: string;
  readonly timeZone: string;
  readonly onStale: "refuse" | "allow";
}) => {
  const { words, name, title, objects, most, isAdvised, action, timeZone, onStale } = input;
  if (objects.length === 0) return null;
  const { unreadable } = words;
  const shown = objects.slice(0, most);
  const seen = JSON.stringify(shown.map(({ key, version }) => ({ key, version })));
  return (
    <div class="notice bad">
      <p>{unreadableWords(words, name, objects, onStale)}</p>
      <ul>
        {shown.map(({ startsAt, reason }) => (
          <li>
            <When at={startsAt} words={words} timeZone={timeZone} />:{" "}
            {wordsUnder(unreadable.reasons, reason) ?? unreadable.otherReason}
          </li>
        ))}
      </ul>
      {objects.length > shown.length ? <p>{unreadable.more(objects.length - shown.length)}</p> : null}
      {isAdvised ? <p class="small">{unreadable.advice}</p> : null}
      <form method="post" action={action}>
        <input type="hidden" name="objects" value={seen} />
        <button type="submit" aria-label={`${unreadable.countAsFree}: ${title}`}>
          {unreadable.countAsFree}
        </button>
      </form>
    </div>
  );
};
