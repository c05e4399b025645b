// MCP in workerd: the main Worker and the one that speaks the protocol, by the service binding between them.
import { env, SELF } from "cloudflare:test";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { signToken } from "../../scripts/local/secrets.ts";

let token: string;

beforeAll(async () => {
  vi.spyOn(console, "info").mockReturnValue();
  token = await signToken(
    { jwtSecret: env["JWT_SECRET"] ?? "" },
    { role: "service", subject: "tests", hours: 1 },
  );
});

afterAll(() => {
  vi.restoreAllMocks();
});

/** The message's answer; null: it has no body. */
async function speak(message: Record<string, unknown>) {
  const answer = await SELF.fetch("https://calendar.test/api/calendar/mcp", {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    },
    body: JSON.stringify({ jsonrpc: "2.0", ...message }),
  });
  const text = await answer.text();
  const [, data] = /^data: (.*)$/m.exec(text) ?? [];
  return { status: answer.status, body: text === "" ? null : (JSON.parse(data ?? text) as unknown) };
}

it("lists the tools of the main Worker", async () => {
  const { body } = await speak({ id: 1, method: "tools/list" });
  const { tools } = (body as { result: { tools: { name: string; inputSchema: unknown }[] } }).result;
  expect(tools.map(({ name }) => name).sort()).toEqual([
    ...["book", "cancel", "check", "hold", "list", "move", "slots"],
  ]);
});

it("calls a tool in the main Worker, with the caller's rights", async () => {
  const call = (name: string, given: unknown) =>
    speak({ id: 2, method: "tools/call", params: { name, arguments: given } });
  const listed = await call("list", { agentId: "agent-without-bookings" });
  expect(listed.body).toMatchObject({ id: 2, result: { structuredContent: { bookings: [] } } });
  const refused = await call("check", { agentId: "agent-without-bookings" });
  expect(refused.body).toMatchObject({
    result: { isError: true, content: [{ text: expect.stringContaining("invalid_request") }] },
  });
  expect((await call("nothing", {})).body).toMatchObject({
    error: { message: expect.stringContaining("There is no such tool") },
  });
});

it("takes a notification, which gets no answer", async () => {
  expect(await speak({ method: "notifications/initialized" })).toEqual({ status: 202, body: null });
});
