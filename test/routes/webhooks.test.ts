import { describe, expect, test } from "vitest";
import { createClosedWorld } from "../http/closed-world.ts";

const PATH = "/api/calendar/webhooks/google";
const HEADERS = {
  "x-goog-channel-id": "channel-1",
  "x-goog-channel-token": "secret",
  "x-goog-resource-id": "resource-1",
  "x-goog-resource-state": "exists",
  "x-goog-message-number": "2",
};

describe("A notification", () => {
  test("is answered 503 while the database is down, so that the provider repeats it", async () => {
    const answer = await createClosedWorld().app.request(PATH, { method: "POST", headers: HEADERS });
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).not.toBeNull();
  });

  test("of the wrong form is refused and logged, without touching anything", async () => {
    const world = createClosedWorld();
    const answer = await world.app.request(PATH, { method: "POST" });
    expect(answer.status).toBe(400);
    expect(world.touched).toEqual([]);
    expect(world.lines).toContainEqual(expect.objectContaining({ event: "notification.malformed" }));
  });

  test("of an unknown provider is refused", async () => {
    const answer = await createClosedWorld().app.request(`${PATH}x`, { method: "POST", headers: HEADERS });
    expect(await answer.json()).toMatchObject({ code: "provider_not_configured" });
  });

  test("may hold 256 KiB, more than other requests, but no more", async () => {
    const send = (bytes: number) => {
      const body = new Blob(["x".repeat(bytes)]).stream();
      const init = { method: "POST", headers: HEADERS, body, duplex: "half" } as RequestInit;
      return createClosedWorld().app.request(new Request(`https://calendar.test${PATH}`, init));
    };
    expect((await send(200_000)).status).toBe(503);
    expect((await send(263_000)).status).toBe(413);
  });
});

describe("Operations", () => {
  test("say alive without asking anybody, and not ready while the database is down", async () => {
    const world = createClosedWorld();
    expect(await (await world.app.request("/api/calendar/health")).json()).toEqual({ status: "ok" });
    expect(world.touched).toEqual([]);
    const ready = await world.app.request("/api/calendar/ready");
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ ready: false, database: "unavailable" });
  });
});
