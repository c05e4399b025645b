// The picture of a week: where on its day's bar each stretch lies.
import { describe, expect, test } from "vitest";
import { HOUR_MS } from "../../src/domain/instant.ts";
import { dayAround } from "../../src/domain/zone.ts";
import {
  extentOn,
  hourMarks,
  lengthOf,
  pathOf,
  placeOn,
  rectangleOf,
} from "../../src/pages/week/geometry.ts";

const BERLIN = "Europe/Berlin";
const dayOf = (date: string) => dayAround(Date.parse(`${date}T12:00:00Z`), BERLIN);
const ORDINARY = dayOf("2026-03-02");
const SHORT = dayOf("2026-03-29");
const LONG = dayOf("2026-10-25");

const at = (day: { startsAt: number }, fromHour: number, toHour: number) => ({
  startsAt: day.startsAt + fromHour * HOUR_MS,
  endsAt: day.startsAt + toHour * HOUR_MS,
});

describe("A stretch lies", () => {
  test("where the clock says, and a day of any length fills its bar", () => {
    expect(extentOn(ORDINARY, at(ORDINARY, 6, 12))).toEqual({ x: 360, width: 360 });
    for (const [day, minutes] of [
      [ORDINARY, 1_440],
      [SHORT, 1_380],
      [LONG, 1_500],
    ] as const) {
      expect(lengthOf(day)).toBe(minutes);
      expect(extentOn(day, day)).toEqual({ x: 0, width: minutes });
    }
    expect(extentOn(LONG, at(LONG, 12.5, 25))).toEqual({ x: 750, width: 750 });
  });

  test("inside the bar and wide enough to be seen, however short it is", () => {
    const last = { startsAt: ORDINARY.endsAt - 1_000, endsAt: ORDINARY.endsAt };
    const { x, width } = extentOn(ORDINARY, last);
    expect(width).toBeGreaterThan(4);
    expect(x + width).toBeLessThanOrEqual(1_440);
  });

  test("on the height of its lane, as a part of one path", () => {
    const placed = placeOn(ORDINARY, [at(ORDINARY, 1, 3), at(ORDINARY, 2, 4)]);
    const rectangles = placed.map((one) => rectangleOf(one, 30));
    expect(rectangles).toEqual([
      { x: 60, width: 120, y: 0, height: 15 },
      { x: 120, width: 120, y: 15, height: 15 },
    ]);
    expect(pathOf(rectangles)).toBe("M60 0h120v15h-120zM120 15h120v15h-120z");
  });
});

describe("Stretches of a day", () => {
  const lanesOf = (hours: readonly (readonly [number, number])[]) =>
    placeOn(
      ORDINARY,
      hours.map(([from, to]) => at(ORDINARY, from, to)),
    ).map(({ lane, lanes }) => [lane, lanes]);

  test("have the whole height where they are alone, also where they touch", () => {
    expect(
      lanesOf([
        [1, 2],
        [2, 3],
        [5, 6],
      ]),
    ).toEqual([
      [0, 1],
      [0, 1],
      [0, 1],
    ]);
  });

  test("share it where they overlap, directly or by others between them", () => {
    expect(
      lanesOf([
        [1, 4],
        [2, 6],
        [4, 5],
        [8, 9],
      ]),
    ).toEqual([
      [0, 2],
      [1, 2],
      [0, 2],
      [0, 1],
    ]);
    expect(
      lanesOf([
        [1, 4],
        [1, 4],
        [1, 4],
      ]),
    ).toEqual([
      [0, 3],
      [1, 3],
      [2, 3],
    ]);
  });

  test("never hide each other", () => {
    const items = Array.from({ length: 60 }, (_, index) => {
      const from = (index * 7) % 23;
      return at(ORDINARY, from, Math.min(24, from + 1 + (index % 5)));
    }).sort((a, b) => a.startsAt - b.startsAt);
    const placed = placeOn(ORDINARY, items);
    expect(placed.map(({ item }) => item)).toEqual(items);
    for (const [index, one] of placed.entries()) {
      expect(one.lane).toBeLessThan(one.lanes);
      for (const other of placed.slice(index + 1)) {
        const apart = one.item.endsAt <= other.item.startsAt || other.item.endsAt <= one.item.startsAt;
        expect(apart || one.lane !== other.lane).toBe(true);
      }
    }
  });
});

describe("The hours below a bar", () => {
  test("stand where the wall clock shows them", () => {
    expect(hourMarks(ORDINARY, BERLIN, 6)).toEqual([
      { hour: 0, percent: 0 },
      { hour: 6, percent: 25 },
      { hour: 12, percent: 50 },
      { hour: 18, percent: 75 },
    ]);
    // Two o'clock doesn't come: three is two hours after midnight.
    expect(hourMarks(SHORT, BERLIN, 1).map(({ hour }) => hour)).not.toContain(2);
    expect(hourMarks(SHORT, BERLIN, 3)[1]).toEqual({ hour: 3, percent: 8.7 });
    // Two o'clock comes twice, and three is four hours after midnight.
    expect(hourMarks(LONG, BERLIN, 2).filter(({ hour }) => hour === 2)).toHaveLength(2);
    expect(hourMarks(LONG, BERLIN, 3)[1]).toEqual({ hour: 3, percent: 16 });
  });
});
