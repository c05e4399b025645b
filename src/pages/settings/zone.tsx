// The page for the time zone: found by city or country, chosen by a button.
import type { Instant } from "../../domain/instant.ts";
import { cityOf, findZones, offsetText, presentName } from "../../domain/zone-choices.ts";
import type { Frame } from "../frame.ts";
import { Page } from "../layout.tsx";
import { Owner } from "../owner.tsx";
import type { Words } from "../words/english.ts";
import { SettingsLinks } from "./parts.tsx";
import { ZONE_PATH } from "./paths.ts";
import { countryNames } from "./texts.ts";

/** Zones on one page. More are asked for by a longer query. */
const MOST = 40;

/** A wall clock's time in the zone. */
const clockIn = ({ locale }: Words, timeZone: string, now: Instant): string =>
  new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", timeZone }).format(now);

const Choose = (input: { frame: Frame; name: string; country: string | null; now: Instant }) => {
  const { frame, name, country, now } = input;
  const { words } = frame;
  const { zone } = words.settings;
  return (
    <li class="row">
      <div>
        <p>
          <strong>{cityOf(name)}</strong>
          {country === null ? "" : `, ${country}`}
        </p>
        <p class="soft small">{zone.details(name, offsetText(name, now), clockIn(words, name, now))}</p>
      </div>
      <form method="post" action={ZONE_PATH}>
        <Owner frame={frame} />
        <input type="hidden" name="timeZone" value={name} />
        <button type="submit" aria-label={zone.chooseNamed(cityOf(name))}>
          {zone.choose}
        </button>
      </form>
    </li>
  );
};

/** The whole page. */
export const ZonePage = (input: {
  frame: Frame;
  timeZone: string;
  /** Where the reader's network is; null: unknown. */
  proposed: string | null;
  query: string;
  now: Instant;
}) => {
  const { frame, query, now } = input;
  const { words } = frame;
  const { zone, title } = words.settings;
  const own = presentName(input.timeZone);
  const proposed = input.proposed === null ? null : presentName(input.proposed);
  const countryName = countryNames(words);
  const found = findZones(query, countryName);
  return (
    <Page frame={frame} title={zone.title}>
      <h1>{title}</h1>
      <SettingsLinks words={words} current={ZONE_PATH} />
      <h2>{zone.title}</h2>
      <p>{zone.means}</p>
      <p>{zone.current(cityOf(own), zone.details(own, offsetText(own, now), clockIn(words, own, now)))}</p>
      <form method="post" action={ZONE_PATH} data-zone-now={own} hidden>
        <Owner frame={frame} />
        <input type="hidden" name="timeZone" value={own} />
        <p>
          {zone.browser(<output />)} <button type="submit">{zone.useIt}</button>
        </p>
      </form>
      {proposed === null || proposed === own ? null : (
        <section aria-labelledby="proposed">
          <h3 id="proposed">{zone.proposed}</h3>
          <ul class="list">
            <Choose frame={frame} name={proposed} country={null} now={now} />
          </ul>
        </section>
      )}
      <form method="get" action={ZONE_PATH}>
        <label for="q">{zone.search}</label>
        <div class="inline">
          <input id="q" name="q" type="search" value={query} autocomplete="off" maxlength={60} />
          <button type="submit">{zone.find}</button>
        </div>
      </form>
      {query === "" ? null : (
        <section aria-labelledby="found">
          <h3 id="found">{zone.found(found.length)}</h3>
          <ul class="list">
            {found.slice(0, MOST).map(({ name, country }) => (
              <Choose
                frame={frame}
                name={name}
                country={country === null ? null : countryName(country)}
                now={now}
              />
            ))}
          </ul>
          {found.length > MOST ? <p class="soft">{zone.more(found.length - MOST)}</p> : null}
        </section>
      )}
    </Page>
  );
};
