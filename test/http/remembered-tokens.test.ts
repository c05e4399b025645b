// Remembered tokens: a verified token is known for a while, and never beyond its end.
import { expect, test } from "vitest";
import { rememberTokens } from "../../src/http/remembered-tokens.ts";

const NOW = Date.parse("2026-03-02T08:00:00Z");
const MINUTE = 60_000;
const until = (expiresAt: number) => ({ name: "caller", expiresAt });

test("a token is remembered for minutes, and then verified again", () => {
  const tokens = rememberTokens();
  tokens.remember("t", until(NOW + 60 * MINUTE), NOW);
  expect(tokens.find("t", NOW + MINUTE)).toEqual(until(NOW + 60 * MINUTE));
  expect(tokens.find("other", NOW)).toBeNull();
  expect(tokens.find("t", NOW + 5 * MINUTE)).toBeNull();
  expect(tokens.find("t", NOW + MINUTE)).toBeNull();
});

test("a token is never remembered beyond its end, and not before the clock was set back", () => {
  const tokens = rememberTokens();
  tokens.remember("t", until(NOW + 1_000), NOW);
  expect(tokens.find("t", NOW + 999)).not.toBeNull();
  expect(tokens.find("t", NOW + 1_000)).toBeNull();
  tokens.remember("t", until(NOW + MINUTE), NOW);
  expect(tokens.find("t", NOW - 1)).toBeNull();
});

test("however many callers there are, only some hundred tokens are remembered: the latest", () => {
  const tokens = rememberTokens();
  for (let caller = 0; caller < 5_000; caller += 1) tokens.remember(`t${caller}`, until(NOW + MINUTE), NOW);
  const kept = Array.from({ length: 5_000 }, (_, caller) => tokens.find(`t${caller}`, NOW) !== null);
  expect(kept.filter(Boolean).length).toBeLessThanOrEqual(500);
  expect(kept.slice(-400)).not.toContain(false);
});
