// Alert list: what stands in the way of clients or bookings, first on the page, each with the button that ends it.
import { isOfAccount } from "../../domain/obstacle.ts";
import type { Words } from "../words/english.ts";
import { type Alert, alertsOf } from "./alerts.ts";
import type { ConnectPageInput } from "./page-input.ts";
import { accountPath, cardId, connectionPath, consentPath } from "./paths.ts";

/**
 * What the alert is about: where the whole account is meant its address, with the provider if two accounts have it, else
 * the calendar's title.
 */
function nameOf(
  { remedy, calendars: [first] }: Alert,
  page: ConnectPageInput,
  titles: ReadonlyMap<string, string>,
): string {
  const { address, connection } = first;
  const title = titles.get(connection.id) ?? connection.name;
  if (address === null || !isOfAccount(remedy)) return title;
  const isShared = page.overview.calendars.some(
    (other) => other.address === address && other.connection.accountId !== connection.accountId,
  );
  return isShared ? `${address}, ${page.frame.words.providers[connection.provider]}` : address;
}

/** The way to end it; none where it ends by itself. */
const Way = ({
  words,
  alert,
  name,
  agentId,
}: {
  words: Words;
  alert: Alert;
  name: string;
  agentId: string;
}) => {
  const { alerts, connect } = words;
  const { id, provider, accountId } = alert.calendars[0].connection;
  switch (alert.remedy) {
    case "consent":
    case "access":
      return (
        <a class="button primary" href={consentPath(agentId, provider, accountId)}>
          {alerts.connectAgain(name)}
        </a>
      );
    case "gone":
      return (
        <>
          <a class="button primary" href={`${connectionPath(id)}/disconnect`}>
            {alerts.sayWhatBecame(name)}
          </a>
          <a class="button" href={accountPath(accountId)} aria-label={`${connect.lookInAccount}: ${name}`}>
            {connect.lookInAccount}
          </a>
        </>
      );
    case "events":
      return (
        <a class="button primary" href={`#${cardId(id)}`}>
          {alerts.lookAtEvents(name)}
        </a>
      );
    case "service":
    case "trying":
      return (
        <form method="post" action={`${connectionPath(id)}/sync`}>
          <button type="submit">{alerts.tryNow(name)}</button>
        </form>
      );
    case "ours":
    case "reading":
      return null;
  }
};

/** More than these are only counted: their cards say the same. */
const MOST_ALERTS = 3;

/** The alerts; nothing where nothing is in the way. */
export const AlertList = ({
  page,
  titles,
}: {
  page: ConnectPageInput;
  titles: ReadonlyMap<string, string>;
}) => {
  const { words } = page.frame;
  const { calendars, settings } = page.overview;
  const alerts = alertsOf(calendars, settings.onStale);
  return (
    <div id="alerts" data-live="">
      {alerts.slice(0, MOST_ALERTS).map((alert) => {
        const { remedy, effect } = alert;
        const name = nameOf(alert, page, titles);
        const tone = effect === "refused" && remedy !== "reading" ? "bad" : "warn";
        return (
          <div class={`notice ${tone}`} role={tone === "bad" ? "alert" : "status"}>
            <p>
              <strong>{words.alerts.effects[effect](words.alerts.until[remedy](name))}</strong>
            </p>
            <p class="small">
              {words.alerts.advice[remedy]} {words.alerts.stillWorks[effect]}
            </p>
            <div class="actions">
              <Way words={words} alert={alert} name={name} agentId={page.agentId} />
            </div>
          </div>
        );
      })}
      {alerts.length > MOST_ALERTS ? <p>{words.alerts.more(alerts.length - MOST_ALERTS)}</p> : null}
    </div>
  );
};
