// MaraPlace: the bookings that the marketplace asked for, and the notices that it received.

/** A notice that arrived. */
export interface Arrived {
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** How a notice is refused; `retryAfter` is the value of the header. */
export interface Refusal {
  readonly status: number;
  readonly retryAfter: string | null;
}

/** The endpoint for notices. */
export interface Maraplace {
  /** All accepted notices in order, with repetitions. */
  readonly arrived: readonly Arrived[];
  take(headers: readonly (readonly [string, string])[], body: string): Response;
  /** Refuses the next `times` notices. */
  refuse(refusal: Refusal, times: number): void;
  /** Refuses all notices from the call with true until the call with false. */
  silence(on: boolean): void;
  /** Accepts all notices again. */
  recover(): void;
}

const refused = ({ status, retryAfter }: Refusal): Response =>
  new Response(null, { status, headers: retryAfter === null ? {} : { "retry-after": retryAfter } });

export function createMaraplace(): Maraplace {
  const arrived: Arrived[] = [];
  const refusals: Refusal[] = [];
  let silences = 0;
  return {
    arrived,
    take(headers, body) {
      const refusal = silences > 0 ? { status: 503, retryAfter: null } : refusals.shift();
      if (refusal !== undefined) return refused(refusal);
      const { type, data } = JSON.parse(body) as Omit<Arrived, "id">;
      arrived.push({
        id: new Headers([...headers] as [string, string][]).get("webhook-id") ?? "",
        type,
        data,
      });
      return new Response(null, { status: 204 });
    },
    recover() {
      refusals.splice(0);
      silences = 0;
    },
    refuse(refusal, times) {
      refusals.push(...Array.from({ length: times }, () => refusal));
    },
    silence(on) {
      silences = Math.max(0, silences + (on ? 1 : -1));
    },
  };
}

/** One of several agents was asked for, by this booking or hold. */
export interface AnyOfAsked {
  readonly id: string;
  readonly agents: readonly string[];
  readonly assign: "first" | "least_booked" | "longest_idle";
  readonly startsAt: number;
  readonly endsAt: number;
}

/** Bookings that were asked for together: all of them, or none. */
export interface SeriesAsked {
  readonly groupId: string;
  readonly size: number;
}

/** The bookings that MaraPlace asked for, and the notices that were given up. */
export interface Ledger {
  asked(agentId: string, bookingId: string, forced: boolean): void;
  /** One of the agent's bookings so far; undefined when there is none. */
  choose(agentId: string, pick: number): string | undefined;
  isForced(bookingId: string): boolean;
  readonly anyOf: AnyOfAsked[];
  readonly series: SeriesAsked[];
  /** Records that these notices were given up. */
  gaveUp(noticeIds: readonly string[]): void;
  wasGivenUp(noticeId: string): boolean;
}

export function createLedger(): Ledger {
  const bookings = new Map<string, string[]>();
  const forced = new Set<string>();
  const givenUp = new Set<string>();
  return {
    asked(agentId, bookingId, isForced) {
      bookings.set(agentId, [...(bookings.get(agentId) ?? []), bookingId]);
      if (isForced) forced.add(bookingId);
    },
    choose(agentId, pick) {
      const own = bookings.get(agentId) ?? [];
      return own[pick % Math.max(1, own.length)];
    },
    isForced: (bookingId) => forced.has(bookingId),
    anyOf: [],
    series: [],
    gaveUp(noticeIds) {
      for (const id of noticeIds) givenUp.add(id);
    },
    wasGivenUp: (noticeId) => givenUp.has(noticeId),
  };
}
