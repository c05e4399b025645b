// Busy rules: the whole table of statuses and rules.
import { describe, expect, it } from "vitest";
import { type BusyRules, type BusyStatus, blocks } from "../../src/domain/busy.ts";

const NONE: BusyRules = {
  tentative: false,
  allDay: false,
  outOfOffice: false,
  unanswered: false,
  workingElsewhere: false,
};

/** The one rule that each status needs to block; null: it blocks under any rules. */
const NEEDS: Record<BusyStatus, keyof BusyRules | null> = {
  busy: null,
  tentative: "tentative",
  unanswered: "unanswered",
  out_of_office: "outOfOffice",
  working_elsewhere: "workingElsewhere",
  booking: null,
  hold: null,
};

describe.each(Object.entries(NEEDS) as [BusyStatus, keyof BusyRules | null][])(
  "L10: a row that is %s",
  (status, rule) => {
    const own = status === "booking" || status === "hold";

    it("blocks by its own rule alone", () => {
      expect(blocks({ status, allDay: false }, NONE)).toBe(rule === null);
      if (rule !== null) expect(blocks({ status, allDay: false }, { ...NONE, [rule]: true })).toBe(true);
    });

    it("blocks all day only where all-day events count too", () => {
      const rules = rule === null ? NONE : { ...NONE, [rule]: true };
      expect(blocks({ status, allDay: true }, rules)).toBe(own);
      expect(blocks({ status, allDay: true }, { ...rules, allDay: true })).toBe(true);
      expect(blocks({ status, allDay: true }, { ...NONE, allDay: true })).toBe(rule === null);
    });
  },
);
