// P9: for display a watched calendar is fresh by its channel's word, within what that has earned; else only a pull counts.
import { expect, test } from "vitest";
import { createWorld, type World } from "../support/world.ts";
import { check, confirm, occupySecretly } from "./requests.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A calendar that has earned so much, and was pulled so long ago. */
async function pulledAgo(trustedMs: number, agoMs: number): Promise<World & { connectionId: string }> {
  const world = createWorld();
  const { connectionId } = await world.connect();
  await world.query("UPDATE connections SET trusted_ms = ? WHERE id = ?", [trustedMs, connectionId]);
  world.advance(agoMs);
  return { ...world, connectionId };
}

/** The evidence of an answer, and how often Google was asked for it. */
async function evidenceOf(world: World, asking = check, change: Parameters<typeof check>[1] = {}) {
  const before = world.google.requests.length;
  const { calendars, complete } = await asking(world, change);
  const asked = world.google.requests.slice(before).filter(({ operation }) => operation === "events.list");
  return { evidence: calendars[0]?.evidence, complete, asked: asked.length };
}

const WATCHED = { evidence: "watched", complete: true, asked: 0 };
const PULLED = { evidence: "verified", complete: true, asked: 1 };

test("P9: what was pulled a moment ago is verified, and what was pulled longer ago is watched", async () => {
  const world = await pulledAgo(24 * HOUR, 10 * MINUTE);
  expect(await evidenceOf(world)).toEqual({ ...PULLED, asked: 0 });
  world.advance(49 * MINUTE);
  expect(await evidenceOf(world)).toEqual(WATCHED);
});

test("P9: no channel is believed for longer than an hour, nor for longer than it has earned", async () => {
  expect(await evidenceOf(await pulledAgo(24 * HOUR, 61 * MINUTE))).toEqual(PULLED);
  expect(await evidenceOf(await pulledAgo(40 * MINUTE, 39 * MINUTE))).toEqual(WATCHED);
  expect(await evidenceOf(await pulledAgo(40 * MINUTE, 41 * MINUTE))).toEqual(PULLED);
  expect(await evidenceOf(await pulledAgo(0, 16 * MINUTE))).toEqual(PULLED);
});

test("P9: to confirm, and with a limit of the caller's, only a pull counts", async () => {
  const world = await pulledAgo(24 * HOUR, 30 * MINUTE);
  expect(await evidenceOf(world, confirm)).toEqual(PULLED);
  world.advance(30 * MINUTE);
  expect(await evidenceOf(world, check, { maxAgeMs: 29 * MINUTE })).toEqual(PULLED);
  world.advance(30 * MINUTE);
  expect(await evidenceOf(world, check, { maxAgeMs: 31 * MINUTE })).toEqual({ ...PULLED, asked: 0 });
});

test.each([
  ["a hint is known", "dirty = dirty + 1"],
  ["the channel is due", "channel_due_at = 0"],
  ["the channel fails", "watch_failures = 1"],
  ["there is no push", "channel_due_at = NULL"],
  ["the last attempt failed", "failure_kind = 'retry', failures = 1"],
])("P4, P9: the channel isn't believed while %s", async (_, set) => {
  const world = await pulledAgo(24 * HOUR, 30 * MINUTE);
  await world.query(`UPDATE connections SET ${set} WHERE id = ?`, [world.connectionId]);
  expect(await evidenceOf(world)).toEqual(PULLED);
});

test("P4, P9: a calendar whose provider forgot the channel is answered wrongly for an hour at most", async () => {
  const world = await pulledAgo(24 * HOUR, 0);
  occupySecretly(world);
  world.advance(59 * MINUTE);
  expect((await check(world)).available).toBe(true);
  world.advance(2 * MINUTE);
  expect((await check(world)).available).toBe(false);
});

test("P9: what isn't fresh has no evidence, and a refused sale says so too", async () => {
  const world = await pulledAgo(24 * HOUR, 2 * HOUR);
  world.google.knobs.set("api.status", 503);
  const { calendars } = await check(world);
  expect(calendars).toMatchObject([{ fresh: false, evidence: null }]);
  world.google.knobs.clear();
});
