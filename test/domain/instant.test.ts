// Instants: which RFC 3339 texts are read, and the way back to text.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatInstant, parseInstant } from "../../src/domain/instant.ts";

describe("parseInstant", () => {
  it("reads offsets, fractions and lower case", () => {
    const at = Date.UTC(2026, 2, 1, 10);
    for (const text of [
      "2026-03-01T10:00:00Z",
      "2026-03-01t10:00:00z",
      "2026-03-01T11:00:00+01:00",
      "2026-03-01T04:30:00.000-05:30",
    ]) {
      expect(parseInstant(text), text).toBe(at);
    }
  });

  it("refuses text that has no offset, names no real time or isn't RFC 3339", () => {
    for (const text of [
      "",
      "2026-03-01",
      "2026-03-01T10:00",
      "2026-03-01T10:00:00",
      "2026-02-29T10:00:00Z",
      "2026-13-01T10:00:00Z",
      "2026-03-01T24:00:00Z",
      "2026-03-01T10:00:60Z",
      "2026-03-01T10:00:00+0100",
      "2026-03-01T10:00:00+99:00",
      "1772359200000",
    ]) {
      expect(() => parseInstant(text), text).toThrow(expect.objectContaining({ code: "invalid_time" }));
    }
  });

  it("reads back what formatInstant writes", () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1970, 0), max: Date.UTC(2200, 0) }), (at) => {
        expect(parseInstant(formatInstant(at))).toBe(at);
      }),
    );
  });
});
