// Simulated Google over HTTP: consent form, control API, notifications and broken sockets on real connections.
import { createServer, type IncomingHttpHeaders } from "node:http";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type ServedGoogleSimulator, serveGoogleSimulator } from "../google.ts";
import { ANA, AUTH, authorizationUrl, CLIENT, timed } from "./rig.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function served(): Promise<ServedGoogleSimulator> {
  const google = await serveGoogleSimulator({ port: 0, clients: [CLIENT], allowHttpWebhooks: true });
  closing.push(() => google.close());
  return google;
}

async function control(google: ServedGoogleSimulator, method: string, path: string, body?: unknown) {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  return (await fetch(`${google.url}/_control${path}`, init)).json() as Promise<Record<string, unknown>>;
}

async function bearer(google: ServedGoogleSimulator): Promise<Record<string, string>> {
  await control(google, "POST", "/users", { email: ANA, timeZone: "Europe/Lisbon" });
  const url = authorizationUrl().replace("https://accounts.google.com", google.url);
  const form = new URLSearchParams({ user: ANA, scope: `${AUTH}calendar.events`, decision: "allow" });
  const answer = await fetch(url, { method: "POST", body: form, redirect: "manual" });
  const code = new URL(answer.headers.get("location") ?? "").searchParams.get("code") ?? "";
  const { clientId, clientSecret, redirectUris } = CLIENT;
  const body = new URLSearchParams({
    grant_type: "authorization_code",
    code,
    client_id: clientId,
    client_secret: clientSecret,
    redirect_uri: redirectUris[0] ?? "",
  });
  const tokens = (await (await fetch(`${google.url}/token`, { method: "POST", body })).json()) as {
    access_token: string;
  };
  return { authorization: `Bearer ${tokens.access_token}`, "content-type": "application/json" };
}

describe("the served simulator", () => {
  it("connects, watches, and delivers a change made through the control API, retrying a 503", async () => {
    const google = await served();
    const headers = await bearer(google);
    const arrived: IncomingHttpHeaders[] = [];
    const hook = createServer((request, response) => {
      arrived.push(request.headers);
      response.writeHead(arrived.length === 1 ? 503 : 204).end();
    });
    await new Promise<void>((resolve) => hook.listen(0, "127.0.0.1", resolve));
    closing.push(() => new Promise((resolve) => hook.close(resolve)));
    const port = (hook.address() as { port: number }).port;
    const watch = { id: "c-1", type: "web_hook", address: `http://127.0.0.1:${port}/hook`, token: "t" };
    const events = `${google.url}/calendar/v3/calendars/primary/events`;
    const watched = await fetch(`${events}/watch`, { method: "POST", headers, body: JSON.stringify(watch) });
    expect(watched.status).toBe(200);
    await control(google, "POST", `/calendars/${ANA}/events`, timed("2026-03-10T09:00:00Z"));
    await vi.waitFor(() => expect(arrived.length).toBe(3), { timeout: 5_000 });
    expect(arrived.filter((header) => header["x-goog-resource-state"] === "exists")).toHaveLength(1);
    expect(arrived[0]).toMatchObject({ "content-length": "0", "x-goog-channel-token": "t" });
  });

  it("breaks connections on demand and refuses what the control API doesn't know", async () => {
    const google = await served();
    const headers = await bearer(google);
    const list = () => fetch(`${google.url}/calendar/v3/calendars/primary/events`, { headers });
    await control(google, "POST", "/knobs", { name: "net.reset", value: "after", times: 1 });
    await expect(list()).rejects.toThrow(TypeError);
    await control(google, "POST", "/knobs", {
      name: "api.status",
      value: 503,
      times: 1,
      operation: "events.list",
    });
    expect([(await list()).status, (await list()).status]).toEqual([503, 200]);
    expect(await control(google, "POST", "/knobs", { name: "nonsense" })).toHaveProperty("error");
    expect(await control(google, "POST", "/knobs", { name: "api.status", value: 418 })).toHaveProperty(
      "error",
    );
    expect(await control(google, "GET", "/requests?operation=events.list")).toMatchObject({ count: 3 });
  });

  it("generates, lists and edits events through the control API", async () => {
    const google = await served();
    await bearer(google);
    const span = { from: Date.parse("2026-03-01T00:00:00Z"), to: Date.parse("2026-06-01T00:00:00Z") };
    const input = { calendarId: ANA, seed: 1, count: 50, ...span, timeZone: "Europe/Lisbon" };
    expect(await control(google, "POST", "/generate", input)).toMatchObject({ occurrences: 50 });
    const events = `/calendars/${ANA}/events`;
    const listed = await control(google, "GET", `${events}?from=${span.from}&to=${span.to}`);
    expect(listed["items"]).toHaveLength(50);
    const made = await control(google, "POST", events, timed("2026-03-10T09:00:00Z"));
    expect(await control(google, "PATCH", `${events}/${made["id"]}`, { summary: "New" })).toMatchObject({
      summary: "New",
    });
    await control(google, "DELETE", `${events}/${made["id"]}`);
    expect(await control(google, "GET", `${events}/${made["id"]}`)).toMatchObject({ status: "cancelled" });
    expect(await control(google, "GET", "/state")).toMatchObject({ users: [{ email: ANA }] });
  });
});
