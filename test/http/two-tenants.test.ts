// Two tenants: whatever an agent does with the ids of another one, they learn nothing and change nothing.
import { beforeAll, describe, expect, test } from "vitest";
import { OPERATIONS } from "../../src/app.ts";
import type { Operation } from "../../src/http/operation.ts";
import { emptyOwnDatabase } from "../support/own-database.ts";
import { createWorld, type World } from "../support/world.ts";
import { sessionCookie } from "./closed-world.ts";
import { requestOf } from "./every-operation.ts";
import { furnished, type RealIds, sampleOf } from "./own-samples.ts";
import { SAMPLES, type Sample, SETTINGS } from "./samples.ts";

const GUARDED = OPERATIONS.filter(({ access }) => access !== "open" && access !== "operator");

let world: World;
let ids: RealIds;
let secrets: readonly string[];
let stranger: string;

beforeAll(async () => {
  // What it compares is the whole database, so other files' rows would cost it minutes.
  world = createWorld({ databaseUrl: await emptyOwnDatabase() });
  ({ ids, secrets } = await furnished(world));
  stranger = `other-${crypto.randomUUID()}`;
  const authorization = `Bearer ${await world.token("agent", stranger)}`;
  const settings = requestOf(operationOf("putSettings"), { query: {}, body: SETTINGS }, { authorization });
  expect((await world.app.request(settings)).status).toBe(200);
});

const operationOf = (id: string): Operation => {
  const found = OPERATIONS.find((one) => one.id === id);
  if (found === undefined) throw new Error(`No operation is called ${id}.`);
  return found;
};

/** Every row of every table that is about the furnished agent. */
async function rowsOfAgent(): Promise<Record<string, unknown[]>> {
  const tables = await world.query(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_%' ESCAPE '\\'",
  );
  const own = [ids["agent-1"], ids["account-1"], ids["connection-1"]];
  const found: Record<string, unknown[]> = {};
  for (const { name } of tables) {
    const rows = await world.query(`SELECT * FROM "${name}"`);
    found[String(name)] = rows
      .filter((row) =>
        [row["agent_id"], row["account_id"], row["connection_id"]].some((id) => own.includes(String(id))),
      )
      .map((row) => JSON.stringify(row))
      .sort();
  }
  return found;
}

/** The request about the other agent's things: as theirs, as one's own, and without any agent named. */
function* variants({ agentIn, ...sample }: Sample): Generator<{ sample: Sample; namesOther: boolean }> {
  yield { sample: sampleOf(sample, ids), namesOther: agentIn !== undefined };
  yield { sample: sampleOf(sample, { ...ids, "agent-1": stranger }), namesOther: false };
  if (agentIn === undefined) return;
  const { agentId: _, ...rest } = sample[agentIn] ?? {};
  yield { sample: sampleOf({ ...sample, [agentIn]: rest }, ids), namesOther: false };
}

/** Body and form are sent one at a time. */
function* bodiesOf({ body, form, ...rest }: Sample): Generator<Sample> {
  if (body !== undefined || form === undefined) yield { ...rest, ...(body === undefined ? {} : { body }) };
  if (form !== undefined) yield { ...rest, form };
}

const credentialsFor = async ({ access }: Operation): Promise<Record<string, string>[]> => {
  const bearer = { authorization: `Bearer ${await world.token("agent", stranger)}` };
  const session = { cookie: await sessionCookie(world.deps, stranger) };
  return access === "bearer" ? [bearer] : access === "session" ? [session] : [bearer, session];
};

test("every id in a path of the samples stands for something that is really there", () => {
  const known = [...Object.keys(ids), "google", "caldav"];
  for (const { id } of GUARDED) {
    for (const value of Object.values(SAMPLES[id]?.params ?? {})) expect(known, id).toContain(value);
  }
});

describe("P8: an agent with the ids of another agent", () => {
  test.each(GUARDED)("learns and changes nothing by $id", async (declared) => {
    const before = await rowsOfAgent();
    expect(Object.values(before).flat().length).toBeGreaterThan(8);
    const all = SAMPLES[declared.id] ?? {};
    // Bookings and holds are named by the caller, so the stranger may have some of the same names by now.
    const { "booking-1": bookingId = "", "hold-1": holdId = "", ...others } = ids;
    const foreign = Object.values(others);
    for (const headers of await credentialsFor(declared)) {
      for (const { sample, namesOther } of variants(all)) {
        for (const part of bodiesOf(sample)) {
          const sent = JSON.stringify(part);
          const answer = await world.app.request(requestOf(declared, part, headers));
          const told = await answer.text();
          const what = `${JSON.stringify(part)} was answered ${answer.status} ${told.slice(0, 300)}`;
          expect(answer.status, what).toBeLessThan(500);
          const names = Object.values(part.params ?? {}).some((value) => foreign.includes(value));
          if (names) expect([403, 404], what).toContain(answer.status);
          if (namesOther && part.form === undefined) expect(answer.status, what).toBe(403);
          const foreignTold = told.replaceAll(bookingId, "").replaceAll(holdId, "");
          for (const secret of secrets) {
            if (!sent.includes(secret)) expect(foreignTold, what).not.toContain(secret);
          }
        }
      }
    }
    expect(await rowsOfAgent()).toEqual(before);
  });

  test("finds them as before by their own", async () => {
    const authorization = `Bearer ${await world.token("agent")}`;
    const sample = sampleOf({ params: { bookingId: "booking-1" } }, ids);
    const answer = await world.app.request(requestOf(operationOf("getBooking"), sample, { authorization }));
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain("canary-booking-title");
  });
});
