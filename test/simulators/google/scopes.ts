// Scopes: which ones allow which method (`docs/providers/google.md` A.1.4).

const PREFIX = "https://www.googleapis.com/auth/";
const full = (names: string): readonly string[] => names.split(" ").map((name) => PREFIX + name);

const LISTS = full("calendar calendar.readonly calendar.calendarlist calendar.calendarlist.readonly");
const READS = full(
  "calendar calendar.readonly calendar.events calendar.events.readonly calendar.events.owned " +
    "calendar.events.owned.readonly calendar.events.freebusy",
);
const WRITES = full("calendar calendar.events calendar.events.owned");
const STOPS = full(
  "calendar calendar.readonly calendar.events calendar.events.readonly calendar.events.owned " +
    "calendar.events.owned.readonly calendar.calendarlist calendar.calendarlist.readonly",
);

/** The methods that are served, each with the scopes that allow it. */
export const SCOPES_OF = {
  "calendarList.list": LISTS,
  "calendarList.get": LISTS,
  "calendars.get": full("calendar calendar.readonly calendar.calendars calendar.calendars.readonly"),
  "events.list": READS,
  "events.get": READS,
  "events.instances": READS,
  "events.watch": READS,
  "events.insert": WRITES,
  "events.patch": WRITES,
  "events.update": WRITES,
  "events.delete": WRITES,
  "channels.stop": STOPS,
} as const;

export type Operation = keyof typeof SCOPES_OF;

/** Does one of these granted scopes allow the method? */
export function accepts(operation: Operation, granted: readonly string[]): boolean {
  return SCOPES_OF[operation].some((scope) => granted.includes(scope));
}

const ALIASES: Readonly<Record<string, string>> = {
  openid: "openid",
  email: `${PREFIX}userinfo.email`,
  profile: `${PREFIX}userinfo.profile`,
};
const IDENTITY = new Set(Object.values(ALIASES));
const KNOWN = new Set([
  ...IDENTITY,
  ...Object.values(SCOPES_OF).flat(),
  ...full("calendar.settings.readonly"),
]);

/** The scope under the name that Google reports; null for a scope that doesn't exist. */
export function canonicalScope(scope: string): string | null {
  const name = ALIASES[scope] ?? scope;
  return KNOWN.has(name) ? name : null;
}

/** Identity scopes can't be unticked on the consent page. */
export const isIdentityScope = (scope: string): boolean => IDENTITY.has(scope);

const LABELS: Readonly<Record<string, string>> = {
  [`${PREFIX}calendar`]: "See, edit, share and delete all the calendars you can access",
  [`${PREFIX}calendar.readonly`]: "See and download any calendar you can access",
  [`${PREFIX}calendar.events`]: "View and edit events on all your calendars",
  [`${PREFIX}calendar.events.readonly`]: "View events on all your calendars",
  [`${PREFIX}calendar.calendarlist.readonly`]: "See the list of calendars you are subscribed to",
};

/** The consent page's text about a scope. */
export const scopeLabel = (scope: string): string => LABELS[scope] ?? scope;
