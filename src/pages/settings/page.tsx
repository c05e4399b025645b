// The settings page: all of an agent's rules in one form, each with what it does now.
import type { Instant } from "../../domain/instant.ts";
import type { AgentSettings } from "../../domain/settings.ts";
import type { SettingsPreview } from "../../domain/settings-preview.ts";
import { cityOf, offsetText } from "../../domain/zone-names.ts";
import type { Frame } from "../frame.ts";
import { Page } from "../layout.tsx";
import { SETTINGS_PATH } from "../navigation.ts";
import { type Amount, type Draft, FIELDS, type Field, RULES, WEEKDAYS } from "./draft.ts";
import { Week } from "./hours.tsx";
import { AmountInput, Choice, Fault, NumberField, Section, SettingsLinks } from "./parts.tsx";
import { clockText, dateText, timeText, weekdayName } from "./texts.ts";

/** What the page shows. */
export interface SettingsPageInput {
  readonly frame: Frame;
  readonly draft: Draft;
  readonly faults: ReadonlySet<Field>;
  /** The settings behind `preview`: those stored, or those of the form where it is right. */
  readonly settings: AgentSettings;
  readonly preview: SettingsPreview;
  /** Whether the form says something that isn't stored yet. */
  readonly unsaved: boolean;
  /** Whether the settings were changed elsewhere, and which parts of the form differ from them now. */
  readonly conflict: readonly (keyof Draft)[] | null;
  readonly saved: boolean;
  readonly doubtful: readonly string[];
  readonly now: Instant;
}

const EXAMPLE = { startMinute: 600, endMinute: 630 };

const sentences = (input: SettingsPageInput) => {
  const { settings, preview, now } = input;
  const { words } = input.frame;
  const { does } = words.settings;
  const { timeZone } = settings;
  const from = EXAMPLE.startMinute - settings.bufferBeforeMs / 60_000;
  const to = EXAMPLE.endMinute + settings.bufferAfterMs / 60_000;
  const shown = preview.days.find(({ free }) => free > 0);
  const last = settings.horizonDays === null ? null : now + settings.horizonDays * 86_400_000;
  return {
    hours:
      shown === undefined
        ? does.nothingFree
        : does.free(dateText(words, shown.startsAt, timeZone), shown.free),
    buffers: does.buffers(clockText(from), clockText(to)),
    notice: preview.first === null ? does.noFirst : does.first(timeText(words, preview.first, timeZone)),
    horizon: last === null ? does.noHorizon : does.horizon(dateText(words, last, timeZone)),
    limits: does.limits(preview.bookedToday, preview.bookedThisWeek),
    reminders:
      settings.reminderMinutes.length === 0
        ? does.noReminder
        : does.reminders(settings.reminderMinutes.length),
  };
};

const Now = ({ input }: { input: SettingsPageInput }) => {
  const { preview, settings, doubtful, unsaved } = input;
  const { words } = input.frame;
  const { now } = words.settings;
  return (
    <Section id="now" title={unsaved && input.faults.size === 0 ? now.unsavedTitle : now.title}>
      {doubtful.length === 0 ? null : (
        <p class="notice bad">
          {settings.onStale === "refuse"
            ? now.refused(doubtful.join(", "))
            : now.allowed(doubtful.join(", "))}
        </p>
      )}
      <p>{sentences(input).hours}</p>
      <ul class="week">
        {preview.days.map(({ startsAt, free }) => (
          <li>{now.day(dateText(words, startsAt, settings.timeZone), free)}</li>
        ))}
      </ul>
      <p class="soft small">
        {now.zone(cityOf(settings.timeZone), offsetText(settings.timeZone, input.now))}
      </p>
    </Section>
  );
};

