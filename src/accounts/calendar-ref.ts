// Calendar reference: a connection's calendar as its provider is asked about it.
import type { CalendarRef } from "../providers/provider.ts";

/** The calendar, with the agent's zone where the provider gives it none. */
export const calendarRefOf = (of: {
  readonly connection: { readonly calendarId: string; readonly timeZone: string | null };
  readonly settings: { readonly timeZone: string };
}): CalendarRef => ({
  calendarId: of.connection.calendarId,
  fallbackTimeZone: of.connection.timeZone ?? of.settings.timeZone,
});
