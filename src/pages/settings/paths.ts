// Paths: where the settings' pages and their forms are.
import { SETTINGS_PATH } from "../navigation.ts";

/** Days that differ. */
export const DAYS_PATH = `${SETTINGS_PATH}/days`;

/** The form for public holidays. */
export const HOLIDAYS_PATH = `${SETTINGS_PATH}/holidays`;

/** The time zone. */
export const ZONE_PATH = `${SETTINGS_PATH}/zone`;
