// Limit by address: counts the requests to open operations, whose callers nobody knows.
import { createMiddleware } from "hono/factory";
import type { Deps } from "../deps.ts";
import type { ApiEnv } from "./auth.ts";
import { countRequest } from "./rate-limit.ts";

/** An IPv6 address, where a network of 64 bits belongs to one household or one machine. */
const NETWORK_GROUPS = 4;

/**
 * The part of an address for which requests are counted: all of an IPv4 address, and the network of an IPv6 one,
 * because whoever has one address of it has all of them.
 */
export function countedAddress(address: string): string {
  if (!address.includes(":") || address.includes(".")) return address;
  const [head = "", tail] = address.toLowerCase().split("::");
  const groupsOf = (part: string) => (part === "" ? [] : part.split(":"));
  const [first, last] = [groupsOf(head), groupsOf(tail ?? "")];
  const zeros = tail === undefined ? 0 : 8 - first.length - last.length;
  const groups = [...first, ...Array.from({ length: Math.max(zeros, 0) }, () => "0"), ...last];
  return groups
    .slice(0, NETWORK_GROUPS)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":");
}

/**
 * Counts requests to open operations by the address that Cloudflare has seen. `CF-Connecting-IP` is the only header
 * that a caller can't choose; requests without it share one count.
 */
export const limitByAddress = (deps: Pick<Deps, "limits" | "log">) =>
  createMiddleware<ApiEnv>(async (c, next) => {
    const declared = c.get("operation");
    if (declared?.access === "open") {
      const address = countedAddress(c.req.header("cf-connecting-ip") ?? "");
      await countRequest(deps, declared, { as: "address", id: address });
    }
    await next();
  });
