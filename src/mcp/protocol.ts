// The Model Context Protocol by its SDK: one message in, one answer out. It has no state and knows nothing of what the
// tools do. Everything that goes in or comes out can travel between Workers.
import {
  createMcpHandler,
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type Tool,
} from "@modelcontextprotocol/server";

/** A message of JSON-RPC with the request that brought it. */
export interface McpMessage {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What a tool has answered. A failure is a result as well, because it is for the program that called. */
export type ToolResult = {
  readonly content: { readonly type: "text"; readonly text: string }[];
  readonly structuredContent?: unknown;
  readonly isError?: boolean;
};

/** Who offers which tools. */
export interface McpOffer {
  readonly about: { readonly name: string; readonly title: string; readonly version: string };
  readonly instructions: string;
  list(): Tool[] | Promise<Tool[]>;
  /** Null: there is no such tool. */
  call(name: string, given: Readonly<Record<string, unknown>>): Promise<ToolResult | null>;
}

/** The answer over HTTP, whole. */
export interface McpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty: the answer has no body. */
  readonly text: string;
  /** The names of the errors for which the protocol has refused the message, or with which the offer has failed. */
  readonly refusals: readonly string[];
}

/**
 * Whoever speaks the protocol: in Node this file, in the Worker another one (`src/mcp/worker.ts`). The two Workers are
 * deployed one after the other, so either may be older: `McpMessage`, `McpOffer` and `McpAnswer` only ever gain fields
 * that the other side can do without.
 */
export interface Mcp {
  /** It is complete when all calls are: no stream is left open, and nothing is asked of the offer afterwards. */
  answer(message: McpMessage, offer: McpOffer): Promise<McpAnswer>;
}

/** The protocol by the SDK. */
export const mcp: Mcp = {
  async answer({ url, headers, body }, offer) {
    const refusals: string[] = [];
    /** The SDK would tell the caller word by word what the offer throws, or the way to it. */
    const asked = async <T>(answer: () => T | Promise<T>): Promise<T> => {
      try {
        return await answer();
      } catch (error) {
        refusals.push(error instanceof Error ? error.name : "unknown");
        throw new ProtocolError(
          ProtocolErrorCode.InternalError,
          "The tools can't be reached now. Please try again.",
        );
      }
    };
    const serve = () => {
      const { about, instructions } = offer;
      const server = new Server(about, { capabilities: { tools: {} }, instructions });
      server.setRequestHandler("tools/list", async () => ({ tools: await asked(() => offer.list()) }));
      server.setRequestHandler("tools/call", async ({ params }) => {
        const result = await asked(() => offer.call(params.name, params.arguments ?? {}));
        if (result !== null) return result;
        throw new ProtocolError(
          ProtocolErrorCode.InvalidParams,
          "There is no such tool. tools/list lists them.",
        );
      });
      return server;
    };
    const handler = createMcpHandler(serve, {
      // Nothing changes that could be told of, and no answer takes long.
      maxSubscriptions: 0,
      keepAliveMs: 0,
      onerror: ({ name }) => refusals.push(name),
    });
    const answer = await handler.fetch(new Request(url, { method: "POST", headers }), { parsedBody: body });
    const text = await answer.text();
    return { status: answer.status, headers: Object.fromEntries(answer.headers), text, refusals };
  },
};
