// Bookings: when the contents of two bookings are equal, and when a delivery is given up.
import { describe, expect, it } from "vitest";
import { type BookingContent, givesUp, sameContent } from "../../src/domain/booking.ts";

const details: BookingContent = {
  title: "Call",
  description: null,
  location: null,
  clientName: "Ada",
  clientEmail: null,
  startsAt: 1_000,
  endsAt: 2_000,
  timeZone: "UTC",
  bufferBeforeMs: 0,
  bufferAfterMs: 0,
};

describe("sameContent", () => {
  it("is true for equal details, whatever other fields there are", () => {
    expect(sameContent(details, { ...details })).toBe(true);
    expect(sameContent(details, Object.assign({ revision: 7 }, details))).toBe(true);
  });

  it.each(Object.keys(details))("is false when %s differs", (field) => {
    const changed = /At$|Ms$/.test(field) ? 1_500 : "other";
    expect(sameContent(details, { ...details, [field]: changed })).toBe(false);
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
