// Batch: up to twenty requests in one, answered in any order (`docs/providers/microsoft.md` B.8, E.2.7).
import { type Context, Hono } from "hono";
import * as z from "zod";
import { type Call, graphCall } from "./call.ts";
import { badRequest } from "./errors.ts";
import { BATCH_HEADER } from "./network.ts";
import type { MicrosoftState } from "./state.ts";

const MOST = 20;
const AT_ONCE = 4;

const part = z.strictObject({
  id: z.string().min(1),
  method: z.enum(["GET", "POST", "PATCH", "DELETE"]),
  url: z.string().startsWith("/"),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.unknown().optional(),
  dependsOn: z.array(z.string()).optional(),
});
const batchBody = z.strictObject({ requests: z.array(part).min(1) });
type Part = z.infer<typeof part>;

interface PartAnswer {
  readonly id: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const refusal = (
  id: string,
  status: number,
  code: string,
  headers: Record<string, string> = {},
): PartAnswer => ({
  id,
  status,
  headers,
  body: {
    error: { code, message: code === "TooManyRequests" ? "Too many requests." : "The request was not run." },
  },
});

async function run(
  state: MicrosoftState,
  app: Hono,
  call: Call,
  context: Context,
  each: Part,
): Promise<PartAnswer> {
  const knob = state.knobs.take("batch.part429", { user: call.user.email });
  if (knob !== undefined) {
    return refusal(each.id, 429, "TooManyRequests", { "Retry-After": String(knob === true ? 5 : knob) });
  }
  const fails = state.knobs.take("mark.fails", { user: call.user.email });
  if (fails !== undefined && decodeURIComponent(each.url).includes(`/events/${fails.id}?`))
    return refusal(each.id, fails.status, "ErrorInternalServerError");
  const headers = new Headers(each.headers);
  if (each.body !== undefined && !headers.has("content-type")) return refusal(each.id, 400, "BadRequest");
  headers.set("authorization", context.req.header("authorization") ?? "");
  headers.set(BATCH_HEADER, "1");
  const response = await app.fetch(
    new Request(`${new URL(context.req.url).origin}/v1.0${each.url}`, {
      method: each.method,
      headers,
      ...(each.body === undefined ? {} : { body: JSON.stringify(each.body) }),
    }),
  );
  const text = await response.text();
  const kept = ["content-type", "retry-after", "location", "preference-applied"];
  const answered = [...response.headers].filter(([name]) => kept.includes(name));
  const named = answered.map(([name, value]) => [
    name.replace(/(^|-)[a-z]/g, (hit) => hit.toUpperCase()),
    value,
  ]);
  const body = text === "" ? {} : { body: JSON.parse(text) as unknown };
  return {
    id: each.id,
    status: response.status,
    headers: Object.fromEntries(named) as Record<string, string>,
    ...body,
  };
}

function shuffled<T>(random: () => number, items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

/** Runs the parts, at most four at a time. A part that depends on others runs after them. */
async function runAll(
  parts: readonly Part[],
  answers: Map<string, PartAnswer>,
  runOne: (each: Part) => Promise<PartAnswer>,
): Promise<void> {
  const waiting = [...parts];
  while (waiting.length > 0) {
    const ready = waiting
      .filter(({ dependsOn }) => (dependsOn ?? []).every((id) => answers.has(id)))
      .slice(0, AT_ONCE);
    if (ready.length === 0) throw badRequest("The dependencies of the batch form a circle.", "BadRequest");
    const done = await Promise.all(
      ready.map((each) => {
        const failed = (each.dependsOn ?? []).some((id) => (answers.get(id)?.status ?? 500) >= 400);
        return failed ? refusal(each.id, 424, "FailedDependency") : runOne(each);
      }),
    );
    for (const answer of done) answers.set(answer.id, answer);
    for (const each of ready) waiting.splice(waiting.indexOf(each), 1);
  }
}

/** The route `/v1.0/$batch`; `app` answers its parts. */
export function batchRoutes(state: MicrosoftState, app: () => Hono): Hono {
  return new Hono().post(
    "/",
    graphCall(state, {
      operation: "batch",
      outlook: false,
      async answer(call, context) {
        const parsed = batchBody.safeParse(call.body);
        if (!parsed.success) throw badRequest("Invalid batch payload format.", "BadRequest");
        const { requests } = parsed.data;
        if (requests.length > MOST)
          throw badRequest(
            `Number of batch request steps exceeds the maximum value of ${MOST}.`,
            "BadRequest",
          );
        if (new Set(requests.map(({ id }) => id)).size !== requests.length) {
          throw badRequest("The ids of a batch must differ.", "BadRequest");
        }
        const answers = new Map<string, PartAnswer>();
        await runAll(requests, answers, (each) => run(state, app(), call, context, each));
        return { responses: shuffled(state.random, [...answers.values()]) };
      },
    }),
  );
}
