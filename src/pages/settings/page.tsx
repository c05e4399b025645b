// The settings page: all of an agent's rules in one form, each with what it does now.
import { placeText } from "../../domain/zone-choices.ts";
import { Page } from "../layout.tsx";
import { SETTINGS_PATH } from "../navigation.ts";
import { Obstacles } from "../obstacles.tsx";
import { Owner } from "../owner.tsx";
import { Around } from "./around.tsx";
import { type Amount, RULES } from "./draft.ts";
import { Week } from "./hours.tsx";
import { Outcome } from "./outcome.tsx";
import type { SettingsPageInput } from "./page-input.ts";
import { AmountInput, Choice, Fault, Section, SettingsLinks } from "./parts.tsx";
import { sentences } from "./sentences.ts";
import { dateText } from "./texts.ts";

const Now = ({ input }: { input: SettingsPageInput }) => {
  const { preview, settings, standing, obstacles, unsaved } = input;
  const { words } = input.frame;
  const { now } = words.settings;
  return (
    <Section id="now" title={unsaved && input.faults.size === 0 ? now.unsavedTitle : now.title}>
      <Obstacles words={words} standing={standing} obstacles={obstacles} nameOf={({ name }) => name} />
      <p>{sentences(input).hours}</p>
      <ul class="week">
        {preview.days.map(({ startsAt, free }) => (
          <li>{now.day(dateText(words, startsAt, settings.timeZone), free)}</li>
        ))}
      </ul>
      <p class="soft small">{now.zone(placeText(settings.timeZone, input.now))}</p>
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

/** The whole page. */
export const SettingsPage = (input: SettingsPageInput) => {
  const { frame, draft, faults } = input;
  const { words } = frame;
  const { settings } = words;
  const Save = ({ label }: { label: string }) => (
    <button type="submit" name="action" value="save" class="primary">
      {label}
    </button>
  );
  return (
    <Page frame={frame} title={settings.title}>
      <h1>{settings.title}</h1>
      <p class="soft">{settings.intro}</p>
      <SettingsLinks words={words} current={SETTINGS_PATH} />
      <Outcome input={input} />
      <Now input={input} />
      <form method="post" action={SETTINGS_PATH} class="settings">
        <Owner frame={frame} />
        <input type="hidden" name="revision" value={String(draft.revision)} />
        <div class="actions">
          <Save label={settings.save} />
          <span class="soft small">{settings.saveMeans}</span>
        </div>
        <Section id="hours" title={settings.hours.title}>
          <Week words={words} draft={draft} faults={faults} />
          <p class="does">{sentences(input).hours}</p>
        </Section>
        <Around input={input} />
        <Busy input={input} />
        <Trouble input={input} />
        <Reminders input={input} />
        <Save label={settings.saveAll} />
      </form>
    </Page>
  );
};
