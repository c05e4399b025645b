// Around: the form's fields for time around appointments, and for how many there may be.

import type { SettingsPageInput } from "./page-input.ts";
import { AmountInput, Fault, NumberField, Section } from "./parts.tsx";
import { sentences } from "./sentences.ts";

/** Buffers, notice, horizon and limits. */
export const Around = ({ input }: { input: SettingsPageInput }) => {
  const { draft, faults } = input;
  const { words } = input.frame;
  const { around, units, faults: sayings } = words.settings;
  const says = sentences(input);
  const faultOf = (
    field: "bufferBefore" | "bufferAfter" | "horizonDays" | "maxPerDay" | "maxPerWeek" | "notice",
  ) => (faults.has(field) ? sayings[field] : null);
  const number = (
    id: "bufferBefore" | "bufferAfter" | "horizonDays" | "maxPerDay" | "maxPerWeek",
    unit: string,
  ) => (
    <NumberField
      id={id}
      label={around[id]}
      means={around.means[id]}
      value={draft[id]}
      unit={unit}
      fault={faultOf(id)}
    />
  );
  return (
    <>
      <Section id="around" title={around.title}>
        {number("bufferBefore", units.minutes)}
        {number("bufferAfter", units.minutes)}
        <p class="does">{says.buffers}</p>
        <div class="field">
          <label for="notice">{around.notice}</label>
          <p class="soft small">{around.means.notice}</p>
          <AmountInput
            words={words}
            id="notice"
            name="notice"
            label={around.notice}
            value={draft.notice}
            fault={faultOf("notice") === null ? null : "notice-fault"}
            labelled
          />
          <Fault id="notice" text={faultOf("notice")} />
        </div>
        <p class="does">{says.notice}</p>
        {number("horizonDays", units.days)}
        {says.horizon === null ? null : <p class="does">{says.horizon}</p>}
      </Section>
      <Section id="limits" title={around.limits}>
        {number("maxPerDay", around.appointments)}
        {number("maxPerWeek", around.appointments)}
        <p class="does">{says.limits}</p>
      </Section>
    </>
  );
};
