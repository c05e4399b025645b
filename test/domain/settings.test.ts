// Settings: what holds for an agent who has set nothing.
import { expect, test } from "vitest";
import { blocks, type EventStatus } from "../../src/domain/busy.ts";
import { DEFAULT_SETTINGS } from "../../src/domain/settings.ts";

test.each<readonly [EventStatus, boolean]>([
  ["busy", true],
  ["tentative", true],
  ["unanswered", true],
  ["out_of_office", true],
  ["working_elsewhere", false],
])("an event with the status %s blocks by default: %s", (status, expected) => {
  expect(blocks({ status, allDay: false }, DEFAULT_SETTINGS.rules)).toBe(expected);
  expect(blocks({ status, allDay: true }, DEFAULT_SETTINGS.rules)).toBe(expected);
});

test("by default there are no buffers, no minimum notice and no working hours, and one reminder half an hour ahead", () => {
  expect(DEFAULT_SETTINGS).toMatchObject({
    ...{ bufferBeforeMs: 0, bufferAfterMs: 0, minimumNoticeMs: 0, workingHours: null, reminderMinutes: [30] },
    ...{ onStale: "refuse", onExternalChange: "keep", revision: 0 },
  });
});
