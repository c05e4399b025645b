// Window: whole days in UTC around today, and the strip that enters at its end.
import { describe, expect, test } from "vitest";
import { enteredStrip, windowAt } from "../../src/domain/window.ts";

const at = (text: string) => Date.parse(text);
const SPAN = { pastDays: 7, futureDays: 90 };

describe("the window", () => {
  test.each(["2026-03-02T00:00:00Z", "2026-03-02T11:30:00Z", "2026-03-02T23:59:59.999Z"])(
    "holds today, the days before it and the days after it, whole, at %s",
    (now) => {
      expect(windowAt(at(now), SPAN)).toEqual({
        ...{ startsAt: at("2026-02-23T00:00:00Z"), endsAt: at("2026-06-01T00:00:00Z") },
      });
    },
  );
});

describe("the strip that enters", () => {
  const old = { startsAt: 0, endsAt: 10 };

  test("reaches from the old end to the new one", () => {
    expect(enteredStrip(old, { startsAt: 5, endsAt: 12 })).toEqual({ startsAt: 10, endsAt: 12 });
  });

  test.each([10, 9])("is nothing where the window ends no later than before (%i)", (endsAt) => {
    expect(enteredStrip(old, { startsAt: 5, endsAt })).toBeNull();
  });
});
