import { hc } from "hono/client";
import { expect, test } from "vitest";
import type { AppType } from "../../src/app.ts";
import { BASE_URL, createClosedWorld, token } from "../http/closed-world.ts";

test("A typed client knows the routes, what they take and what they answer", async () => {
  const { app } = createClosedWorld();
  const api = hc<AppType>(BASE_URL, {
    fetch: app.request,
    headers: { authorization: `Bearer ${await token()}` },
  }).api.calendar;
  const health: { status: "ok" } = await (await api.health.$get()).json();
  expect(health).toEqual({ status: "ok" });
  const checked = await api.availability.$post({
    json: { agentId: "agent-1", start: "2026-03-03T10:00:00Z", end: "2026-03-03T11:00:00Z" },
  });
  expect(checked.status).toBe(503);
  const booking = await api.events[":bookingId"].$get({
    param: { bookingId: "booking-1" },
    query: { agentId: "agent-1" },
  });
  expect(booking.status).toBe(503);
});
