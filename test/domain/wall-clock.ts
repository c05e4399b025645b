// Wall clock: the time that Intl shows in a zone, as a second opinion on `src/domain/zone.ts`.

const formats = new Map<string, Intl.DateTimeFormat>();

/** Date (YYYY-MM-DD), time (HH:MM:SS), minute since 00:00 and ISO weekday that a clock shows at `at`. */
export function wallClock(at: number, timeZone: string) {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      weekday: "short",
    });
    formats.set(timeZone, format);
  }
  const shown = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const { year, month, day, hour, minute, second, weekday = "" } = shown;
  return {
    date: `${year}-${month}-${day}`,
    time: `${hour}:${minute}:${second}`,
    minute: Number(hour) * 60 + Number(minute),
    weekday: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].indexOf(weekday) + 1,
  };
}

/** Zones with unusual clocks: gaps and repeated hours, half hours, both ends of the date line, a skipped day. */
export const ZONES = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "America/St_Johns",
  "America/Sao_Paulo",
  "America/Havana",
  "Africa/Casablanca",
  "Asia/Kolkata",
  "Asia/Kathmandu",
  "Asia/Beirut",
  "Australia/Lord_Howe",
  "Pacific/Apia",
  "Pacific/Niue",
  "Pacific/Kiritimati",
  "Etc/GMT+12",
] as const;

/** Starts of UTC days near which one of the zones above changes its clocks, and of one day without a change. */
export const TURNING_DAYS = [
  "2026-01-15",
  "2026-03-08",
  "2026-03-28",
  "2026-03-29",
  "2026-04-04",
  "2026-10-03",
  "2026-10-25",
  "2026-11-01",
  "2018-11-04",
  "2018-02-17",
  "2011-12-29",
  "2011-12-30",
].map((date) => Date.parse(`${date}T00:00:00Z`));
