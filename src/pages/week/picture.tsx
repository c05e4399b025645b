// The picture of a week: one bar a day, drawn on the server. It says nothing that the lists below it don't say.
import { raw } from "hono/html";
import type { Week, WeekDay } from "../../bookings/week.ts";
import type { Interval } from "../../domain/interval.ts";
import type { Words } from "../words/english.ts";
import { extentOn, hourMarks, lengthOf, pathOf, placeOn, type Rectangle, rectangleOf } from "./geometry.ts";
import { KIND_OF, KINDS, type Kind } from "./kinds.ts";
import type { TimeWords } from "./times.tsx";

/** In pixels: a day from its name to its hours, its name's baseline, its bar, and its hours' baseline. */
const DAY = { height: 74, name: 14, bar: 20, barHeight: 30, hours: 63 } as const;
const MARK_HOURS = 3;

/** What colours the height of the bar, below what blocks. */
const GROUND: ReadonlySet<Kind> = new Set(["closed", "rule"]);

/** What is painted on a day's bar, by kind. */
function paintedOn(day: WeekDay): Map<Kind, Rectangle[]> {
  const painted = new Map<Kind, Rectangle[]>(KINDS.map((kind) => [kind, []]));
  const kindOf = ({ reason }: WeekDay["taken"][number]) => KIND_OF[reason];
  const whole = (part: Interval): Rectangle => ({ ...extentOn(day, part), y: 0, height: DAY.barHeight });
  for (const part of day.free) painted.get("free")?.push(whole(part));
  const [ground, blocking] = [true, false].map((isGround) =>
    day.taken.filter((stretch) => GROUND.has(kindOf(stretch)) === isGround),
  );
  for (const stretch of ground ?? []) painted.get(kindOf(stretch))?.push(whole(stretch));
  for (const placed of placeOn(day, blocking ?? [])) {
    painted.get(kindOf(placed.item))?.push(rectangleOf(placed, DAY.barHeight));
  }
  return painted;
}

/** From the ground up. */
const PAINT_ORDER: readonly Kind[] = ["closed", "free", "rule", "buffer", "busy", "maybe", "hold", "booking"];

/** Which mark's words stand where: those at the edges stay inside of the picture. */
const anchorOf = (percent: number): string => (percent < 4 ? "start" : percent > 96 ? "end" : "middle");

const DayBar = (props: { day: WeekDay; index: number; timeZone: string; times: TimeWords }) => {
  const { day, index, timeZone, times } = props;
  const top = index * DAY.height;
  const painted = paintedOn(day);
  return (
    <>
      <text y={top + DAY.name} class="day">
        {times.shortDate(day.startsAt)}
      </text>
      <svg
        aria-hidden="true"
        y={top + DAY.bar}
        width="100%"
        height={DAY.barHeight}
        viewBox={`0 0 ${lengthOf(day)} ${DAY.barHeight}`}
        preserveAspectRatio="none"
      >
        {PAINT_ORDER.map((kind) => {
          const rectangles = painted.get(kind) ?? [];
          return rectangles.length === 0 ? null : <path class={`k-${kind}`} d={pathOf(rectangles)} />;
        })}
        <rect class="frame" width="100%" height="100%" />
      </svg>
      {hourMarks(day, timeZone, MARK_HOURS).map(({ hour, percent }) => (
        <text x={`${percent}%`} y={top + DAY.hours} text-anchor={anchorOf(percent)}>
          {String(hour).padStart(2, "0")}
        </text>
      ))}
    </>
  );
};

/** Stripes across or along, so that nobody must tell kinds apart by their colours. A bar is stretched sideways only. */
const PATTERNS = raw(
  '<defs><pattern id="p-maybe" width="24" height="30" patternUnits="userSpaceOnUse"><path d="M0 0h12v30H0z"/></pattern>' +
    '<pattern id="p-rule" width="12" height="30" patternUnits="userSpaceOnUse"><path d="M0 0h5v30H0z"/></pattern>' +
    '<pattern id="p-closed" width="9" height="6" patternUnits="userSpaceOnUse"><path d="M0 0h9v2H0z"/></pattern></defs>',
);

/** The bars of all days. */
export const Picture = ({ week, words, times }: { week: Week; words: Words; times: TimeWords }) => (
  <svg
    class="week"
    width="100%"
    height={week.days.length * DAY.height}
    role="img"
    aria-labelledby="week-title week-desc"
    direction="ltr"
  >
    <title id="week-title">{words.week.picture}</title>
    <desc id="week-desc">{words.week.pictureMeans}</desc>
    {PATTERNS}
    {week.days.map((day, index) => (
      <DayBar day={day} index={index} timeZone={week.timeZone} times={times} />
    ))}
  </svg>
);

/** One kind as the picture paints it. */
export const Swatch = ({ kind }: { kind: Kind }) => (
  <svg
    class="week swatch"
    width="24"
    height="14"
    viewBox="0 0 60 14"
    preserveAspectRatio="none"
    aria-hidden="true"
  >
    <path class={`k-${kind}`} d="M0 0h60v14H0z" />
    <rect class="frame" width="100%" height="100%" />
  </svg>
);
