// Failure kinds: the table of demands is complete and agrees with `docs/providers/README.md` D.
import { describe, expect, it } from "vitest";
import { DEMANDS, type FailureKind } from "../../src/domain/failure.ts";

const KINDS: Record<FailureKind, string> = {
  retry: "backoff",
  wait: "throttled",
  pause: "hours",
  reauth: "hours",
  refused: "rarely",
  "no-service": "rarely",
  operator: "slow",
  resync: "now",
  "recreate-channel": "now",
  adopt: "now",
  reread: "now",
  gone: "slow",
  "read-only": "hours",
  unsupported: "never",
  ignore: "never",
  bug: "slow",
};

const having = (flag: "accountNeedsConsent" | "accountUnavailable" | "alertOperator") =>
  Object.entries(DEMANDS).flatMap(([kind, demand]) => (demand[flag] ? [kind] : []));

describe("DEMANDS", () => {
  it("decides every kind of failure, and no other", () => {
    expect(Object.fromEntries(Object.entries(DEMANDS).map(([kind, { again }]) => [kind, again]))).toEqual(
      KINDS,
    );
  });

  it("L22: asks the agent for consent only when the grant is dead, and still tries again", () => {
    expect(having("accountNeedsConsent")).toEqual(["reauth"]);
    expect(DEMANDS.reauth.again).not.toBe("never");
  });

  it("marks an account as unavailable only when the provider offers it no calendars", () => {
    expect(having("accountUnavailable")).toEqual(["no-service"]);
  });

  it("alerts the operator only for faults that users can't help", () => {
    expect(having("alertOperator").sort()).toEqual(["bug", "operator"]);
  });
});
