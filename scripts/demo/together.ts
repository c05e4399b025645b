// Demo: what a marketplace asks of several agents: any of them, all of them, and a day that is full.
import * as z from "zod";
import { type Answer, type Caller, caller, codeOf, expectBody } from "../local/client.ts";
import { API } from "../local/stack.ts";
import type { Span } from "./google.ts";
import { halfHour, type Scene } from "./scene.ts";
import { expect, type Timeline } from "./timeline.ts";

/** Two who have no calendars: only what is sold takes their time. */
const GRACE = "agent-grace";
const ALAN = "agent-alan";
const DAY_MS = 86_400_000;

const Booked = z.object({ booking: z.object({ agentId: z.string(), bookingId: z.string() }) });
const Listed = z.object({ bookings: z.array(z.object({ start: z.string(), state: z.string() })) });
const Free = z.object({
  slots: z.array(z.object({ groups: z.array(z.object({ agents: z.array(z.string()) })) })),
});
const Refused = z.object({ code: z.string(), conflicts: z.array(z.object({ reason: z.string() })) });

/** Any of two, both at once on two days, and the last place of a day. */
export async function togetherSteps(scene: Scene, timeline: Timeline): Promise<void> {
  const api = caller(scene.stack.worker.url + API, { authorization: `Bearer ${scene.stack.serviceToken}` });
  await timeline.step("Any of two: each once, then nobody is left", () => anyOf(scene, api));
  await timeline.step("Slots at which one of two and Ada are free together", () => common(scene, api));
  await timeline.step("Two agents on two days: sold, moved and cancelled as one", () => group(scene, api));
  await timeline.step("A full day: no slots, and no sale", () => fullDay(scene, api));
}

const text = (at: number) => new Date(at).toISOString();
const slotOf = ({ start, end }: Span) => ({ start: text(start), end: text(end) });

async function settle(api: Caller, agentId: string, more: object = {}): Promise<void> {
  const answer = await api("PUT", `/settings?agentId=${agentId}`, {
    timeZone: "UTC",
    rules: { tentative: true, allDay: true, outOfOffice: true, unanswered: true, workingElsewhere: false },
    ...{ bufferBeforeMinutes: 0, bufferAfterMinutes: 0, minimumNoticeMinutes: 0, workingHours: null },
    ...{ onStale: "refuse", onExternalChange: "keep", reminderMinutes: [30] },
    ...more,
  });
  expect(answer.status === 200, `The settings were answered ${answer.status} ${codeOf(answer)}.`);
}

async function anyOf({ quietDay, ...scene }: Scene, api: Caller): Promise<string> {
  for (const agentId of [GRACE, ALAN]) await settle(api, agentId);
  const slot = slotOf(halfHour({ quietDay, ...scene }, 12));
  const book = (bookingId: string) =>
    api("POST", "/events", {
      bookingId,
      title: "Consultation",
      agents: [GRACE, ALAN],
      assign: "least_booked",
      ...slot,
    });
  const agentIn = (answer: Answer) => expectBody(Booked, answer).booking.agentId;
  const [one, two] = await Promise.all([book("any-1"), book("any-2")]);
  const chosen = [agentIn(one), agentIn(two)];
  expect(new Set(chosen).size === 2, `Both were ${chosen[0]}.`);
  expect(agentIn(await book("any-1")) === chosen[0], "The same booking again names another agent.");
  const third = await book("any-3");
  expect(codeOf(third) === "slot_taken", `A third was answered ${third.status} ${codeOf(third)}.`);
  return "two racing bookings get one each, a third gets 409";
}

async function common(scene: Scene, api: Caller): Promise<string> {
  const { start } = halfHour(scene, 12);
  const groups = [{ agents: [GRACE, ALAN] }, { agents: [scene.agentId] }];
  const range = { from: text(start), to: text(start + 3_600_000), durationMinutes: 30 };
  const { slots } = expectBody(Free, await api("POST", "/slots", { groups, ...range }));
  const [slot] = slots;
  // At twelve both have just been sold.
  expect(slots.length === 1, `${slots.length} slots are free.`);
  expect(slot?.groups[0]?.agents.length === 2, "Not both of the first group are free.");
  expect(slot.groups[1]?.agents[0] === scene.agentId, "The second group isn't free.");
  return "12:30 only: at 12:00 both of the first group are sold";
}

async function group(scene: Scene, api: Caller): Promise<string> {
  const first = halfHour(scene, 15);
  const create = (agentId: string, day: number, slot: Span) => ({
    ...{
      action: "create",
      agentId,
      bookingId: `both-${day}-${slot.start}`,
      title: "Both of us",
      groupId: "both",
    },
    ...slotOf({ start: slot.start + day * DAY_MS, end: slot.end + day * DAY_MS }),
  });
  const book = (slot: Span) =>
    api("POST", "/events/bulk", {
      atomic: true,
      operations: [GRACE, ALAN].flatMap((agentId) => [0, 7].map((day) => create(agentId, day, slot))),
    });
  const list = async () => expectBody(Listed, await api("GET", "/events?groupId=both")).bookings;
  // Both are sold at twelve, so that none of the four is made.
  const refused = await book(halfHour(scene, 12));
  expect(codeOf(refused) === "bulk_refused", `It was answered ${refused.status} ${codeOf(refused)}.`);
  expect((await list()).length === 0, "Something was sold all the same.");
  const booked = await book(first);
  expect(booked.status === 200, `It was answered ${booked.status} ${codeOf(booked)}.`);
  const moved = await api("PATCH", "/groups/both", { from: text(first.start), days: 1 });
  expect(moved.status === 200, `The shift was answered ${moved.status} ${codeOf(moved)}.`);
  const starts = (await list()).map(({ start }) => Date.parse(start) - first.start);
  const wanted = [1, 1, 8, 8].map((days) => days * DAY_MS);
  expect(JSON.stringify(starts) === JSON.stringify(wanted), `They start at ${starts.join(", ")}.`);
  const cancelled = await api("DELETE", "/groups/both");
  expect(cancelled.status === 200, `The end was answered ${cancelled.status} ${codeOf(cancelled)}.`);
  expect(
    (await list()).every(({ state }) => state === "cancelled"),
    "Some are left.",
  );
  return "409 sells none of four; then four, a day later, and gone";
}

async function fullDay(scene: Scene, api: Caller): Promise<string> {
  // The booking of the first step is Grace's one of this day.
  await settle(api, GRACE, { maxPerDay: 1 });
  const { start } = halfHour(scene, 8);
  const range = { from: text(start), to: text(start + 8 * 3_600_000), durationMinutes: 30 };
  const found = await api("POST", "/slots", { agentId: GRACE, ...range });
  expect(expectBody(z.object({ slots: z.array(z.unknown()) }), found).slots.length === 0, "Slots are free.");
  const booking = { agentId: GRACE, bookingId: "one-too-many", title: "Consultation" };
  const { status, body } = await api("POST", "/events", { ...booking, ...slotOf(halfHour(scene, 9)) });
  expect(status === 409, `The sale was answered ${status}.`);
  const reasons = Refused.parse(body).conflicts.map(({ reason }) => reason);
  expect(reasons.includes("day_full"), `It was refused for ${reasons.join(", ")}.`);
  return "409 slot_taken, day_full";
}
