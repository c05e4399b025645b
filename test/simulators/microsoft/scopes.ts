// Scopes: which ones allow which call (`docs/providers/microsoft.md` B.1.2).

const PREFIX = "https://graph.microsoft.com/";
const READ = ["Calendars.Read", "Calendars.ReadWrite", "Calendars.Read.Shared", "Calendars.ReadWrite.Shared"];
const BASIC = [...READ, "Calendars.ReadBasic"];
const WRITE = ["Calendars.ReadWrite", "Calendars.ReadWrite.Shared"];

/** The calls that are served, each with the scopes that allow it. */
const SCOPES_OF = {
  "me.get": ["User.Read"],
  "mailboxSettings.get": ["MailboxSettings.Read", "MailboxSettings.ReadWrite"],
  "calendars.list": BASIC,
  "calendars.get": BASIC,
  "calendarView.list": BASIC,
  "calendarView.delta": BASIC,
  "events.list": BASIC,
  "events.get": BASIC,
  "events.instances": BASIC,
  "events.create": WRITE,
  "events.update": WRITE,
  "events.delete": WRITE,
  "subscriptions.create": READ,
  "subscriptions.list": READ,
  "subscriptions.get": READ,
  "subscriptions.update": READ,
  "subscriptions.reauthorize": READ,
  "subscriptions.delete": READ,
  batch: [...BASIC, "User.Read"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Operation = keyof typeof SCOPES_OF;

/** Does one of these granted scopes allow the call? On calendars of others only the `.Shared` kinds do. */
export function accepts(operation: Operation, granted: readonly string[], shared: boolean): boolean {
  const accepted: readonly string[] = SCOPES_OF[operation];
  return accepted.some((scope) => granted.includes(scope) && (!shared || isSharedScope(scope)));
}

/** Scopes that open calendars of others. Personal accounts can't be asked for them (B.1.2). */
export const isSharedScope = (scope: string): boolean => scope.endsWith(".Shared");

const IDENTITY = ["openid", "email", "profile", "offline_access"];
const KNOWN = new Map(
  [...new Set([...IDENTITY, ...Object.values(SCOPES_OF).flat()])].map((name) => [name.toLowerCase(), name]),
);

/** The scope under its short name; null for a scope that doesn't exist. */
export function canonicalScope(scope: string): string | null {
  const lower = scope.toLowerCase();
  return KNOWN.get(lower.startsWith(PREFIX) ? lower.slice(PREFIX.length) : lower) ?? null;
}

/** Scopes of OpenID Connect, which the consent page doesn't list. */
export const isIdentityScope = (scope: string): boolean => IDENTITY.includes(scope);

/** The scope with its prefix, as an echo names it. */
export const longScope = (scope: string): string => (isIdentityScope(scope) ? scope : PREFIX + scope);

const LABELS: Readonly<Record<string, string>> = {
  offline_access: "Maintain access to data you have given it access to",
  "User.Read": "Sign you in and read your profile",
  "Calendars.Read": "Read your calendars",
  "Calendars.ReadWrite": "Have full access to your calendars",
  "Calendars.ReadWrite.Shared": "Read and write to your and shared calendars",
  "MailboxSettings.Read": "Read your mailbox settings",
};

/** The consent page's text about a scope. */
export const scopeLabel = (scope: string): string => LABELS[scope] ?? scope;
