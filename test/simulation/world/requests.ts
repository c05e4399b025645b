// Requests: what clients asked for, and whether an answer reached them.

/** The outcome of a request for its client: an answer arrived, is awaited, or was lost. */
type Outcome = "answered" | "open" | "unknown";

/** The request of one booking, alone or as a part of a bulk request. Instants are epoch milliseconds. */
export interface BookingRequest {
  readonly agentId: string;
  readonly bookingId: string;
  readonly action: "create" | "change" | "cancel";
  /** Null: the request doesn't name it. */
  readonly startsAt: number | null;
  readonly endsAt: number | null;
  /** The text fields that the request names. */
  readonly texts: Readonly<Record<string, unknown>>;
}

/** A request about all bookings of a group. */
export interface GroupRequest {
  readonly groupId: string;
  /** Null: it cancels them. */
  readonly shiftMs: number | null;
}

/** An unreadable object in the version that a client has seen. */
export interface SeenObject {
  readonly key: string;
  readonly version: string;
}

/** A request to count objects as free. */
interface CountRequest {
  readonly connectionId: string;
  readonly objects: readonly SeenObject[];
  /** Null: no answer has come. */
  status: number | null;
}

/** The parts of an answer that show the outcome. */
interface Answered {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A request that waits for its answer. */
export interface OpenRequest {
  /** Records the answer; null: none reached the client. */
  ended(answer: Answered | null): void;
}

/** All requests of one simulation. */
export interface RequestLog {
  /** Records that a request begins. */
  begin(method: string, path: string, body: unknown): OpenRequest;
  /** Can a request that fits still take effect? Not if each such request was answered. */
  mayCome(fits: (request: BookingRequest) => boolean): boolean;
  /** Can a request about this group that fits still take effect? */
  groupMayCome(groupId: string | null, fits: (request: GroupRequest) => boolean): boolean;
  /** Can a request to switch off the connection still take effect? */
  maySwitchOff(connectionId: string): boolean;
  /** Was the object counted as free in this version? `maybe`: no answer has come. */
  countedFree(connectionId: string, object: SeenObject): "yes" | "maybe" | "no";
}

type Fields = Readonly<Record<string, unknown>>;

const instantOf = (value: unknown): number | null => (typeof value === "string" ? Date.parse(value) : null);

function requestOf(
  action: BookingRequest["action"],
  agentId: unknown,
  bookingId: unknown,
  fields: Fields,
): BookingRequest {
  const { start, end, ...texts } = fields;
  const named = { agentId: String(agentId), bookingId: String(bookingId) };
  return { ...named, action, startsAt: instantOf(start), endsAt: instantOf(end), texts };
}

/** The booking requests in an HTTP request. */
function requestsOf(method: string, path: string, body: Fields): BookingRequest[] {
  const { pathname, searchParams } = new URL(path, "https://sync.example.org");
  const [, bookingId] = /^\/events\/([^/]+)$/.exec(pathname) ?? [];
  if (pathname === "/events/bulk") {
    const operations = (body["operations"] ?? []) as readonly Fields[];
    return operations.map((each) =>
      requestOf(each["action"] as BookingRequest["action"], each["agentId"], each["bookingId"], each),
    );
  }
  if (pathname === "/events" && method === "POST") {
    const agents = (body["agents"] ?? [body["agentId"]]) as readonly unknown[];
    return agents.map((agentId) => requestOf("create", agentId, body["bookingId"], body));
  }
  if (bookingId === undefined) return [];
  if (method === "PATCH") return [requestOf("change", body["agentId"], bookingId, body)];
  return method === "DELETE" ? [requestOf("cancel", searchParams.get("agentId"), bookingId, {})] : [];
}

function groupRequestsOf(method: string, path: string, body: Fields): GroupRequest[] {
  const [, groupId] = /^\/groups\/([^/?]+)/.exec(path) ?? [];
  if (groupId === undefined) return [];
  return [{ groupId, shiftMs: method === "DELETE" ? null : Number(body["minutes"]) * 60_000 }];
}

const outcomeOf = (status: number | undefined): Outcome =>
  status !== undefined && status < 500 ? "answered" : "unknown";

/** A version that a server has quoted otherwise is the same. */
const plain = (version: string): string => version.replaceAll(/^W\/|"/g, "");

/** A log without requests. */
export function createRequestLog(): RequestLog {
  const asked: { readonly request: BookingRequest; outcome: Outcome }[] = [];
  const counts: CountRequest[] = [];
  const ofGroups: { readonly request: GroupRequest; outcome: Outcome }[] = [];
  const switches: { readonly connectionId: string; outcome: Outcome }[] = [];
  return {
    begin(method, path, body) {
      const fields = (body ?? {}) as Fields;
      const begun = requestsOf(method, path, fields).map((request) => ({
        request,
        outcome: "open" as Outcome,
      }));
      asked.push(...begun);
      const begunOfGroups = groupRequestsOf(method, path, fields).map((request) => ({
        request,
        outcome: "open" as Outcome,
      }));
      ofGroups.push(...begunOfGroups);
      const [, connectionId] = /^\/connections\/([^/?]+)/.exec(path) ?? [];
      const off = method === "DELETE" || fields["isActive"] === false;
      const flips = connectionId === undefined || !off ? [] : [{ connectionId, outcome: "open" as Outcome }];
      switches.push(...flips);
      const objects = (path.endsWith("/count-free") ? fields["objects"] : []) as readonly SeenObject[];
      const count: CountRequest = { connectionId: String(connectionId), objects, status: null };
      counts.push(count);
      return {
        ended(answer) {
          count.status = answer?.status ?? null;
          const results = answer?.body["results"] as readonly { readonly status: number }[] | undefined;
          for (const [index, each] of [...begun, ...flips, ...begunOfGroups].entries()) {
            // Each operation of a bulk request has its own answer.
            const status = path === "/events/bulk" ? results?.[index]?.status : undefined;
            each.outcome = outcomeOf(status ?? answer?.status);
          }
        },
      };
    },
    mayCome: (fits) => asked.some(({ request, outcome }) => outcome !== "answered" && fits(request)),
    groupMayCome: (groupId, fits) =>
      ofGroups.some(
        ({ request, outcome }) => request.groupId === groupId && outcome !== "answered" && fits(request),
      ),
    maySwitchOff: (id) =>
      switches.some(({ connectionId, outcome }) => connectionId === id && outcome !== "answered"),
    countedFree(id, { key, version }) {
      const asked = counts.filter(
        ({ connectionId, objects }) =>
          connectionId === id &&
          objects.some((each) => each.key === key && plain(each.version) === plain(version)),
      );
      if (asked.some(({ status }) => status === 200)) return "yes";
      return asked.some(({ status }) => status === null || status >= 500) ? "maybe" : "no";
    },
  };
}
