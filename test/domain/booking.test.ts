// Bookings: when the contents of two bookings are equal.
import { describe, expect, it } from "vitest";
import { type BookingDetails, sameContent } from "../../src/domain/booking.ts";

const details: BookingDetails = {
  title: "Call",
  description: null,
  location: null,
  clientName: "Ada",
  clientEmail: null,
  startsAt: 1_000,
  endsAt: 2_000,
  timeZone: "UTC",
};

describe("sameContent", () => {
  it("is true for equal details, whatever other fields there are", () => {
    expect(sameContent(details, { ...details })).toBe(true);
    expect(sameContent(details, Object.assign({ revision: 7 }, details))).toBe(true);
  });

  it.each(Object.keys(details))("is false when %s differs", (field) => {
    const changed = field.endsWith("At") ? 1_500 : "other";
    expect(sameContent(details, { ...details, [field]: changed })).toBe(false);
  });
});
