// The week page: seven days of an agent as a picture and as lists, why each time is taken, and how far bookings got.
import type { Week } from "../../bookings/week.ts";
import type { Instant } from "../../domain/instant.ts";
import { placeText } from "../../domain/zone-choices.ts";
import type { Frame } from "../frame.ts";
import { Page } from "../layout.tsx";
import { WEEK_PATH } from "../navigation.ts";
import { Obstacles } from "../obstacles.tsx";
import type { Words } from "../words/english.ts";
import { Bookings } from "./bookings.tsx";
import { DayList, nameOf } from "./day-list.tsx";
import { KINDS } from "./kinds.ts";
import { Picture, Swatch } from "./picture.tsx";
import { timesIn } from "./times.tsx";

/** The page's input. */
export interface WeekPageInput {
  readonly frame: Frame;
  readonly week: Week;
  /** How many days after today the first day is. */
  readonly ahead: number;
  /** How many days the page can be looked ahead. */
  readonly mostAhead: number;
  readonly now: Instant;
}

const Key = ({ words }: { words: Words }) => (
  <ul class="key">
    {KINDS.map((kind) => (
      <li>
        <Swatch kind={kind} /> {words.week.kinds[kind]}
      </li>
    ))}
  </ul>
);

/** Seven days earlier and later. */
const Ways = ({ words, ahead, mostAhead }: { words: Words; ahead: number; mostAhead: number }) => (
  <p class="actions">
    {ahead === 0 ? null : (
      <a class="button" href={`${WEEK_PATH}?ahead=${Math.max(0, ahead - 7)}`}>
        {words.week.earlier}
      </a>
    )}
    {ahead >= mostAhead ? null : (
      <a class="button" href={`${WEEK_PATH}?ahead=${Math.min(mostAhead, ahead + 7)}`}>
        {words.week.later}
      </a>
    )}
  </p>
);

/** The whole page. */
export const WeekPage = ({ frame, week, ahead, mostAhead, now }: WeekPageInput) => {
  const { words } = frame;
  const times = timesIn(week.timeZone, words.locale);
  return (
    <Page frame={frame} title={words.week.title}>
      <h1>{words.week.title}</h1>
      <p class="soft">{words.week.intro(placeText(week.timeZone, now))}</p>
      <Obstacles
        words={words}
        standing={week.standing}
        obstacles={week.obstacles}
        nameOf={({ connectionId }) => nameOf(words, week.calendars.get(connectionId))}
      />
      <Picture week={week} words={words} times={times} />
      <Key words={words} />
      <Ways words={words} ahead={ahead} mostAhead={mostAhead} />
      <h2>{words.week.bookings}</h2>
      <Bookings words={words} week={week} times={times} />
      <h2>{words.week.days}</h2>
      {week.days.map((day) => (
        <DayList words={words} week={week} times={times} day={day} />
      ))}
    </Page>
  );
};
