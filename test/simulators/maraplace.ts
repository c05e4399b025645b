// MaraPlace: a receiver of notices that accepts only what Standard Webhooks and the API document allow.
import { Webhook } from "standardwebhooks";
import { NOTICE_BODIES } from "../../src/routes/notices-wire.ts";

/** How the receiver reacts to one attempt. */
export type Reaction =
  /** An answer. A redirect needs a `location`. */
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** The connection fails before the receiver sees anything. */
  | "unreachable"
  /** The receiver takes the notice, but its answer is lost on the way. */
  | "lost"
  /** The receiver says nothing for longer than the sender waits. */
  | "silent";

/** A notice as it arrived. */
export interface Arrival {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** When it arrived, by the world's clock. */
  readonly at: number;
  /** Whether the receiver has it now. The sender may not know. */
  readonly taken: boolean;
}

export interface MaraPlaceSimulator {
  /** The address for notices. A request to another address of its host is a fault. */
  readonly url: string;
  readonly fetch: typeof fetch;
  /** Every attempt that was well-formed and rightly signed, in order. */
  readonly arrivals: Arrival[];
  /** The faults of requests. Each such request was answered with 400. */
  readonly faults: string[];
  /** The largest number of attempts that were in progress at once. */
  readonly mostAtOnce: number;
  /** Reacts to all later attempts in this way. */
  react(reaction: Reaction | ((arrival: Arrival) => Reaction)): void;
  /** Ids of accepted notices, in the order in which they were first accepted. */
  taken(): string[];
}

const MAX_BYTES = 20_000;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const TAKEN: Reaction = { status: 204 };

/** The library reads the global clock, so the test's clock replaces it for this moment. */
function verify(secret: string, body: string, headers: Record<string, string>, now: number): void {
  const real = Date.now;
  Date.now = () => now;
  try {
    new Webhook(secret).verify(body, headers);
  } finally {
    Date.now = real;
  }
}

/**
 * A receiver at `url` that knows one secret; the sender may sign with more. Strict: a wrong method, address,
 * content type, signature, age or size, a redirect that was followed, and an undocumented body are faults.
 */
export function createMaraPlaceSimulator(world: {
  now: () => number;
  url: string;
  secret: string;
}): MaraPlaceSimulator {
  const { now, url, secret } = world;
  const arrivals: Arrival[] = [];
  const faults: string[] = [];
  let reaction: Reaction | ((arrival: Arrival) => Reaction) = TAKEN;
  let underWay = 0;
  let mostAtOnce = 0;

  /** @throws an error that says what is wrong with the request */
  const read = async (request: Request): Promise<Omit<Arrival, "taken">> => {
    if (request.url !== url) throw new Error(`sent to ${request.url}`);
    if (request.method !== "POST") throw new Error(`sent by ${request.method}`);
    if (request.redirect !== "manual") throw new Error("would follow redirects");
    if (request.headers.get("content-type") !== "application/json") throw new Error("isn't called JSON");
    const body = await request.text();
    if (new TextEncoder().encode(body).length >= MAX_BYTES) throw new Error("is too large");
    const headers = Object.fromEntries(request.headers);
    verify(secret, body, headers, now());
    const { type, timestamp, data } = JSON.parse(body);
    const schema = NOTICE_BODIES[type as keyof typeof NOTICE_BODIES];
    if (schema === undefined) throw new Error(`is of the unknown type ${type}`);
    schema.parse(JSON.parse(body));
    for (const at of [timestamp, data.start, data.end]) {
      if (at !== undefined && !INSTANT.test(at)) throw new Error(`isn't RFC 3339: ${at}`);
    }
    return { id: headers["webhook-id"] ?? "", type, timestamp, data, at: now() };
  };

  const answer = async (request: Request): Promise<Response> => {
    let arrived: Omit<Arrival, "taken">;
    try {
      arrived = await read(request);
    } catch (error) {
      faults.push(error instanceof Error ? error.message : String(error));
      return new Response(null, { status: 400 });
    }
    const made = typeof reaction === "function" ? reaction({ ...arrived, taken: false }) : reaction;
    const taken = made === "lost" || (typeof made === "object" && made.status >= 200 && made.status < 300);
    arrivals.push({ ...arrived, taken });
    // Lets other requests start, so that requests sent together are in progress together.
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (made === "silent") throw new DOMException("The operation timed out", "TimeoutError");
    if (typeof made === "string") throw new TypeError("fetch failed");
    const body = made.status === 204 || made.status === 304 ? null : "canary of the receiver";
    return new Response(body, { status: made.status, headers: { ...made.headers } });
  };

  return {
    url,
    arrivals,
    faults,
    get mostAtOnce() {
      return mostAtOnce;
    },
    fetch: async (input, init) => {
      underWay += 1;
      mostAtOnce = Math.max(mostAtOnce, underWay);
      try {
        return await answer(new Request(input, init));
      } finally {
        underWay -= 1;
      }
    },
    react(next) {
      reaction = next;
    },
    taken: () => [...new Set(arrivals.flatMap(({ id, taken }) => (taken ? [id] : [])))],
  };
}
