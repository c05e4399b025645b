// Bookings: when the texts of two bookings are equal, and when a delivery is given up.
import { describe, expect, it } from "vitest";
import { type BookingTexts, givesUp, sameTexts, textsOf } from "../../src/domain/booking.ts";

const texts: BookingTexts = {
  title: "Call",
  description: null,
  location: null,
  clientName: "Ada",
  clientEmail: null,
};

describe("the texts of two bookings", () => {
  it("are the same where all of them are, whatever other fields there are", () => {
    expect(sameTexts(texts, { ...texts })).toBe(true);
    expect(sameTexts(texts, Object.assign({ revision: 7 }, texts))).toBe(true);
  });

  it.each(Object.keys(texts))("aren't the same where %s differs", (field) => {
    expect(sameTexts(texts, { ...texts, [field]: "other" })).toBe(false);
  });

  it("are taken out of a request without anything else", () => {
    expect(textsOf(Object.assign({ revision: 7 }, texts))).toEqual(texts);
  });
});

describe("a delivery is given up", () => {
  it.each(["read-only", "ignore"] as const)("at once where its failure is %s", (kind) => {
    expect(givesUp(kind, 1)).toBe(true);
  });

  it.each(["bug", "gone"] as const)("after five attempts where its failure is %s", (kind) => {
    expect(givesUp(kind, 4)).toBe(false);
    expect(givesUp(kind, 5)).toBe(true);
    expect(givesUp(kind, 6)).toBe(true);
  });

  it.each(["retry", "wait", "pause", "reauth", "operator", "reread", "adopt"] as const)(
    "never where its failure is %s",
    (kind) => {
      expect(givesUp(kind, 1_000)).toBe(false);
    },
  );
});
