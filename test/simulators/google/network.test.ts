// The network of simulated Google: lost answers, broken sockets, unknown hosts (D.1, G29, G30, G40).
import { describe, expect, it } from "vitest";
import { ANA, connect, createRig, EVENTS, reason, timed } from "./rig.ts";

const ONCE = { times: 1 };

describe("a broken network", () => {
  it("G40: resets before or after the request took effect, truncates, or hangs", async () => {
    const rig = createRig();
    const caller = await connect(rig);
    const insert = () => caller.call("POST", EVENTS, timed("2026-03-10T09:00:00Z"));
    rig.google.knobs.set("net.reset", "before", ONCE);
    await expect(insert()).rejects.toThrow(TypeError);
    expect(rig.google.events(ANA)).toHaveLength(0);
    rig.google.knobs.set("net.reset", "after", ONCE);
    await expect(insert()).rejects.toThrow(TypeError);
    expect(rig.google.events(ANA)).toHaveLength(1);
    rig.google.knobs.set("net.truncate", true, ONCE);
    await expect(caller.call("GET", EVENTS)).rejects.toThrow(SyntaxError);
    rig.google.knobs.set("net.hang", "before", ONCE);
    const given = new AbortController();
    const waiting = rig.google.fetch("https://www.googleapis.com/calendar/v3/x", { signal: given.signal });
    given.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    expect((await caller.call("GET", EVENTS)).status).toBe(200);
  });

  it("G30: the answer to watch may be lost while the channel lives", async () => {
    const rig = createRig();
    const caller = await connect(rig);
    rig.google.knobs.set("watch.dropAnswer", true, ONCE);
    const body = { id: "c", type: "web_hook", address: "https://sync.example.org/h" };
    await expect(caller.call("POST", `${EVENTS}/watch`, body)).rejects.toThrow(TypeError);
    expect(rig.google.channels()).toHaveLength(1);
  });

  it("G29: a webhook address may be refused as unauthorised", async () => {
    const rig = createRig();
    const caller = await connect(rig);
    rig.google.knobs.set("watch.badUrl", "unauthorized", ONCE);
    const body = { id: "c", type: "web_hook", address: "https://sync.example.org/h" };
    const answer = await caller.call("POST", `${EVENTS}/watch`, body);
    expect([answer.status, reason(answer)]).toEqual([401, "push.webhookUrlUnauthorized"]);
  });

  it("knows no host but Google's, and each path at its own host only", async () => {
    const rig = createRig();
    await expect(rig.google.fetch("https://example.com/")).rejects.toThrow(TypeError);
    expect((await rig.google.fetch("https://www.googleapis.com/token", { method: "POST" })).status).toBe(404);
  });
});
