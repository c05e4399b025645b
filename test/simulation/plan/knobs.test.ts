import { expect, test } from "vitest";
import { knobSchemas as dav } from "../../simulators/caldav/knobs.ts";
import { knobSchemas as google } from "../../simulators/google/knobs.ts";
import { knobSchemas as microsoft } from "../../simulators/microsoft/knobs.ts";
import { ALL_KNOBS, LEFT_OUT } from "./knobs.ts";

const boards = { google, microsoft, dav };
const known = Object.entries(boards).flatMap(([simulator, schemas]) =>
  Object.keys(schemas).map((name) => `${simulator} ${name}`),
);

test("every knob of the simulators is turned in simulations, or left out for a reason", () => {
  expect([...ALL_KNOBS, ...Object.keys(LEFT_OUT)].sort()).toEqual([...known].sort());
});
