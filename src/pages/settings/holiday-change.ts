// Holiday change: what the forms about public holidays ask for, within what the API's settings may be.

import type * as z from "zod";
import { EngineError } from "../../domain/errors.ts";
import { holidaysOf, type KeptHolidays } from "../../domain/holidays.ts";
import { formatDay, parseDay } from "../../domain/instant.ts";
import type { SettingsChange } from "../../domain/settings.ts";
import { checked } from "../../http/validate.ts";
import { ChangedSettings, settingsFromWire } from "../../routes/settings-wire.ts";
import type { changeHolidays } from "./operations.ts";

/**
 * The region that is chosen, or the worked holidays with or without the date that is named.
 * @throws EngineError invalid_request for a date that is no holiday there, or one too many
 */
export function holidayChange(
  { region, date, worked }: Pick<z.output<typeof changeHolidays.form>, "region" | "date" | "worked">,
  { holidays, workedHolidays }: KeptHolidays,
): SettingsChange {
  if (date === undefined) return { holidays: region === "" ? null : region };
  const day = parseDay(date);
  const isHoliday = holidays !== null && holidaysOf(holidays)?.some((one) => one.day === day) === true;
  if (!isHoliday) {
    const message = "Send a public holiday of the region that the settings name.";
    throw new EngineError("invalid_request", `date (in the form): ${message}`, {
      extra: { errors: [{ path: "date", message }] },
    });
  }
  const others = workedHolidays.filter((one) => one !== day);
  const dates = (worked === "true" ? [...others, day] : others).map(formatDay);
  return settingsFromWire(checked("form", ChangedSettings, { workedHolidays: dates }));
}
