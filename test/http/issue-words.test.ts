// Issue words: whatever is wrong with a request, its answer says what to send, and never in the validator's own words.
import { expect, test } from "vitest";
import { OPERATIONS } from "../../src/app.ts";
import { EngineError } from "../../src/domain/errors.ts";
import type { Operation } from "../../src/http/operation.ts";
import { checked } from "../../src/http/validate.ts";
import { SAMPLES } from "./samples.ts";

const PARTS = ["params", "query", "body", "form"] as const;
const WRONG = [null, "", "x", "x".repeat(5_000), -1, 1.5, 1e9, true, [], ["x"], {}, { x: 1 }];

/** The value once for each place in it and each wrong value there, and once without it. */
function* spoiltIn(value: unknown): Generator {
  yield* WRONG;
  if (typeof value !== "object" || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    const with_ = (other: unknown) =>
      Array.isArray(value) ? value.with(Number(name), other) : { ...value, [name]: other };
    yield with_(undefined);
    for (const spoilt of spoiltIn(inner)) yield with_(spoilt);
  }
}

/** The messages of all refusals of a part of an operation. */
function messagesOf(declared: Operation, part: (typeof PARTS)[number]): string[] {
  const schema = declared[part];
  if (schema === undefined) return [];
  return [...spoiltIn(SAMPLES[declared.id]?.[part] ?? {})].flatMap((spoilt) => {
    try {
      checked(part, schema, spoilt);
      return [];
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      const { errors } = error.extra as { errors: { message: string }[] };
      return errors.map(({ message }) => message);
    }
  });
}

test("no refusal speaks the validator's words", () => {
  const said = OPERATIONS.flatMap((declared) => PARTS.flatMap((part) => messagesOf(declared, part)));
  expect(said.length).toBeGreaterThan(2_500);
  const foreign = /\b(Invalid|expected|received|Unrecognized|undefined|NaN|too (big|small)|discriminator)\b/i;
  expect([...new Set(said)].filter((message) => foreign.test(message) || !/[.!]$/.test(message))).toEqual([]);
});

test.each([
  ["the rules left out", { rules: undefined }, "rules", "Send it; it is missing."],
  ["one rule left out", { rules: { tentative: true } }, "rules.allDay", "Send true or false."],
  ["reminders as one number", { reminderMinutes: 30 }, "reminderMinutes", "Send a list."],
  ["a revision in words", { revision: "three" }, "revision", "Send a number."],
  ["a negative revision", { revision: -1 }, "revision", "Send at least 0."],
])("settings with %s are refused by the field, in a sentence", (_, change, path, message) => {
  const { body } = OPERATIONS.find(({ id }) => id === "putSettings") as Operation;
  const sent = { ...SAMPLES["putSettings"]?.body, ...change };
  if (body === undefined) throw new Error("Settings have a body.");
  try {
    checked("body", body, sent);
    expect.unreachable();
  } catch (error) {
    expect((error as EngineError).extra).toMatchObject({
      errors: expect.arrayContaining([{ path, message: expect.stringContaining(message) }]),
    });
  }
});
