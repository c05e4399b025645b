// Requests: what clients have asked for, and whether they were told what came of it.

/** What became of a request: its client was told; waits; or will never know. */
type Fate = "answered" | "open" | "unknown";

/** What one request, or one operation of many in one, wants of a booking. Instants as epoch ms. */
export interface GuardedRequest {
  readonly agentId: string;
  readonly bookingId: string;
  readonly action: "create" | "change" | "cancel";
  /** Null: nothing is said about it. */
  readonly startsAt: number | null;
  readonly endsAt: number | null;
  /** Fields that are texts, as far as they are said. */
  readonly texts: Readonly<Record<string, unknown>>;
}

/** An answer, as far as it says what came of it. */
interface Answered {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** One request under way. */
export interface Ask {
  /** Null: no answer has reached the client. */
  ended(answer: Answered | null): void;
}

/** Everything that was asked for in one simulation. */
export interface RequestLog {
  /** A request begins. */
  begin(method: string, path: string, body: unknown): Ask;
  /** Might a request that wants this still take effect? Not if each such request has been answered. */
  mayCome(fits: (wish: GuardedRequest) => boolean): boolean;
  /** The same for switching off a connection. */
  maySwitchOff(connectionId: string): boolean;
}

type Fields = Readonly<Record<string, unknown>>;

const instantOf = (value: unknown): number | null => (typeof value === "string" ? Date.parse(value) : null);

function wishOf(
  action: GuardedRequest["action"],
  agentId: unknown,
  bookingId: unknown,
  fields: Fields,
): GuardedRequest {
  const { start, end, ...texts } = fields;
  const named = { agentId: String(agentId), bookingId: String(bookingId) };
  return { ...named, action, startsAt: instantOf(start), endsAt: instantOf(end), texts };
}

/** What a request wants of bookings. */
function wishesOf(method: string, path: string, body: Fields): GuardedRequest[] {
  const { pathname, searchParams } = new URL(path, "https://sync.example.org");
  const [, bookingId] = /^\/events\/([^/]+)$/.exec(pathname) ?? [];
  if (pathname === "/events/bulk") {
    const operations = (body["operations"] ?? []) as readonly Fields[];
    return operations.map((each) =>
      wishOf(each["action"] as GuardedRequest["action"], each["agentId"], each["bookingId"], each),
    );
  }
  if (pathname === "/events" && method === "POST") {
    return [wishOf("create", body["agentId"], body["bookingId"], body)];
  }
  if (bookingId === undefined) return [];
  if (method === "PATCH") return [wishOf("change", body["agentId"], bookingId, body)];
  return method === "DELETE" ? [wishOf("cancel", searchParams.get("agentId"), bookingId, {})] : [];
}

const fateOf = (status: number | undefined): Fate =>
  status !== undefined && status < 500 ? "answered" : "unknown";

/** A log without requests. */
export function createRequestLog(): RequestLog {
  const asked: { readonly wish: GuardedRequest; fate: Fate }[] = [];
  const switches: { readonly connectionId: string; fate: Fate }[] = [];
  return {
    begin(method, path, body) {
      const fields = (body ?? {}) as Fields;
      const begun = wishesOf(method, path, fields).map((wish) => ({ wish, fate: "open" as Fate }));
      asked.push(...begun);
      const [, connectionId] = /^\/connections\/([^/?]+)/.exec(path) ?? [];
      const off = method === "DELETE" || fields["isActive"] === false;
      const flips = connectionId === undefined || !off ? [] : [{ connectionId, fate: "open" as Fate }];
      switches.push(...flips);
      return {
        ended(answer) {
          const results = answer?.body["results"] as readonly { readonly status: number }[] | undefined;
          for (const [index, each] of [...begun, ...flips].entries()) {
            // Each of many operations has an answer of its own.
            const status = path === "/events/bulk" ? results?.[index]?.status : undefined;
            each.fate = fateOf(status ?? answer?.status);
          }
        },
      };
    },
    mayCome: (fits) => asked.some(({ wish, fate }) => fate !== "answered" && fits(wish)),
    maySwitchOff: (id) =>
      switches.some(({ connectionId, fate }) => connectionId === id && fate !== "answered"),
  };
}
