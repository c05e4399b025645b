// Alerts: what stands in the way of clients or bookings now, as one alert for each thing that the agent can do.
import type { CalendarOverview } from "../../availability/calendar-overview.ts";
import {
  type Harm,
  harmUnder,
  isOfAccount,
  needsAnEye,
  type Remedy,
  remedyFor,
} from "../../domain/obstacle.ts";
import type { AgentSettings } from "../../domain/settings.ts";

/** What a calendar's state means for sales: nothing, none are made, or they may lie over newer events. */
export type Effect = "none" | Harm;

/** What the state of a calendar means for sales. */
export function effectOf(calendar: CalendarOverview, onStale: AgentSettings["onStale"]): Effect {
  if (calendar.isKnown || !calendar.isRead || !calendar.connection.blocksAvailability) return "none";
  return harmUnder(onStale);
}

/** What makes the calendar's state end; null: nothing is wrong with it. */
export function remedyOf({ doubt, isRead, isKnown, connection }: CalendarOverview): Remedy | null {
  if (connection.status === "needs_reauth") return "consent";
  if (!isRead || isKnown) return null;
  return remedyFor(doubt, connection.status !== "syncing");
}

/** One alert at the top of the page. */
export interface Alert {
  readonly remedy: Remedy;
  readonly effect: Effect;
  /** The calendars that it is about; never empty. All of one account where the account is to be connected again. */
  readonly calendars: readonly [CalendarOverview, ...CalendarOverview[]];
}

/** The worst first. */
const ORDER: readonly Effect[] = ["refused", "risky", "none"];
const worse = (a: Effect, b: Effect): Effect => (ORDER.indexOf(a) < ORDER.indexOf(b) ? a : b);

/**
 * The alerts, the worst first: about calendars without which clients can't book, or may book over newer events, and
 * about those into which no booking can be written any more.
 */
export function alertsOf(
  calendars: readonly CalendarOverview[],
  onStale: AgentSettings["onStale"],
): readonly Alert[] {
  const alerts = new Map<string, Alert>();
  for (const calendar of calendars) {
    const { id, accountId, receivesBookings, isActive } = calendar.connection;
    const remedy = remedyOf(calendar);
    const effect = effectOf(calendar, onStale);
    const isUnwritten = isActive && receivesBookings && (remedy === "consent" || remedy === "gone");
    if (remedy === null || !needsAnEye(remedy, effect === "refused")) continue;
    if (effect === "none" && !isUnwritten) continue;
    const key = `${remedy} ${isOfAccount(remedy) ? accountId : id}`;
    const before = alerts.get(key);
    alerts.set(
      key,
      before === undefined
        ? { remedy, effect, calendars: [calendar] }
        : { remedy, effect: worse(before.effect, effect), calendars: [...before.calendars, calendar] },
    );
  }
  return [...alerts.values()].sort((a, b) => ORDER.indexOf(a.effect) - ORDER.indexOf(b.effect));
}
