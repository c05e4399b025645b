// The examples of the document are calls that took place. `npm run examples` records them anew.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { OPERATIONS } from "../../src/app.ts";
import type { Example, ExampleRequest, Examples } from "../../src/http/examples.ts";
import { apiOperations } from "../../src/http/openapi.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { createWorld } from "../support/world.ts";
import { apiOf } from "./api.ts";
import { settled, steadier } from "./recorded.ts";
import type { Sample } from "./samples.ts";
import { tour } from "./tour.ts";

const FILE = join(import.meta.dirname, "../../src/routes/examples.json");
const RECORDS = process.env["RECORD_EXAMPLES"] === "1";

const databaseUrl = useOwnDatabase();

/** The rows of an export and the parts of a document are too many for an example. */
const SHORTENED: Readonly<Record<string, (answer: Record<string, unknown>) => unknown>> = {
  openApiDocument: ({ openapi }) => ({ openapi }),
  exportAgent: ({ tables, ...answer }) => ({
    ...answer,
    tables: Object.fromEntries(Object.entries(tables as object).filter(([, rows]) => rows.length > 0)),
  }),
};

test("every operation of the API answers as its example says, and none is without one", async () => {
  const world = createWorld({ databaseUrl: databaseUrl(), timeZone: "Europe/Berlin" });
  const service = apiOf(world, await world.token("service", "maraplace"));
  const steady = steadier(world);
  const seen: Record<string, Example> = {};
  await tour(world, async (id, request: ExampleRequest = {}, unshown = {}) => {
    const called = await service(id, request as Sample, unshown);
    expect(called.status, `${id}: ${JSON.stringify(called.body)}`).toBeLessThan(400);
    const answer = called.body === "" ? null : (SHORTENED[id]?.(called.body) ?? called.body);
    seen[id] ??= JSON.parse(steady(JSON.stringify({ request, status: called.status, answer })));
    return called;
  });
  const missing = apiOperations(OPERATIONS).filter(({ id }) => seen[id] === undefined);
  expect(
    missing.map(({ id }) => id),
    "Give these operations a step in test/http/tour.ts.",
  ).toEqual([]);
  const recorded = JSON.parse(readFileSync(FILE, "utf8")) as Examples;
  const calls = Object.fromEntries(
    Object.entries(seen).map(([id, call]) => [id, settled(call, recorded[id])]),
  );
  if (RECORDS) writeFileSync(FILE, JSON.stringify(calls));
  else expect(calls, "If this is meant, run npm run examples.").toEqual(recorded);
});
