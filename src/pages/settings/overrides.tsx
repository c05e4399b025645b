// Overrides: the list of days that differ, with a button to remove each.
import type { Override } from "../../domain/settings.ts";
import { Owner } from "../owner.tsx";
import type { Words } from "../words/english.ts";
import type { DaysPageInput } from "./days-input.ts";
import { DAYS_PATH } from "./paths.ts";
import { clockText, dayText } from "./texts.ts";

/** Overrides on one page. */
const MOST = 20;

const spanText = (words: Words, { firstDay, lastDay }: Override): string =>
  firstDay === lastDay
    ? dayText(words, firstDay)
    : words.settings.days.span(dayText(words, firstDay), dayText(words, lastDay));

const hoursText = ({ settings: { days } }: Words, { hours }: Override): string =>
  hours.length === 0
    ? days.closed
    : hours
        .map(({ startMinute, endMinute }) => `${clockText(startMinute)}–${clockText(endMinute)}`)
        .join(", ");

/** Those that aren't over yet, a part of them at a time. */
export const Overrides = ({ input }: { input: DaysPageInput }) => {
  const { settings, today, part, frame } = input;
  const { words } = frame;
  const { days } = words.settings;
  const all = settings.overrides.map((override, index) => ({ override, index }));
  const coming = all.filter(({ override }) => override.lastDay >= today);
  const rest = coming.sort((a, b) => a.override.firstDay - b.override.firstDay).slice(MOST * (part - 1));
  return (
    <>
      {coming.length === 0 ? <p>{days.none}</p> : null}
      <ul class="list">
        {rest.slice(0, MOST).map(({ override, index }) => (
          <li class="row">
            <p>
              <strong>{spanText(words, override)}</strong>: {hoursText(words, override)}
            </p>
            <form method="post" action={DAYS_PATH}>
              <Owner frame={frame} />
              <input type="hidden" name="revision" value={String(settings.revision)} />
              <button
                type="submit"
                name="remove"
                value={String(index)}
                aria-label={days.removeNamed(spanText(words, override))}
              >
                {days.remove}
              </button>
            </form>
          </li>
        ))}
      </ul>
      <p class="actions">
        {part === 1 ? null : <a href={`${DAYS_PATH}?part=${part - 1}`}>{days.earlier}</a>}
        {rest.length > MOST ? (
          <a href={`${DAYS_PATH}?part=${part + 1}`}>{days.more(rest.length - MOST)}</a>
        ) : null}
      </p>
    </>
  );
};
