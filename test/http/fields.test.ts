import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BASE_URL, createClosedWorld, NOW, token } from "./closed-world.ts";

const BASE = `${BASE_URL}/api/calendar`;

/** Past validation the closed world's database refuses, so 503 means: the request was understood. */
const UNDERSTOOD = 503;

async function post(path: string, body: unknown) {
  const headers = { authorization: `Bearer ${await token()}`, "content-type": "application/json" };
  const request = new Request(`${BASE}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  const answer = await createClosedWorld().app.request(request);
  const problem = (await answer.json()) as { code: string; errors?: { path: string }[] };
  return {
    status: answer.status,
    code: problem.code,
    paths: (problem.errors ?? []).map(({ path: at }) => at),
  };
}

const check = (fields: object) => post("/availability", { agentId: "agent-1", ...fields });
const iso = (at: number) => new Date(at).toISOString();
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const start = NOW + DAY;

describe("A slot", () => {
  test.each([
    ["instants", { start: iso(start), end: iso(start + HOUR) }],
    ["instants with other offsets", { start: "2026-03-03T10:00:00+02:00", end: "2026-03-03T11:00:00+02:00" }],
    ["a local date and times", { date: "2026-03-03", startTime: "09:00", endTime: "10:30" }],
    [
      "a local date in a named zone",
      { date: "2026-03-03", startTime: "09:00", endTime: "24:00", timeZone: "Asia/Tokyo" },
    ],
    ["a slot of 24 hours", { start: iso(start), end: iso(start + DAY) }],
  ])("may be %s", async (_, fields) => {
    expect((await check(fields)).status).toBe(UNDERSTOOD);
  });

  test.each([
    ["nothing", {}, ""],
    ["a start alone", { start: iso(start) }, "end"],
    ["an end alone", { end: iso(start) }, "start"],
    ["a date without times", { date: "2026-03-03" }, ""],
    ["both ways at once", { start: iso(start), end: iso(start + 1), date: "2026-03-03" }, ""],
    ["an end before its start", { start: iso(start), end: iso(start - 1) }, "end"],
    ["an end at its start", { start: iso(start), end: iso(start) }, "end"],
    ["more than 24 hours", { start: iso(start), end: iso(start + DAY + 1) }, "end"],
    ["a time without offset", { start: "2026-03-03T10:00:00", end: iso(start + HOUR) }, "start"],
    ["a day that isn't", { start: "2026-02-30T10:00:00Z", end: iso(start) }, "start"],
    ["a date that isn't", { date: "2026-02-30", startTime: "09:00", endTime: "10:00" }, "date"],
    ["a time that isn't", { date: "2026-03-03", startTime: "9:00", endTime: "25:00" }, "startTime"],
    [
      "an unknown zone",
      { date: "2026-03-03", startTime: "09:00", endTime: "10:00", timeZone: "Mars/Base" },
      "timeZone",
    ],
    [
      "an offset for a zone",
      { date: "2026-03-03", startTime: "09:00", endTime: "10:00", timeZone: "+01:00" },
      "timeZone",
    ],
    ["a zone beside instants", { start: iso(start), end: iso(start + 1), timeZone: "UTC" }, "timeZone"],
    ["an age of more than a day", { start: iso(start), end: iso(start + 1), maxAgeMs: DAY + 1 }, "maxAgeMs"],
  ])("can't be %s", async (_, fields, path) => {
    const { status, code, paths } = await check(fields);
    expect({ status, code }).toEqual({ status: 400, code: "invalid_request" });
    expect(paths).toContain(path);
  });

  test("can't lie more than 800 days ahead", async () => {
    const far = NOW + 800 * DAY;
    expect((await check({ start: iso(far - HOUR), end: iso(far) })).status).toBe(UNDERSTOOD);
    expect((await check({ start: iso(far), end: iso(far + 1) })).code).toBe("invalid_time");
    expect((await check({ date: "2031-01-01", startTime: "09:00", endTime: "10:00" })).code).toBe(
      "invalid_time",
    );
  });
});

describe("Many checks", () => {
  const one = { agentId: "agent-1", start: iso(start), end: iso(start + HOUR) };

  test("are at least one and at most fifty", async () => {
    expect((await post("/availability/batch", { checks: Array(50).fill(one) })).status).toBe(UNDERSTOOD);
    expect((await post("/availability/batch", { checks: [] })).paths).toEqual(["checks"]);
    expect((await post("/availability/batch", { checks: Array(51).fill(one) })).paths).toEqual(["checks"]);
  });

  test("name the check that is wrong", async () => {
    const { paths } = await post("/availability/batch", { checks: [one, { ...one, end: iso(start) }] });
    expect(paths).toEqual(["checks.1.end"]);
  });

  test("of an agent are all about that agent", async () => {
    const headers = {
      authorization: `Bearer ${await token({ role: "agent", sub: "agent-1" })}`,
      "content-type": "application/json",
    };
    const world = createClosedWorld();
    const body = JSON.stringify({ checks: [one, { ...one, agentId: "agent-2" }] });
    const answer = await world.app.request(`${BASE}/availability/batch`, { method: "POST", headers, body });
    expect(answer.status).toBe(403);
    expect(world.touched).toEqual([]);
  });
});

describe("A search for slots", () => {
  test("covers at most 60 days", async () => {
    const search = (to: number) =>
      post("/slots", { agentId: "a", from: iso(start), to: iso(to), durationMinutes: 30 });
    expect((await search(start + 60 * DAY)).status).toBe(UNDERSTOOD);
    expect((await search(start + 60 * DAY + 1)).paths).toEqual(["to"]);
    expect((await search(start)).paths).toEqual(["to"]);
  });
});

describe("Whatever is sent", () => {
  test("as a body, the answer is a problem or the request was understood; never a fault of ours", async () => {
    const field = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.boolean(), fc.array(fc.string()));
    const names = fc.constantFrom(
      "agentId",
      "start",
      "end",
      "date",
      "startTime",
      "endTime",
      "timeZone",
      "maxAgeMs",
    );
    await fc.assert(
      fc.asyncProperty(fc.dictionary(names, field), async (fields) => {
        const { status } = await post("/availability", fields);
        expect([400, 404, UNDERSTOOD]).toContain(status);
      }),
      { numRuns: 150 },
    );
  });
});
