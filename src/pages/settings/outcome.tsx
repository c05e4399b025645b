// Outcome: what happened to the form that was sent.
import { FIELDS, WEEKDAYS } from "./draft.ts";
import type { SettingsPageInput } from "./page-input.ts";
import { weekdayName } from "./texts.ts";

/** What happened to the form that was sent. */
export const Outcome = ({ input }: { input: SettingsPageInput }) => {
  const { faults, conflict, saved } = input;
  const { words } = input.frame;
  const { settings } = words;
  if (conflict !== null) {
    const parts = [...new Set(conflict.map((part) => settings.parts[part]))].join(", ");
    return (
      <p class="notice bad" role="alert">
        {parts === "" ? settings.conflictSame : settings.conflict(parts)}
      </p>
    );
  }
  if (faults.size > 0) {
    return (
      <div class="notice bad" role="alert">
        <p>{settings.notSaved}</p>
        <ul>
          {FIELDS.filter((field) => faults.has(field)).map((field) => (
            <li>
              <a href={`#${field === "reminders" ? "reminder1" : field}`}>
                {WEEKDAYS.find((weekday) => field === `hours${weekday}`) === undefined
                  ? settings.parts[field as keyof typeof settings.parts]
                  : weekdayName(words, Number(field.slice(-1)) as (typeof WEEKDAYS)[number])}
              </a>
            </li>
          ))}
        </ul>
      </div>
    );
  }
  if (input.unsaved) {
    return (
      <p class="notice warn" role="status">
        {settings.unsaved}
      </p>
    );
  }
  return saved ? (
    <p class="notice good" role="status">
      {settings.saved}
    </p>
  ) : null;
};
