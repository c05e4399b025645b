// Draft: whatever an agent's settings are, the form shows them, and saving it untouched changes none of them.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changedBy, DEFAULT_SETTINGS } from "../../src/domain/settings.ts";
import { changeIn, differences, draftOf, edited } from "../../src/pages/settings/draft.ts";
import { agendaArb } from "../domain/agenda.ts";

test("a form that is saved as it was shown leaves all settings as they are", () => {
  fc.assert(
    fc.property(agendaArb, ({ settings: drawn }) => {
      const byDay = [...(drawn.workingHours ?? [])].sort((a, b) => a.weekday - b.weekday);
      const settings = { ...drawn, workingHours: drawn.workingHours === null ? null : byDay };
      const draft = draftOf(settings);
      expect(differences(draft, settings)).toEqual([]);
      const result = changeIn(draft);
      expect("change" in result && changedBy(settings, result.change)).toEqual(settings);
    }),
    { numRuns: 100 },
  );
});

describe("Hours", () => {
  const always = draftOf(DEFAULT_SETTINGS);
  const weekly = (monday: { start: string; end: string }[]) => ({
    ...always,
    open: "weekly" as const,
    hours: always.hours.with(0, monday),
  });

  test("that are added or copied to a form without any close the rest, as they look", () => {
    expect(edited(always, "add-1")).toMatchObject({ open: "weekly" });
    const written = { ...weekly([{ start: "09:00", end: "17:00" }]), open: "always" as const };
    expect(edited(written, "copy-1-work")).toMatchObject({ open: "weekly" });
    expect(edited(written, "remove-1-0")).toMatchObject({ open: "always" });
  });

  test("of a day that was opened but not filled in aren't taken for a week without any", () => {
    expect(changeIn(edited(always, "add-3"))).toEqual({ faults: new Set(["hours3"]) });
    expect(changeIn({ ...always, open: "weekly" })).toMatchObject({ change: { workingHours: [] } });
  });

  test("that are too many are the fault of the week, not of its Monday", () => {
    const full = weekly(
      Array.from({ length: 8 }, (_, index) => ({ start: `0${index}:00`, end: `0${index}:30` })),
    );
    expect(changeIn(edited(full, "copy-1-all"))).toEqual({ faults: new Set(["hours"]) });
  });
});
