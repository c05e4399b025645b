// The Worker that speaks MCP for the main one, whose isolates so needn't load the SDK. Only a service binding reaches it.
import { WorkerEntrypoint } from "cloudflare:workers";
import { type Mcp, type McpMessage, type McpOffer, mcp } from "./protocol.ts";

/** The runtime calls methods of a class, and of nothing else. What the offer's functions do is done in the main Worker. */
export default class extends WorkerEntrypoint implements Mcp {
  /** See `Mcp`. */
  answer(message: McpMessage, offer: McpOffer) {
    return mcp.answer(message, offer);
  }
}
