// Standstill: when the pages of a round lead nowhere, from plain values.
import { expect, test } from "vitest";
import type { Page } from "../../src/providers/provider.ts";
import { afterPage, answersWith, NOTHING_SEEN, standsStill } from "../../src/sync/standstill.ts";

const DAY = 86_400_000;
const round = (answers = 0, days = 401) => ({ answers, kept: { startsAt: 0, endsAt: days * DAY } });

const page = (keys: readonly string[], more: Partial<Page> = {}): Page => ({
  mode: "snapshot",
  upserts: keys.map((key) => ({
    ...{
      key,
      seriesKey: null,
      startsAt: 0,
      endsAt: 1,
      allDay: false,
      status: "busy" as const,
      bookingId: null,
    },
  })),
  removedKeys: [],
  removedSeries: [],
  next: "next",
  last: false,
  timeZone: null,
  ...more,
});

/** A round brings these pages over and over. After how many does it stand still? Null: never. */
function stillAfter(pages: readonly Page[], most = 200): number | null {
  let seen = NOTHING_SEEN;
  for (let read = 0; read < most; read += 1) {
    const next = pages[read % pages.length] ?? page([]);
    if (standsStill(seen, next, round(read))) return read + 1;
    seen = afterPage(seen, next);
  }
  return null;
}

test("M52: a round that brings the same rows under ever new links stands still after sixteen pages of them", () => {
  expect(stillAfter([page(["a", "b"])])).toBe(17);
});

test("a round that goes in a circle, or brings known rows in another order, stands still as well", () => {
  expect(stillAfter([page(["a"]), page(["b"]), page(["c"])])).toBe(19);
  expect(stillAfter([page(["a", "b"]), page(["b", "a"])])).toBe(17);
});

test("G37: empty pages are read over, but not for ever", () => {
  expect(stillAfter([page([])])).toBe(16);
  expect(stillAfter([...Array.from({ length: 15 }, () => page([])), page([], { last: true })], 16)).toBe(
    null,
  );
});

test("a page that names anything new gets somewhere: a row, another time of it, a removal, a series", () => {
  const news = [
    page(["a"]),
    page([], { removedKeys: ["a"] }),
    page([], { removedSeries: ["a"] }),
    page([], { named: ["a"] }),
    page([], {
      unreadable: [
        { key: "a", version: "1", reason: "bad_row", extent: "unknown", startsAt: null, endsBy: null },
      ],
    }),
  ];
  const moved = page([], { upserts: page(["a"]).upserts.map((event) => ({ ...event, endsAt: 2 })) });
  let seen = NOTHING_SEEN;
  for (const each of [...news, moved]) {
    seen = afterPage(seen, each);
    expect(seen.idlePages).toBe(0);
  }
  expect(afterPage(seen, moved).idlePages).toBe(1);
});

test("more pages of one answer are no step on the way, so that a calendar of any size comes to its end", () => {
  const objects = 1_000_000;
  let seen = NOTHING_SEEN;
  let answers = 0;
  for (let first = 0; first < objects; first += 50) {
    const goesOn = first % 200_000 > 0;
    const next = page([`${first}`], { goesOn });
    expect(standsStill(seen, next, round(answers))).toBe(false);
    // As in a chain of jobs, each of which has seen nothing yet.
    seen = first % 1_000 === 0 ? NOTHING_SEEN : afterPage(seen, next);
    answers = answersWith(next, answers);
  }
  expect(answers).toBe(5);
  // What brings nothing new stands still, whichever answer it belongs to.
  expect(stillAfter([page(["a"], { goesOn: true })])).toBe(17);
});

test("a round of more answers than its window can need stands still, whatever they hold, and its last page counts", () => {
  const fresh = page(["new"]);
  expect(standsStill(NOTHING_SEEN, fresh, round(800))).toBe(false);
  expect(standsStill(NOTHING_SEEN, fresh, round(801))).toBe(true);
  expect(standsStill(NOTHING_SEEN, { ...fresh, last: true }, round(5_000))).toBe(false);
  // A short window may belong to a calendar with a long past.
  expect(standsStill(NOTHING_SEEN, fresh, round(498, 3))).toBe(false);
  expect(standsStill(NOTHING_SEEN, fresh, round(499, 3))).toBe(true);
});
