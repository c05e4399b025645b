// Hours: the editor of the week, with several stretches a day. Each of its buttons works without script.
import type { Weekday } from "../../domain/settings.ts";
import { SETTINGS_PATH } from "../navigation.ts";
import type { Words } from "../words/english.ts";
import { type Draft, type Field, MOST_STRETCHES, type Stretch, WEEKDAYS } from "./draft.ts";
import { Choice, Fault } from "./parts.tsx";
import { weekdayName } from "./texts.ts";

interface DayInput {
  readonly words: Words;
  readonly weekday: Weekday;
  readonly stretches: readonly Stretch[];
  readonly fault: string | null;
}

const TimeInput = (input: { name: string; label: string; value: string; fault: string | null }) => (
  <input
    type="time"
    name={input.name}
    value={input.value}
    aria-label={input.label}
    {...(input.fault === null ? {} : { "aria-invalid": "true", "aria-describedby": input.fault })}
  />
);

const Day = ({ words, weekday, stretches, fault }: DayInput) => {
  const { hours } = words.settings;
  const day = weekdayName(words, weekday);
  const id = `hours${weekday}`;
  const faultId = fault === null ? null : `${id}-fault`;
  const add = stretches.length === 0 ? hours.add : hours.addAnother;
  const Button = ({
    verb,
    label,
    name = `${label}: ${day}`,
  }: {
    verb: string;
    label: string;
    name?: string;
  }) => (
    <button type="submit" name="action" value={verb} formaction={`${SETTINGS_PATH}#${id}`} aria-label={name}>
      {label}
    </button>
  );
  return (
    <fieldset id={id} class="day">
      <legend>{day}</legend>
      {stretches.length === 0 ? <p class="soft small">{hours.closed}</p> : null}
      {stretches.map(({ start, end }, index) => (
        <div class="inline">
          <TimeInput
            name={`start${weekday}`}
            value={start}
            label={hours.from(day, index + 1)}
            fault={faultId}
          />
          <span aria-hidden="true">–</span>
          <TimeInput name={`end${weekday}`} value={end} label={hours.to(day, index + 1)} fault={faultId} />
          <Button verb={`remove-${weekday}-${index}`} label="×" name={hours.removeOf(day, index + 1)} />
        </div>
      ))}
      <Fault id={id} text={fault} />
      <div class="actions">
        {stretches.length >= MOST_STRETCHES ? null : <Button verb={`add-${weekday}`} label={add} />}
        {stretches.length === 0 ? null : (
          <>
            <Button verb={`copy-${weekday}-work`} label={hours.copyWork} />
            <Button verb={`copy-${weekday}-all`} label={hours.copyAll} />
          </>
        )}
      </div>
    </fieldset>
  );
};

/** The week of the form. */
export const Week = (input: { words: Words; draft: Draft; faults: ReadonlySet<Field> }) => {
  const { words, draft, faults } = input;
  const { hours, faults: sayings } = words.settings;
  return (
    <>
      <Choice
        name="open"
        title={hours.when}
        value={draft.open}
        options={[
          { value: "always", label: hours.always, means: hours.alwaysMeans },
          { value: "weekly", label: hours.weekly, means: hours.weeklyMeans },
        ]}
      />
      <Fault id="hours" text={faults.has("hours") ? sayings.manyHours : null} />
      {WEEKDAYS.map((weekday) => (
        <Day
          words={words}
          weekday={weekday}
          stretches={draft.hours[weekday - 1] ?? []}
          fault={faults.has(`hours${weekday}`) ? sayings.hours : null}
        />
      ))}
    </>
  );
};
