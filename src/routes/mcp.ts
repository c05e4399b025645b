// MCP: the operations that are tools, for programs that are agents (`docs/decisions/026-mcp-by-the-official-sdk.md`).
import { Hono } from "hono";
import * as z from "zod";
import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import type { ApiEnv, Auth } from "../http/auth.ts";
import { asEngineError, logUnexpected, problemOf } from "../http/errors.ts";
import { knownOrigin } from "../http/known-origin.ts";
import { BASE_PATH, type Operation, operation } from "../http/operation.ts";
import { toolOf, toolRequestOf } from "../http/tool.ts";
import { body, jsonBody } from "../http/validate.ts";
import type { Mcp, ToolResult } from "../mcp/protocol.ts";

const speak = operation({
  id: "mcp",
  method: "post",
  path: "/mcp",
  tag: "Bookings",
  summary: "The Model Context Protocol, for programs that are agents",
  description:
    "Streamable HTTP without sessions. Its tools are operations of this document, with their schemas, limits and " +
    "audit trail: a tool answers what the operation would answer, and a problem as a result with isError. Send " +
    "Accept: application/json, text/event-stream. One message a request. What the protocol itself refuses is " +
    "answered as JSON-RPC says.",
  access: "bearer",
  counts: "as a read",
  body: z.strictObject({
    jsonrpc: z.literal("2.0", 'Send "2.0".').describe("The version of JSON-RPC."),
    id: z
      .union(
        [
          z.string().max(200),
          z
            .int()
            .min(0)
            .max(Number.MAX_SAFE_INTEGER - 1),
        ],
        "Send text of at most 200 characters, or a whole number.",
      )
      .optional()
      .describe("Left out of a notification, which gets no answer."),
    method: z
      .string("Send a method's name.")
      .max(200, "Send at most 200 characters.")
      .describe("The protocol's method."),
    params: z
      .record(z.string(), z.unknown(), "Send an object.")
      .optional()
      .describe("What the method takes."),
  }),
  answers: {
    200: {
      description: "The answer to the message",
      schema: z.looseObject({ jsonrpc: z.literal("2.0").describe("The version of JSON-RPC.") }),
      type: "text/event-stream",
    },
    202: { description: "A notification was taken" },
  },
  errors: ["forbidden", "mcp_not_configured", "mcp_unavailable"],
});

export const mcpOperations = [speak];

const ABOUT = { name: "calendar-sync", title: "Calendar sync", version: "1" };

const INSTRUCTIONS =
  "Finds free time of agents and books it. Times are RFC 3339 with their offset. Look for slots first, hold one while " +
  "a person decides, and book it with its holdId. Choose ids of bookings and holds yourself, and send the same id when " +
  "you repeat a call: nothing happens twice. A refusal is a problem with a code and a detail that says what to do.";

const NOT_CONFIGURED =
  "This deployment doesn't speak MCP. Deploy src/mcp/wrangler.toml and bind it as MCP in wrangler.toml.";

const UNAVAILABLE =
  "What speaks MCP has failed, and we have noted it. Send the message again: nothing happens twice.";

/** The headers that the protocol knows. Others may hold credentials, or say who the caller is. */
const OF_PROTOCOL = /^(?:accept|content-type|last-event-id|mcp-.+)$/;

const problem = (text: string): ToolResult => ({ content: [{ type: "text", text }], isError: true });

async function resultOf(answer: Response): Promise<ToolResult> {
  const text = await answer.text();
  if (!answer.ok) return problem(text);
  return { content: [{ type: "text", text }], structuredContent: JSON.parse(text) };
}

/**
 * The route of MCP.
 * @param table the operations, of which those with `tool` are offered
 * @param ask answers a request as if it had come over HTTP, so a tool can do no more than its operation
 */
export function mcpRoutes(
  deps: Deps,
  auth: Auth,
  table: readonly Operation[],
  ask: (request: Request) => Response | Promise<Response>,
) {
  const offered = new Map(
    table.flatMap((declared) => (declared.tool === undefined ? [] : [[declared.tool, declared] as const])),
  );
  let tools: ReturnType<typeof toolOf>[] | null = null;
  const known = () => (tools ??= [...offered].map(([name, declared]) => toolOf(name, declared)));

  /** Null: no tool has this name. */
  async function call(
    name: string,
    given: Readonly<Record<string, unknown>>,
    headers: Readonly<Record<string, string>>,
    requestId: string,
  ): Promise<ToolResult | null> {
    const declared = offered.get(name);
    if (declared === undefined) return null;
    try {
      const { method, path, body: sent } = toolRequestOf(declared, given);
      const url = deps.config.baseUrl + BASE_PATH + path;
      const type = sent === null ? {} : { "content-type": "application/json" };
      const init = sent === null ? {} : { body: JSON.stringify(sent) };
      return await resultOf(
        await ask(new Request(url, { method, headers: { ...headers, ...type }, ...init })),
      );
    } catch (error) {
      // Whatever a tool throws reaches its caller word by word.
      const failure = asEngineError(error);
      logUnexpected(deps, failure, requestId);
      return problem(JSON.stringify({ ...problemOf(failure), requestId }));
    }
  }

  /** @throws EngineError `mcp_unavailable`: the other Worker throws, hits a limit, or is being replaced */
  async function answerOf(speaker: Mcp, requestId: string, ...asked: Parameters<Mcp["answer"]>) {
    try {
      return await speaker.answer(...asked);
    } catch (cause) {
      deps.log.error("mcp.failed", { requestId, error: cause instanceof Error ? cause.name : "unknown" });
      throw new EngineError("mcp_unavailable", UNAVAILABLE, { cause });
    }
  }

  return new Hono<ApiEnv>().post(
    speak.path,
    knownOrigin(deps.config),
    auth.bearer,
    jsonBody,
    body(speak.body),
    async (c) => {
      if (deps.mcp === null) throw new EngineError("mcp_not_configured", NOT_CONFIGURED);
      const requestId = c.get("requestId");
      const forTools = {
        accept: "application/json",
        authorization: c.req.header("authorization") ?? "",
        "x-request-id": requestId,
      };
      const headers = Object.fromEntries(
        Object.entries(c.req.header()).filter(([name]) => OF_PROTOCOL.test(name)),
      );
      const { status, text, refusals, ...answer } = await answerOf(
        deps.mcp,
        requestId,
        { url: c.req.url, headers, body: c.req.valid("json") },
        {
          about: ABOUT,
          instructions: INSTRUCTIONS,
          list: known,
          call: (name, given) => call(name, given, forTools, requestId),
        },
      );
      for (const error of refusals) deps.log.info("mcp.refused", { requestId, error });
      return new Response(text === "" ? null : text, { status, headers: answer.headers });
    },
  );
}