const Reminders = ({ input }: { input: SettingsPageInput }) => {
  const { draft, faults } = input;
  const { words } = input.frame;
  const { reminders, faults: sayings } = words.settings;
  const fault = faults.has("reminders") ? sayings.reminders : null;
  const rows: Amount[] = [...draft.reminders, { amount: "", unit: "minutes" } as const].slice(0, 5);
  return (
    <Section id="reminders-title" title={reminders.title}>
      <p class="soft small">{reminders.means}</p>
      {rows.map((value, index) => (
        <AmountInput
          words={words}
          id={`reminder${index + 1}`}
          name="reminder"
          label={reminders.label(index + 1)}
          value={value}
          fault={fault === null ? null : "reminders-fault"}
        />
      ))}
      <Fault id="reminders" text={fault} />
      <p class="does">{sentences(input).reminders}</p>
    </Section>
  );
};

const Busy = ({ input }: { input: SettingsPageInput }) => {
  const { draft, preview } = input;
  const { busy } = input.frame.words.settings;
  return (
    <Section id="busy" title={busy.title}>
      <p class="soft small">{busy.means}</p>
      {RULES.map((rule) => (
        <div class="option">
          <input
            type="checkbox"
            id={rule}
            name={rule}
            checked={draft.rules[rule]}
            aria-describedby={`${rule}-means`}
          />
          <div>
            <label for={rule}>{busy.rules[rule]}</label>
            <p class="soft small" id={`${rule}-means`}>
              {draft.rules[rule] ? busy.takes(preview.takenBy[rule]) : busy.wouldTake(preview.takenBy[rule])}
            </p>
          </div>
        </div>
      ))}
    </Section>
  );
};

const Around = ({ input }: { input: SettingsPageInput }) => {
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
        <p class="does">{says.horizon}</p>
      </Section>
      <Section id="limits" title={around.limits}>
        {number("maxPerDay", around.appointments)}
        {number("maxPerWeek", around.appointments)}
        <p class="does">{says.limits}</p>
      </Section>
    </>
  );
};

const Trouble = ({ input }: { input: SettingsPageInput }) => {
  const { draft } = input;
  const { trouble } = input.frame.words.settings;
  return (
    <Section id="trouble" title={trouble.title}>
      <Choice
        name="onStale"
        title={trouble.stale}
        value={draft.onStale}
        options={[
          { value: "refuse", label: trouble.refuse, means: trouble.refuseMeans },
          { value: "allow", label: trouble.allow, means: trouble.allowMeans },
        ]}
      />
      <Choice
        name="onExternalChange"
        title={trouble.external}
        value={draft.onExternalChange}
        options={[
          { value: "keep", label: trouble.keep, means: trouble.keepMeans },
          { value: "follow", label: trouble.follow, means: trouble.followMeans },
        ]}
      />
    </Section>
  );
};

/** What happened to the form that was sent. */
const Outcome = ({ input }: { input: SettingsPageInput }) => {
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

/** The whole page. */
export const SettingsPage = (input: SettingsPageInput) => {
  const { frame, draft, faults } = input;
  const { words } = frame;
  const { settings } = words;
  const Save = () => (
    <button type="submit" name="action" value="save" class="primary">
      {settings.save}
    </button>
  );
  return (
    <Page frame={frame} title={settings.title}>
      <h1>{settings.title}</h1>
      <p class="soft">{settings.intro}</p>
      <SettingsLinks words={words} base={SETTINGS_PATH} current="" />
      <Outcome input={input} />
      <Now input={input} />
      <form method="post" action={SETTINGS_PATH} class="settings">
        <input type="hidden" name="revision" value={String(draft.revision)} />
        <div class="actions">
          <Save />
          <span class="soft small">{settings.saveMeans}</span>
        </div>
        <Section id="hours" title={settings.hours.title}>
          <Week words={words} draft={draft} faults={faults} action={SETTINGS_PATH} />
          <p class="does">{sentences(input).hours}</p>
        </Section>
        <Around input={input} />
        <Busy input={input} />
        <Trouble input={input} />
        <Reminders input={input} />
        <Save />
      </form>
    </Page>
  );
};
