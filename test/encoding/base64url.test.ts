// Base64url: text survives the way there and back, and other input is refused.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromBase64url, toBase64url } from "../../src/encoding/base64url.ts";

const text = fc.string({ unit: "grapheme" });

describe("text in base64url", () => {
  test("is written as Node writes it, and read again", () => {
    fc.assert(
      fc.property(text, (given) => {
        const encoded = toBase64url(given);
        expect(encoded).toBe(Buffer.from(given).toString("base64url"));
        expect(fromBase64url(encoded)).toBe(given);
      }),
    );
  });

  test("is also read in the other alphabet, with padding", () => {
    fc.assert(
      fc.property(text, (given) => {
        expect(fromBase64url(Buffer.from(given).toString("base64"))).toBe(given);
      }),
    );
  });

  test.each(["a", "aaaaa", "%%%", "YQ==YQ", "ü", "_w"])("is not found in %s", (encoded) => {
    expect(fromBase64url(encoded)).toBeNull();
  });
});
