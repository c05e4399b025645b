// Draft: whatever an agent's settings are, the form shows them, and saving it untouched changes none of them.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { changedBy } from "../../src/domain/settings.ts";
import { changeIn, differences, draftOf } from "../../src/pages/settings/draft.ts";
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
