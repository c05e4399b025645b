// MaraPlace: the marketplace's side, as the engine meets it: what it asked for, and what it was told.

/** A notice as it arrived. */
export interface Arrived {
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** How a notice is refused; `retryAfter` as the header has it. */
export interface Refusal {
  readonly status: number;
  readonly retryAfter: string | null;
}

/** Where notices arrive. */
export interface Maraplace {
  /** Everything that was taken, in order, repetitions included. */
  readonly arrived: readonly Arrived[];
  take(headers: readonly (readonly [string, string])[], body: string): Response;
  /** Refuses the next notices. */
  refuse(refusal: Refusal, times: number): void;
  /** Takes nothing until that is over. */
  silence(on: boolean): void;
  /** Takes all notices again. */
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

/** What MaraPlace has asked for, and what it was never told. */
export interface Ledger {
  asked(agentId: string, bookingId: string, forced: boolean): void;
  /** One of the agent's bookings so far. */
  choose(agentId: string, pick: number): string | undefined;
  isForced(bookingId: string): boolean;
  /** These notices have been given up at some time. */
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
    gaveUp(noticeIds) {
      for (const id of noticeIds) givenUp.add(id);
    },
    wasGivenUp: (noticeId) => givenUp.has(noticeId),
  };
}
