// The audit trail: each act of an operation that is to be recorded, once it was done and before it is answered.
import { createMiddleware } from "hono/factory";
import * as z from "zod";
import type { Deps } from "../deps.ts";
import { type ActRow, insertActs } from "../store/agents/acts.ts";
import type { ApiEnv, Caller } from "./auth.ts";

/** What an act was done to, and how it was answered. */
interface Act {
  readonly agentId: string | null;
  readonly target: string | null;
  readonly status: number;
}

const Item = z.looseObject({
  agentId: z.string().optional(),
  bookingId: z.string().optional(),
  accountId: z.string().optional(),
  force: z.boolean().optional(),
});
const Body = z.looseObject({ ...Item.shape, operations: z.array(Item).optional() });
const Results = z.looseObject({ results: z.array(z.looseObject({ status: z.number() })) });

/** Was it done, or may it have been? What was refused changed nothing. */
const mayBeDone = (status: number): boolean => status < 400 || status >= 500;

/**
 * The acts in a request that was taken. Of operations that are recorded by force only, those that used force. Of many
 * in one request, those that weren't refused.
 */
function actsIn(
  recorded: "always" | "by force",
  sent: { caller: Caller; params: Record<string, string>; agentId: string | null; body: unknown },
  answered: { status: number; body: unknown },
): Act[] {
  const { caller, params } = sent;
  const { data: many } = Results.safeParse(answered.body);
  const parsed = Body.safeParse(sent.body);
  const body: z.output<typeof Body> = parsed.success ? parsed.data : {};
  const inPath = Object.entries(params).find(([name]) => name !== "provider")?.[1] ?? null;
  const ownId = caller.role === "agent" ? caller.agentId : null;
  return (body.operations ?? [body])
    .map((item, index) => ({ item, status: many?.results[index]?.status ?? answered.status }))
    .filter(({ item, status }) => mayBeDone(status) && (recorded === "always" || item.force === true))
    .map(({ item, status }) => ({
      agentId: ownId ?? item.agentId ?? sent.agentId,
      target: inPath ?? item.bookingId ?? item.accountId ?? null,
      status,
    }));
}

/** Only then the answer says what became of each, and is read. */
const hasMany = (body: unknown): boolean => typeof body === "object" && body !== null && "operations" in body;

const JSON_TYPE = /^application\/json\b/i;

/** Never fails: the act was done, and its caller must learn that. */
async function record(deps: Deps, rows: readonly Omit<ActRow, "sequence">[]): Promise<void> {
  try {
    await insertActs(deps.db, rows);
  } catch {
    // The line stands in for the entry.
    for (const { id: _, at: __, ...row } of rows) deps.log.error("act.unrecorded", row);
  }
}

/**
 * Records the acts of the operations that are to be recorded. A caller who gets no answer sends the request again, so
 * an act of a Worker that dies in between is recorded then.
 */
export function actLog(deps: Deps) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    await next();
    const declared = c.get("operation");
    const caller = c.get("caller");
    if (declared?.recorded === undefined || caller === undefined || !mayBeDone(c.res.status)) return;
    const sent = {
      ...{ caller, params: c.req.param(), body: c.get("sent") ?? null },
      agentId: c.req.query("agentId") ?? c.get("actAgentId") ?? null,
    };
    const isAnswerJson = JSON_TYPE.test(c.res.headers.get("content-type") ?? "");
    const body = isAnswerJson && hasMany(sent.body) ? await c.res.clone().json() : null;
    const done = actsIn(declared.recorded, sent, { status: c.res.status, body });
    const rows = done.map((act) => ({
      ...act,
      id: deps.newId(),
      at: deps.now(),
      action: declared.id,
      role: c.get("session") === null ? caller.role : ("page" as const),
      subject: caller.role === "agent" ? caller.agentId : caller.subject,
      requestId: c.get("requestId"),
    }));
    if (rows.length === 0) return;
    const recording = record(deps, rows);
    // A caller who waits for a failure needn't wait for its entry as well.
    if (c.res.status >= 500) deps.defer(recording);
    else await recording;
  });
}
