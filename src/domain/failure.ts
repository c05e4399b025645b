// Failure kinds: the closed set into which every provider's error is classified, and what each kind demands.

/**
 * What went wrong, named by what must be done about it (`docs/providers/README.md` D).
 * - `retry`: a passing fault; try again after a backoff.
 * - `wait`: the provider named a time (`Retry-After`), or throttles; don't try before then.
 * - `pause`: a usage limit that takes hours; leave this calendar alone until then.
 * - `reauth`: the grant is dead; only the agent can help.
 * - `refused`: the account is let in, but not to this: one calendar, its channel, or writing. The rest goes on.
 * - `no-service`: the provider offers this account no calendars; only the person or their administrator can help, and
 *   consent doesn't.
 * - `operator`: our deployment is misconfigured; users are not to blame and keep their state.
 * - `resync`: the cursor is worthless; list everything again under a new generation.
 * - `recreate-channel`: the push channel is gone; open another one, then pull.
 * - `adopt`: the object that we wanted to create exists already; take it as ours.
 * - `reread`: somebody changed the object meanwhile; read it, decide, write again.
 * - `gone`: the calendar or event that was asked for no longer exists.
 * - `read-only`: the calendar can't be written.
 * - `unsupported`: this calendar can't be watched; it is polled.
 * - `ignore`: there is nothing to do; this is a success.
 * - `bug`: the provider calls our request wrong; repeating it won't help.
 */
export type FailureKind =
  | "retry"
  | "wait"
  | "pause"
  | "reauth"
  | "refused"
  | "no-service"
  | "operator"
  | "resync"
  | "recreate-channel"
  | "adopt"
  | "reread"
  | "gone"
  | "read-only"
  | "unsupported"
  | "ignore"
  | "bug";

/** What the engine must do about a failure of one kind. */
export interface Demand {
  /**
   * The pauses between attempts. `now` and `backoff` grow from seconds, `throttled` from ten seconds, `slow` from
   * minutes, `hours` from half an hour, `rarely` from half an hour up to a day. After `never` the kind asks for no
   * further attempt.
   */
  readonly again: "now" | "backoff" | "throttled" | "slow" | "hours" | "rarely" | "never";
  /** The account must be marked as needing the agent's consent. */
  readonly accountNeedsConsent: boolean;
  /** The account must be marked as having no calendars, which consent doesn't change. */
  readonly accountUnavailable: boolean;
  /** The deployment or our code is at fault: log it at error level. */
  readonly alertOperator: boolean;
  /** Only a person can end it, so neither waiting nor asking again does. */
  readonly onlyPersonEnds: boolean;
}

const demand = (again: Demand["again"], flags: Partial<Omit<Demand, "again">> = {}): Demand => ({
  again,
  accountNeedsConsent: false,
  accountUnavailable: false,
  alertOperator: false,
  onlyPersonEnds: false,
  ...flags,
});

/** The one table of demands. A new kind breaks the build until its demand is decided. */
export const DEMANDS: Record<FailureKind, Demand> = {
  retry: demand("backoff"),
  wait: demand("throttled"),
  pause: demand("hours"),
  // Tried slowly without end: the verdict may be false, and a success then clears the mark (L22).
  reauth: demand("hours", { accountNeedsConsent: true, onlyPersonEnds: true }),
  refused: demand("rarely", { onlyPersonEnds: true }),
  "no-service": demand("rarely", { accountUnavailable: true, onlyPersonEnds: true }),
  operator: demand("slow", { alertOperator: true, onlyPersonEnds: true }),
  resync: demand("now"),
  "recreate-channel": demand("now"),
  adopt: demand("now"),
  reread: demand("now"),
  gone: demand("slow"),
  "read-only": demand("hours"),
  unsupported: demand("never"),
  ignore: demand("never"),
  // A provider may call one request wrong by mistake, so callers who wait ask again.
  bug: demand("slow", { alertOperator: true }),
};

/** Every kind there is. */
export const FAILURE_KINDS = Object.keys(DEMANDS) as readonly FailureKind[];

/** The kinds that only a person can end. */
export const KINDS_ONLY_PERSON_ENDS = Object.entries(DEMANDS)
  .filter(([, { onlyPersonEnds }]) => onlyPersonEnds)
  .map(([kind]) => kind as FailureKind);
