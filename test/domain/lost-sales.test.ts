// The reason by which a refused sale is counted, and what reason codes mean for people.
import { describe, expect, test } from "vitest";
import type { ConflictReason } from "../../src/domain/conflicts.ts";
import { EXPLANATIONS, meaningOf } from "../../src/domain/explanation.ts";
import { lossReasonOf } from "../../src/domain/lost-sales.ts";

const reasonOf = (...reasons: ConflictReason[]) => lossReasonOf(reasons.map((reason) => ({ reason })));

describe("A refused sale is counted", () => {
  test("as taken by whatever stands in the calendar or among bookings and holds", () => {
    for (const reason of ["busy", "all_day", "buffer", "hold", "booking", "out_of_office"] as const) {
      expect(reasonOf(reason)).toBe("taken");
    }
  });

  test("under a rule only where nothing known stood there, and of several rules under the first", () => {
    expect(reasonOf("notice", "busy")).toBe("taken");
    expect(reasonOf("day_full", "booking")).toBe("taken");
    expect(reasonOf("week_full")).toBe("full");
    expect(reasonOf("day_full", "notice", "closed")).toBe("closed");
    expect(reasonOf("past", "busy")).toBe("taken");
    expect(reasonOf("past", "hours")).toBe("past");
  });

  test("as unverified where nothing stood in the way", () => {
    expect(reasonOf()).toBe("unverified");
  });
});

describe("A reason code means", () => {
  test("what its failure kind demands, whatever the provider calls it", () => {
    expect(meaningOf("requiredAccessLevel", "read-only")).toBe("read_only");
    expect(meaningOf("ErrorAccessDenied", "read-only")).toBe("read_only");
    expect(meaningOf("invalid_grant", "reauth")).toBe("connect_again");
    expect(meaningOf("AADSTS700016", "operator")).toBe("operator");
  });

  test("more than its kind where the code is ours", () => {
    expect(meaningOf("write_in_doubt", "retry")).toBe("in_doubt");
    expect(meaningOf("calendar_gone", null)).toBe("calendar_gone");
  });

  test("a sentence for people and what to do, without a code in it", () => {
    for (const words of Object.values(EXPLANATIONS)) {
      for (const sentence of [words.means, words.whatToDo]) expect(sentence).toMatch(/^[A-Z][^_{}]+\.$/);
    }
  });
});
