// Reading a failing seed: the first line of the report makes the same plan again.
import { expect, test } from "vitest";
import { generatePlan } from "./generate.ts";
import { describeFailure } from "./shrink.ts";

test("the replay line names the seed and the number of actions of the whole plan", () => {
  const plan = generatePlan(7, 20);
  const violations = [{ promise: "P1", message: "two bookings share time", step: 3, at: plan.startAt }];
  const report = { violations, trace: [] };
  const [replay = ""] = describeFailure({ ...plan, actions: plan.actions.slice(0, 2) }, report).split("\n");
  expect(replay).toBe("replay: npm run simulate -- --seeds 1 --from 7 --actions 20");
  const flag = (name: string) => Number(new RegExp(`--${name} (\\d+)`).exec(replay)?.[1]);
  expect(generatePlan(flag("from"), flag("actions"))).toEqual(plan);
});
