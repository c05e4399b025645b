// The contract suite: the rules that every provider must follow.
import { describe, expect, test } from "vitest";
import { bookingEventContract } from "./booking-events.ts";
import { bookingContract } from "./bookings.ts";
import { changesContract } from "./changes.ts";
import { channelContract } from "./channels.ts";
import { forgottenTextsContract } from "./forgotten-texts.ts";
import { pullContract } from "./pulls.ts";
import { refusalContract } from "./refusals.ts";
import type { Skip, World } from "./world.ts";

/** Declares one test of the contract. Each test gets a world of its own. */
export type Contract = (name: string, run: (world: World) => Promise<void>) => void;

const PARTS = {
  reading: pullContract,
  changes: changesContract,
  "writing bookings": bookingContract,
  "writing bookings whose texts were forgotten": forgottenTextsContract,
  "reading bookings": bookingEventContract,
  push: channelContract,
  refusals: refusalContract,
};

/** Every case of the suite, for whoever runs them without a test runner. */
export function contractCases(): { name: string; run: (world: World) => Promise<void> }[] {
  const cases: { name: string; run: (world: World) => Promise<void> }[] = [];
  for (const declare of Object.values(PARTS)) declare((name, run) => void cases.push({ name, run }));
  return cases;
}

/** The whole suite for one provider. Every skip has a reason and must name tests that exist. */
export function describeProviderContract(input: {
  name: string;
  makeWorld: () => Promise<World>;
  skips?: readonly Skip[];
}): void {
  const skips = new Map(input.skips?.flatMap(({ reason, tests }) => tests.map((name) => [name, reason])));
  const declared = new Set<string>();
  const contract: Contract = (name, run) => {
    declared.add(name);
    const reason = skips.get(name);
    if (reason !== undefined) test.skip(`${name} (not here: ${reason})`, () => {});
    else test(name, async () => run(await input.makeWorld()));
  };
  describe(`${input.name} keeps the provider contract`, () => {
    for (const [part, declare] of Object.entries(PARTS)) describe(part, () => declare(contract));
    test("every skipped test exists", () => {
      expect([...skips.keys()].filter((name) => !declared.has(name))).toEqual([]);
    });
  });
}
