// Sentences: what the settings do now, in the reader's language.
import { DAY_MS, MINUTE_MS } from "../../domain/instant.ts";
import type { SettingsPageInput } from "./page-input.ts";
import { clockText, dateText, timeText } from "./texts.ts";

/** An appointment from 10:00 to 10:30, as the words have it. */
const EXAMPLE = { startMinute: 600, endMinute: 630 };

/** A sentence for each part of the form. */
export const sentences = (input: SettingsPageInput) => {
  const { settings, preview, windowDays, now } = input;
  const { words } = input.frame;
  const { does } = words.settings;
  const { timeZone } = settings;
  const from = EXAMPLE.startMinute - settings.bufferBeforeMs / MINUTE_MS;
  const to = EXAMPLE.endMinute + settings.bufferAfterMs / MINUTE_MS;
  const shown = preview.days.find(({ free }) => free > 0);
  const days = settings.horizonDays ?? Number.POSITIVE_INFINITY;
  const furthest = (): string => {
    if (windowDays !== null && windowDays < days) return does.noHorizon(windowDays);
    return days === Number.POSITIVE_INFINITY
      ? does.anyHorizon
      : does.horizon(dateText(words, now + days * DAY_MS, timeZone));
  };
  return {
    hours:
      shown === undefined
        ? does.nothingFree
        : does.free(dateText(words, shown.startsAt, timeZone), shown.free),
    buffers: does.buffers(clockText(from), clockText(to)),
    notice: preview.first === null ? does.noFirst : does.first(timeText(words, preview.first, timeZone)),
    horizon: furthest(),
    limits: does.limits(preview.bookedToday, preview.bookedThisWeek),
    reminders:
      settings.reminderMinutes.length === 0
        ? does.noReminder
        : does.reminders(settings.reminderMinutes.length),
  };
};
