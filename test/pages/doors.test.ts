// Doors: whoever comes with a browser and without a session gets a page, at every path where pages are.
import { describe, expect, test } from "vitest";
import { OPERATIONS } from "../../src/app.ts";
import { BASE_PATH } from "../../src/http/operation.ts";
import { createClosedWorld } from "../http/closed-world.ts";
import { requestOf } from "../http/every-operation.ts";
import { SAMPLES } from "../http/samples.ts";

const HTML = { accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" };
const FORM = "application/x-www-form-urlencoded";
const ORIGIN = "https://calendar.test";

/** Where people come with a browser. */
const DOORS = OPERATIONS.filter(({ path }) => /^\/(?:connect|ops)(?:\/|$)|^\/:provider\//.test(path));

async function expectPage(answer: Response): Promise<string> {
  const text = await answer.text();
  expect(answer.headers.get("content-type"), text).toMatch(/^text\/html/);
  expect(text).toMatch(/^<!DOCTYPE html>[\s\S]*<\/html>/i);
  expect(text).not.toContain("problem+json");
  return text;
}

test("the table has the doors", () => {
  const ids = DOORS.map(({ id }) => id);
  expect(ids).toEqual(
    expect.arrayContaining(["connectPage", "startConsent", "connectByPassword", "openConnectLink"]),
  );
  expect(ids.length).toBeGreaterThan(11);
});

describe.each(DOORS)("A browser without a session at $method $path", (declared) => {
  test("gets a page, or is sent on", async () => {
    const { body: _, ...sample } = SAMPLES[declared.id] ?? {};
    for (const sent of [sample, { ...sample, form: sample.form ?? {} }]) {
      if (declared.method === "get" && sent.form !== undefined) continue;
      const answer = await createClosedWorld().app.request(requestOf(declared, sent, HTML));
      if (answer.status === 302 || answer.status === 303) continue;
      // Whoever has no session may still sign out, and operators sign in here.
      const isOpen = ["signOut", "operatorSignInPage"].includes(declared.id);
      expect(answer.status).toBeGreaterThanOrEqual(isOpen ? 200 : 400);
      await expectPage(answer);
    }
  });

  test("gets a page for what its form can't carry", async () => {
    if (declared.method === "get") return;
    const { url } = requestOf(declared, { ...SAMPLES[declared.id], body: {} });
    for (const [type, body] of [
      ["application/octet-stream", "x"],
      [FORM, "x".repeat(70_000)],
      [FORM, "%ED%A0%80=%00"],
      ["application/json", "{"],
    ] as const) {
      const headers = { ...HTML, origin: ORIGIN, "content-type": type };
      const answer = await createClosedWorld().app.request(url, { method: "POST", headers, body });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      await expectPage(answer);
    }
  });
});

test.each([
  ["GET", "/connect/"],
  ["GET", "/connect/nowhere"],
  ["GET", "/connect/accounts"],
  ["GET", "/connect/accounts/a/b/c"],
  ["GET", "/connect/time-zone"],
  ["GET", "/connect/connections/c1/count-free"],
  ["POST", "/connect"],
  ["PUT", "/connect/open"],
  ["DELETE", "/connect/connections/c1"],
  ["GET", "/connect/open"],
  ["GET", "/connect/open?link=short"],
  ["GET", `/connect/open?link=${"x".repeat(43)}`],
  ["GET", "/connect?token=x"],
  ["GET", "/connect?unknown=x"],
  ["GET", "/nowhere/auth"],
  ["GET", "/google/auth?accountId=.."],
  ["GET", "/google/callback?state=s&state=t"],
  ["GET", "/nowhere/callback"],
])("A browser gets a page for %s %s", async (method, path) => {
  const answer = await createClosedWorld().app.request(`${ORIGIN}${BASE_PATH}${path}`, {
    method,
    headers: HTML,
  });
  if (answer.status === 302) return;
  expect(answer.status).toBeGreaterThanOrEqual(400);
  await expectPage(answer);
});
