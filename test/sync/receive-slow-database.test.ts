// Receive with a slow database: notifications are answered in time, and none is lost.
import { expect, test } from "vitest";
import { createWorld } from "../support/world.ts";

test("M46: a notification is answered within three seconds though the database hangs, and Graph sends it again", async () => {
  let gate: Promise<void> | null = null;
  const world = createWorld({
    databaseFetch: (inner) => async (input, init) => {
      await gate;
      return inner(input, init);
    },
  });
  await world.connect({ provider: "OFFICE365" });
  const calendarId = world.microsoft.calendarId(world.workEmail);
  world.microsoft.addEvent(calendarId, {
    subject: "Meeting",
    start: { dateTime: "2026-03-03T10:00:00", timeZone: "UTC" },
    end: { dateTime: "2026-03-03T11:00:00", timeZone: "UTC" },
  });
  let open = () => {};
  gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  await world.microsoft.flush();
  const slow = world.microsoft.deliveries.at(-1);
  expect(slow?.status).toBe(503);
  expect(slow?.tookMs).toBeLessThan(3_000);
  open();
  gate = null;
  await world.drain();
  world.advance(10 * 60_000);
  await world.drain();
  expect(world.microsoft.deliveries.at(-1)).toMatchObject({ status: 204 });
  expect(
    await world.query(
      "SELECT 1 FROM busy WHERE agent_number = (SELECT number FROM agents WHERE agent_id = ?)",
      [world.agentId],
    ),
  ).toHaveLength(1);
});

test("a body with more notifications than a provider sends is refused without the database", async () => {
  const world = createWorld({
    databaseFetch: () => () => Promise.reject(new TypeError("the database must not be asked")),
  });
  const value = Array.from({ length: 1_001 }, (_, n) => ({ subscriptionId: `s${n}`, clientState: "x" }));
  const answer = await world.app.request("/api/calendar/webhooks/microsoft", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ value }),
  });
  expect(answer.status).toBe(400);
});

test("Graph's handshake is answered without the database", async () => {
  const world = createWorld({
    databaseFetch: () => () => Promise.reject(new TypeError("the database must not be asked")),
  });
  const answer = await world.app.request(
    "/api/calendar/webhooks/microsoft?validationToken=Validation%3A+%3Cb%3E+100%25",
    { method: "POST", headers: { "content-type": "text/plain; charset=utf-8" } },
  );
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toMatch(/^text\/plain/);
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  expect(await answer.text()).toBe("Validation: <b> 100%");
});
