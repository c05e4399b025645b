// Simulated Microsoft over HTTP: consent form, control API, links to itself, notifications on real connections.
import { createServer, type IncomingMessage } from "node:http";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type ServedMicrosoftSimulator, serveMicrosoftSimulator } from "../microsoft.ts";
import { ANA, authorizationUrl, CLIENT, timed, WINDOW } from "./rig.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function served(): Promise<ServedMicrosoftSimulator> {
  const microsoft = await serveMicrosoftSimulator({ port: 0, clients: [CLIENT], allowHttpWebhooks: true });
  closing.push(() => microsoft.close());
  return microsoft;
}

async function control(microsoft: ServedMicrosoftSimulator, method: string, path: string, body?: unknown) {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  return (await fetch(`${microsoft.url}/_control${path}`, init)).json() as Promise<Record<string, unknown>>;
}

/** Adds Ana and connects her through the form; answers the headers of her calls and her calendar. */
async function connected(microsoft: ServedMicrosoftSimulator) {
  const user = { email: ANA, kind: "work", timeZone: "Europe/Lisbon" };
  const { calendarId } = await control(microsoft, "POST", "/users", user);
  const url = authorizationUrl({}, "organizations").replace(
    "https://login.microsoftonline.com",
    microsoft.url,
  );
  const form = new URLSearchParams({ user: ANA, decision: "allow" });
  const answer = await fetch(url, { method: "POST", body: form, redirect: "manual" });
  const { clientId, clientSecret, redirectUris } = CLIENT;
  const body = new URLSearchParams({
    grant_type: "authorization_code",
    code: new URL(answer.headers.get("location") ?? "").searchParams.get("code") ?? "",
    code_verifier: "v".repeat(43),
    client_id: clientId,
    client_secret: clientSecret,
    redirect_uri: redirectUris[0] ?? "",
  });
  const token = await fetch(`${microsoft.url}/organizations/oauth2/v2.0/token`, { method: "POST", body });
  const { access_token: access } = (await token.json()) as { access_token: string };
  const headers = { authorization: `Bearer ${access}`, "content-type": "application/json" };
  return { headers, calendarId: String(calendarId) };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}

describe("the served simulator", () => {
  it("connects, subscribes with the handshake, and delivers a change made through the control API", async () => {
    const microsoft = await served();
    const { headers, calendarId } = await connected(microsoft);
    const arrived: string[] = [];
    const hook = createServer(async (request, response) => {
      const token = new URL(request.url ?? "", "http://127.0.0.1").searchParams.get("validationToken");
      if (token !== null) {
        response.writeHead(200, { "content-type": "text/plain" }).end(token);
        return;
      }
      arrived.push(await textOf(request));
      response.writeHead(202).end();
    });
    await new Promise<void>((resolve) => hook.listen(0, "127.0.0.1", resolve));
    closing.push(() => new Promise((resolve) => hook.close(resolve)));
    const address = `http://127.0.0.1:${(hook.address() as { port: number }).port}/hook`;
    const body = {
      changeType: "created,updated,deleted",
      notificationUrl: address,
      lifecycleNotificationUrl: address,
      resource: "/me/events",
      expirationDateTime: new Date(Date.now() + 3_600_000).toISOString(),
    };
    const subscribed = await fetch(`${microsoft.url}/v1.0/subscriptions`, {
      ...{ method: "POST", headers, body: JSON.stringify(body) },
    });
    expect(subscribed.status).toBe(201);
    await control(microsoft, "POST", `/calendars/${calendarId}/events`, timed("2026-03-10T09:00:00"));
    await vi.waitFor(() => expect(arrived).toHaveLength(1), { timeout: 5_000 });
    expect(JSON.parse(arrived[0] ?? "")).toMatchObject({ value: [{ changeType: "created" }] });
  });

  it("links to itself", async () => {
    const microsoft = await served();
    const { headers } = await connected(microsoft);
    const answer = await fetch(`${microsoft.url}/v1.0/me/calendarView/delta?${WINDOW}`, { headers });
    const body = (await answer.json()) as Record<string, string>;
    expect(
      body["@odata.deltaLink"]?.startsWith(`${microsoft.url}/v1.0/me/calendarView/delta?$deltatoken=`),
    ).toBe(true);
  });

  it("breaks connections on demand and refuses what the control API doesn't know", async () => {
    const microsoft = await served();
    const { headers } = await connected(microsoft);
    const list = () => fetch(`${microsoft.url}/v1.0/me/events`, { headers });
    await control(microsoft, "POST", "/knobs", { name: "net.reset", value: "after", times: 1 });
    await expect(list()).rejects.toThrow(TypeError);
    await control(microsoft, "POST", "/knobs", { name: "api.status", value: 503, times: 1 });
    expect([(await list()).status, (await list()).status]).toEqual([503, 200]);
    expect(await control(microsoft, "POST", "/knobs", { name: "nonsense" })).toHaveProperty("error");
    expect(await control(microsoft, "POST", "/knobs", { name: "api.status", value: 418 })).toHaveProperty(
      "error",
    );
    expect(await control(microsoft, "GET", "/requests?operation=events.list")).toMatchObject({ count: 3 });
  });

  it("generates, lists, edits and moves events through the control API", async () => {
    const microsoft = await served();
    const { calendarId } = await connected(microsoft);
    const span = { from: Date.parse("2026-03-01T00:00:00Z"), to: Date.parse("2026-06-01T00:00:00Z") };
    const input = { calendarId, seed: 1, count: 50, ...span, timeZone: "Europe/Lisbon" };
    expect(await control(microsoft, "POST", "/generate", input)).toMatchObject({ occurrences: 50 });
    const events = `/calendars/${calendarId}/events`;
    const listed = await control(microsoft, "GET", `${events}?from=${span.from}&to=${span.to}`);
    expect(listed["items"]).toHaveLength(50);
    const made = await control(microsoft, "POST", events, timed("2026-03-10T09:00:00"));
    const path = `${events}/${made["id"]}`;
    expect(await control(microsoft, "PATCH", path, { subject: "New" })).toMatchObject({ subject: "New" });
    const other = await control(microsoft, "POST", "/calendars", { user: ANA, name: "Other" });
    await control(microsoft, "POST", `${path}/move`, { to: other["id"] });
    expect(await control(microsoft, "GET", path)).toBeNull();
    await control(microsoft, "DELETE", `/calendars/${other["id"]}/events/${made["id"]}`);
    expect(await control(microsoft, "GET", "/state")).toMatchObject({ users: [{ email: ANA }] });
  });
});
