// Clean text: what a provider sends becomes text that a database takes.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cleanText, parseCleanJson } from "../../src/encoding/clean-text.ts";

/** Texts of any characters, halves of surrogate pairs and controls among them. */
const anyText = fc.string({
  unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
});

describe("Clean text", () => {
  test.each([
    ["a name with NUL", "Ho\u0000me", "Home"],
    ["half a character at the end", "Home \ud83d", "Home \ufffd"],
    ["a control character of Latin-1", "Ho\u0085me\u007f", "Home"],
    ["whole characters beyond the first plane", "Home 🏠", "Home 🏠"],
    ["a form feed and a backspace", "Ho\fme\b", "Home"],
    ["lines and tabs", "one\ttwo\r\nthree", "one\ttwo\r\nthree"],
  ])("of %s", (_, text, clean) => {
    expect(cleanText(text)).toBe(clean);
  });

  test("is the same for a text and for its JSON, whatever the text", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const clean = cleanText(text);
        expect(clean.isWellFormed()).toBe(true);
        expect(parseCleanJson(JSON.stringify({ deep: [text] }))).toEqual({ deep: [clean] });
        const escaped = [...JSON.stringify(text)].map((one) => one.replace(/[^ -~]/u, escapeOf)).join("");
        expect(parseCleanJson(escaped)).toBe(clean);
      }),
    );
  });

  test("of what isn't JSON is nothing", () => {
    expect(parseCleanJson("{")).toBeUndefined();
    expect(parseCleanJson('"\\ud83d')).toBeUndefined();
  });
});

const escapeOf = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).toUpperCase().padStart(4, "0")}`,
  ).join("");
