// Parts of the settings pages: fields with what they mean, what they do now, and what is wrong with them.
import type { Child } from "hono/jsx";
import { SETTINGS_PATH } from "../navigation.ts";
import type { Words } from "../words/english.ts";
import { type Amount, UNIT_NAMES } from "./draft.ts";
import { DAYS_PATH, ZONE_PATH } from "./paths.ts";

/** A section of the form, under a heading that others can link to. */
export const Section = ({ id, title, children }: { id: string; title: string; children: Child }) => (
  <section class="card" aria-labelledby={id}>
    <h2 id={id}>{title}</h2>
    {children}
  </section>
);

/** What is wrong with a field, beside it. */
export const Fault = ({ id, text }: { id: string; text: string | null }) =>
  text === null ? null : (
    <p class="fault small" id={`${id}-fault`}>
      {text}
    </p>
  );

interface FieldInput {
  readonly id: string;
  readonly label: string;
  readonly means: string;
  readonly fault: string | null;
}

const described = ({ id, fault }: Pick<FieldInput, "id" | "fault">) => ({
  "aria-describedby": fault === null ? `${id}-means` : `${id}-means ${id}-fault`,
  ...(fault === null ? {} : { "aria-invalid": "true" as const }),
});

const Means = ({ id, means }: FieldInput) => (
  <p class="soft small" id={`${id}-means`}>
    {means}
  </p>
);

/** A whole number. */
export const NumberField = (input: FieldInput & { readonly value: string; readonly unit: string }) => (
  <div class="field">
    <label for={input.id}>{input.label}</label>
    <Means {...input} />
    <div class="inline">
      <input
        id={input.id}
        name={input.id}
        value={input.value}
        inputmode="numeric"
        autocomplete="off"
        size={6}
        maxlength={20}
        {...described(input)}
      />
      <span>{input.unit}</span>
    </div>
    <Fault id={input.id} text={input.fault} />
  </div>
);

/** A number of minutes, hours or days. Several of them may share a name. */
export const AmountInput = (input: {
  readonly words: Words;
  readonly id: string;
  readonly name: string;
  readonly label: string;
  readonly value: Amount;
  /** The id of what is wrong with it; null: nothing. */
  readonly fault: string | null;
  /** Whether the label stands in a `<label>` beside it. */
  readonly labelled?: boolean;
}) => {
  const { words, id, name, label, value, fault, labelled = false } = input;
  return (
    <div class="inline">
      <input
        id={id}
        name={name}
        value={value.amount}
        inputmode="numeric"
        autocomplete="off"
        size={6}
        maxlength={20}
        aria-label={labelled ? undefined : label}
        {...(fault === null ? {} : { "aria-invalid": "true" as const, "aria-describedby": fault })}
      />
      <select name={`${name}Unit`} aria-label={words.settings.unitOf(label)}>
        {UNIT_NAMES.map((unit) => (
          <option value={unit} selected={unit === value.unit}>
            {words.settings.units[unit]}
          </option>
        ))}
      </select>
    </div>
  );
};

/** One of two decisions, each with what it means. */
export const Choice = <Value extends string>(input: {
  readonly name: string;
  readonly title: string;
  readonly value: Value;
  readonly options: readonly { readonly value: Value; readonly label: string; readonly means: string }[];
}) => (
  <fieldset>
    <legend>{input.title}</legend>
    {input.options.map(({ value, label, means }) => (
      <div class="option">
        <input
          type="radio"
          id={`${input.name}-${value}`}
          name={input.name}
          value={value}
          checked={value === input.value}
          aria-describedby={`${input.name}-${value}-means`}
        />
        <div>
          <label for={`${input.name}-${value}`}>{label}</label>
          <p class="soft small" id={`${input.name}-${value}-means`}>
            {means}
          </p>
        </div>
      </div>
    ))}
  </fieldset>
);

/** Links between the pages of settings. */
export const SettingsLinks = ({ words, current }: { words: Words; current: string }) => {
  const { label, rules, days, zone } = words.settings.pages;
  const pages = [
    [SETTINGS_PATH, rules],
    [DAYS_PATH, days],
    [ZONE_PATH, zone],
  ] as const;
  return (
    <nav class="tabs" aria-label={label}>
      {pages.map(([path, name]) => (
        <a href={path} aria-current={path === current ? "page" : undefined}>
          {name}
        </a>
      ))}
    </nav>
  );
};
