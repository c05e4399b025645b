// Failures of providers: the closed set every provider error is classified into, and what each demands.

/**
 * What went wrong, by what must be done about it (`providers.md` part D).
 * - `retry`: passing fault; again after backoff.
 * - `wait`: the provider named a time (`Retry-After`), or throttles; not before then.
 * - `pause`: a usage limit that takes hours; park this calendar.
 * - `reauth`: the grant is dead; only the agent can help.
 * - `operator`: our deployment is misconfigured; users are not to blame and keep their state.
 * - `resync`: the cursor is worthless; list everything again under a new generation.
 * - `recreate-channel`: the push channel is gone; open another, then pull.
 * - `adopt`: what we wanted to create is there already; take it as ours.
 * - `reread`: somebody changed it meanwhile; read, decide, write again.
 * - `gone`: the object asked for exists no longer (calendar or event, by what was asked).
 * - `read-only`: the calendar can't be written.
 * - `unsupported`: this calendar can't be watched; poll it for good.
 * - `ignore`: nothing to do, a success in other words.
 * - `bug`: the provider calls our request wrong; repeating it won't help.
 */
export type FailureKind =
  | "retry"
  | "wait"
  | "pause"
  | "reauth"
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

/** What a failure kind demands of whoever meets it. */
export interface Demand {
  /** How to space attempts: `backoff` grows from seconds, `throttled` from ten, `slow` from minutes, `hours` parks, `never` stops. */
  readonly again: "now" | "backoff" | "throttled" | "slow" | "hours" | "never";
  /** The account must be marked as needing the agent's consent. */
  readonly accountNeedsConsent: boolean;
  /** The fault is the deployment's: say so in the log at error level. */
  readonly alertOperator: boolean;
}

const demand = (again: Demand["again"], flags: Partial<Omit<Demand, "again">> = {}): Demand => ({
  again,
  accountNeedsConsent: false,
  alertOperator: false,
  ...flags,
});

/** The one table of demands. Typed without `Partial`: a new kind breaks the build until it is decided. */
export const DEMANDS: Record<FailureKind, Demand> = {
  retry: demand("backoff"),
  wait: demand("throttled"),
  pause: demand("hours"),
  // Tried slowly for ever: a false verdict heals itself (L22); a success clears the mark.
  reauth: demand("hours", { accountNeedsConsent: true }),
  operator: demand("slow", { alertOperator: true }),
  resync: demand("now"),
  "recreate-channel": demand("now"),
  adopt: demand("now"),
  reread: demand("now"),
  gone: demand("slow"),
  "read-only": demand("hours"),
  unsupported: demand("never"),
  ignore: demand("never"),
  bug: demand("slow", { alertOperator: true }),
};
