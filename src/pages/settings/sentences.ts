// Sentences: what the settings do now, in the reader's language.
import { DAY_MS, MINUTE_MS } from "../../domain/instant.ts";
import { MAX_AHEAD_DAYS } from "../../domain/window.ts";
import type { SettingsPageInput } from "./page-input.ts";
import { clockText, dateText, timeText } from "./texts.ts";

/** An appointment from 10:00 to 10:30, as the words have it. */
const EXAMPLE = { startMinute: 600, endMinute: 630 };

/** A sentence for each part of the form. */
export const sentences = (input: SettingsPageInput) => {
  const { settings, preview, windowDays, isBookable, now } = input;
  const { words } = input.frame;
  const { does } = words.settings;
  const { timeZone } = settings;
  const from = EXAMPLE.startMinute - settings.bufferBeforeMs / MINUTE_MS;
  const to = EXAMPLE.endMinute + settings.bufferAfterMs / MINUTE_MS;
  const shown = preview.days.find(({ free }) => free > 0);
  const furthest = (): string => {
    const days = settings.horizonDays ?? MAX_AHEAD_DAYS;
    if (windowDays !== null && windowDays < days) return does.noHorizon(windowDays);
    return settings.horizonDays === null
      ? does.anyHorizon(days)
      : does.horizon(dateText(words, now + days * DAY_MS, timeZone));
  };
  return {
    hours:
      shown === undefined
        ? does.nothingFree
        : does.free(dateText(words, shown.startsAt, timeZone), shown.free),
    buffers: does.buffers(clockText(from), clockText(to)),
    notice: preview.first === null ? does.noFirst : does.first(timeText(words, preview.first, timeZone)),
    /** Null: nobody can book at all. */
    horizon: isBookable ? furthest() : null,
    limits: does.limits(preview.bookedToday, preview.bookedThisWeek),
    reminders:
      settings.reminderMinutes.length === 0
        ? does.noReminder
        : does.reminders(settings.reminderMinutes.length),
  };
};
