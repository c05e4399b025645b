// The clocks of workerd: the runtime brings its own rules of time zones, and an old one is an hour wrong.
import { expect, it } from "vitest";

const offsetOf = (timeZone: string, at: string) =>
  new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset" })
    .formatToParts(Date.parse(at))
    .find(({ type }) => type === "timeZoneName")?.value;

it.each([
  ["America/Vancouver", "GMT-07:00"],
  ["America/Edmonton", "GMT-06:00"],
  ["America/Winnipeg", "GMT-05:00"],
  ["Africa/Casablanca", "GMT+00:00"],
])("%s is at %s in the winter of 2026", (timeZone, offset) => {
  expect(offsetOf(timeZone, "2027-01-15T12:00:00Z")).toBe(offset);
});
