// The page of days that differ: those that the agent closes or opens herself, and public holidays.

import { HOLIDAY_COUNTRIES, holidaysOf } from "../../domain/holidays.ts";
import { formatDay } from "../../domain/instant.ts";
import { Page } from "../layout.tsx";
import { Owner } from "../owner.tsx";
import type { DayField } from "./day-draft.ts";
import type { DaysPageInput } from "./days-input.ts";
import { Overrides } from "./overrides.tsx";
import { Fault, Section, SettingsLinks } from "./parts.tsx";
import { DAYS_PATH, HOLIDAYS_PATH } from "./paths.ts";
import { countryNames, dayText } from "./texts.ts";

const NewDay = ({ input }: { input: DaysPageInput }) => {
  const { draft, faults, settings, frame } = input;
  const { days } = frame.words.settings;
  const isPast = faults.has("past");
  const fault = (field: DayField) => (faults.has(field) ? days.faults[field] : null);
  const marks = (field: DayField) =>
    faults.has(field) ? { "aria-invalid": "true" as const, "aria-describedby": `${field}-fault` } : {};
  return (
    <form method="post" action={DAYS_PATH} class="card">
      <Owner frame={frame} />
      <h3>{days.add}</h3>
      <input type="hidden" name="revision" value={String(settings.revision)} />
      <div class="inline">
        <div>
          <label for="from">{days.from}</label>
          <input type="date" id="from" name="from" value={draft.from} {...marks(isPast ? "past" : "from")} />
        </div>
        <div>
          <label for="to">{days.to}</label>
          <input type="date" id="to" name="to" value={draft.to} {...marks(isPast ? "past" : "to")} />
        </div>
      </div>
      <Fault id="from" text={fault("from")} />
      <Fault id="to" text={fault("to")} />
      <Fault id="past" text={fault("past")} />
      <fieldset>
        <legend>{days.what}</legend>
        {(["closed", "hours"] as const).map((kind) => (
          <div class="option">
            <input type="radio" id={`kind-${kind}`} name="kind" value={kind} checked={draft.kind === kind} />
            <label for={`kind-${kind}`}>{days.kinds[kind]}</label>
          </div>
        ))}
        {draft.hours.map(({ start, end }, index) => (
          <div class="inline">
            <input
              type="time"
              name="start"
              id={index === 0 ? "hours" : undefined}
              value={start}
              aria-label={days.startOf(index + 1)}
              {...marks(faults.has("kind") ? "kind" : "hours")}
            />
            <span aria-hidden="true">–</span>
            <input
              type="time"
              name="end"
              value={end}
              aria-label={days.endOf(index + 1)}
              {...marks(faults.has("kind") ? "kind" : "hours")}
            />
          </div>
        ))}
        <Fault id="hours" text={fault("hours")} />
        <Fault id="kind" text={fault("kind")} />
      </fieldset>
      <Fault id="many" text={fault("many")} />
      <button type="submit" class="primary">
        {days.addButton}
      </button>
    </form>
  );
};

const RegionForm = ({ input }: { input: DaysPageInput }) => {
  const { settings, frame } = input;
  const { words } = frame;
  const { days } = words.settings;
  const nameOf = countryNames(words);
  const countries = HOLIDAY_COUNTRIES.map((country) => ({ ...country, name: nameOf(country.code) })).sort(
    (a, b) => a.name.localeCompare(b.name, words.locale),
  );
  const Option = ({ code, name }: { code: string; name: string }) => (
    <option value={code} selected={code === settings.holidays}>
      {name}
    </option>
  );
  return (
    <form method="post" action={HOLIDAYS_PATH}>
      <Owner frame={frame} />
      <label for="region">{days.region}</label>
      <div class="inline">
        <select id="region" name="region">
          <Option code="" name={days.noRegion} />
          {countries.map(({ code, name, regions }) =>
            regions.length === 0 ? (
              <Option code={code} name={name} />
            ) : (
              <optgroup label={name}>
                <Option code={code} name={days.whole(name)} />
                {regions.map((region) => (
                  <Option code={region.code} name={region.name} />
                ))}
              </optgroup>
            ),
          )}
        </select>
        <button type="submit">{days.choose}</button>
      </div>
    </form>
  );
};

const Holidays = ({ input }: { input: DaysPageInput }) => {
  const { settings, today, year, frame } = input;
  const { words } = frame;
  const { days } = words.settings;
  if (settings.holidays === null) return null;
  const all = holidaysOf(settings.holidays) ?? [];
  const yearOf = (day: number) => Number(formatDay(day).slice(0, 4));
  const isShown = (day: number) => (year === null ? day >= today && day < today + 365 : yearOf(day) === year);
  const years = [...new Set(all.map(({ day }) => yearOf(day)))].filter((one) => one >= yearOf(today));
  return (
    <>
      <p class="actions">
        {[null, ...years].map((one) => (
          <a
            href={one === null ? DAYS_PATH : `${DAYS_PATH}?year=${one}`}
            aria-current={one === year ? "true" : undefined}
          >
            {one === null ? days.comingYear : String(one)}
          </a>
        ))}
      </p>
      <ul class="list">
        {all
          .filter(({ day }) => isShown(day))
          .map(({ day, name }) => {
            const isWorked = settings.workedHolidays.includes(day);
            return (
              <li class="row">
                <div>
                  <p>
                    <strong>{dayText(words, day)}</strong>: <span dir="auto">{name}</span>
                  </p>
                  <p class="soft small">{isWorked ? days.worked : days.holidayClosed}</p>
                </div>
                <form method="post" action={HOLIDAYS_PATH}>
                  <Owner frame={frame} />
                  <input type="hidden" name="date" value={formatDay(day)} />
                  <button
                    type="submit"
                    name="worked"
                    value={String(!isWorked)}
                    aria-label={(isWorked ? days.closeNamed : days.workNamed)(dayText(words, day))}
                  >
                    {isWorked ? days.close : days.work}
                  </button>
                </form>
              </li>
            );
          })}
      </ul>
      <p class="soft small">{days.knownUntil(String(years.at(-1) ?? ""))}</p>
    </>
  );
};

/** The whole page. */
export const DaysPage = (input: DaysPageInput) => {
  const { frame, faults, conflict, saved } = input;
  const { words } = frame;
  const { days, title } = words.settings;
  const isWrong = conflict || faults.size > 0;
  return (
    <Page frame={frame} title={days.title}>
      <h1>{title}</h1>
      <SettingsLinks words={words} current={DAYS_PATH} />
      {isWrong ? (
        <p class="notice bad" role="alert">
          {conflict ? days.conflict : words.settings.notSaved}
        </p>
      ) : saved ? (
        <p class="notice good" role="status">
          {words.settings.saved}
        </p>
      ) : null}
      <h2>{days.own}</h2>
      <p class="soft">{days.ownMeans}</p>
      <Overrides input={input} />
      <NewDay input={input} />
      <Section id="holidays" title={days.holidays}>
        <p class="soft">{days.holidaysMean}</p>
        <RegionForm input={input} />
        <Holidays input={input} />
      </Section>
    </Page>
  );
};
