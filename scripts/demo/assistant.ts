// Demo: a program that is an agent books by the Model Context Protocol, with the SDK's own client.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import * as z from "zod";
import { halfHour, type Scene } from "./scene.ts";
import { expect, type Timeline } from "./timeline.ts";

const Problem = z.object({ code: z.string() });

/** Finds a slot, books it, and is refused in the API's words. */
export async function assistantSteps(scene: Scene, timeline: Timeline): Promise<void> {
  await timeline.step("An assistant books by MCP", () => books(scene));
}

async function books(scene: Scene): Promise<string> {
  const client = new Client({ name: "demo", version: "1" });
  const headers = { authorization: `Bearer ${scene.token}` };
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${scene.apiUrl}/mcp`), { requestInit: { headers } }),
  );
  const call = async (name: string, given: Record<string, unknown>) => {
    const { content, isError = false } = await client.callTool({ name, arguments: given });
    const [first] = content;
    return { isError, body: JSON.parse(first?.type === "text" ? first.text : "{}") as unknown };
  };
  const { tools } = await client.listTools();
  const { start, end } = halfHour(scene, 5);
  const slot = { start: new Date(start).toISOString(), end: new Date(end).toISOString() };
  const found = await call("slots", { from: slot.start, to: slot.end, durationMinutes: 30 });
  expect(
    !found.isError && JSON.stringify(found.body).includes(slot.start.slice(0, 16)),
    "The slot isn't free.",
  );
  const booked = await call("book", { bookingId: "by-assistant", title: "Consultation", ...slot });
  expect(!booked.isError, `The booking was refused: ${JSON.stringify(booked.body)}`);
  const rival = await call("book", { bookingId: "by-another", title: "Consultation", ...slot });
  const { code } = Problem.parse(rival.body);
  expect(rival.isError && code === "slot_taken", `Another booking got ${code}.`);
  const cancelled = await call("cancel", { bookingId: "by-assistant" });
  expect(!cancelled.isError, `It wasn't cancelled: ${JSON.stringify(cancelled.body)}`);
  await client.close();
  return `${tools.length} tools; booked, slot_taken for another, cancelled`;
}
