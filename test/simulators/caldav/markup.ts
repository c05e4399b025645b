// Markup: XML as different servers write it, the same elements with other prefixes.
import type { Profile } from "./state.ts";

export const DAV = "DAV:";
export const CALDAV = "urn:ietf:params:xml:ns:caldav";
export const CS = "http://calendarserver.org/ns/";
export const APPLE = "http://apple.com/ns/ical/";
export const SABRE = "http://sabredav.org/ns";

/** An element to write. Text is escaped when it is written; `raw` text is not. */
export interface Markup {
  readonly ns: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (Markup | string)[];
}

/** An element with children. */
export const el = (ns: string, name: string, ...children: (Markup | string)[]): Markup => ({
  ns,
  name,
  attributes: {},
  children,
});

/** Null: a default namespace, declared again wherever it changes, as iCloud does (C.2.1). */
const PREFIXES: Readonly<Record<Profile, Readonly<Record<string, string>> | null>> = {
  icloud: null,
  sabre: { [DAV]: "d:", [CALDAV]: "cal:", [CS]: "cs:", [APPLE]: "x1:", [SABRE]: "s:" },
  radicale: { [DAV]: "", [CALDAV]: "C:", [CS]: "CS:", [APPLE]: "ICAL:", [SABRE]: "s:" },
  minimal: { [DAV]: "ns0:", [CALDAV]: "D:", [CS]: "ns2:", [APPLE]: "ns3:", [SABRE]: "ns4:" },
};

const escapeText = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const escapeValue = (text: string) => escapeText(text).replaceAll('"', "&quot;").replaceAll("'", "&apos;");

function writeText(text: string, profile: Profile): string {
  if (profile === "icloud" && text.includes("\r\n"))
    return `<![CDATA[${text.replaceAll("]]>", "]]]]><![CDATA[>")}]]>`;
  if (profile === "sabre") return escapeText(text).replaceAll("\r", "&#13;").replaceAll('"', "&quot;");
  return escapeText(text);
}

function write(element: Markup, profile: Profile, inherited: string | null): string {
  const prefixes = PREFIXES[profile];
  const tag = `${prefixes?.[element.ns] ?? ""}${element.name}`;
  const attributes = Object.entries(element.attributes).map(
    ([name, value]) => ` ${name}="${escapeValue(value)}"`,
  );
  if (prefixes === null && inherited !== element.ns) attributes.unshift(` xmlns='${element.ns}'`);
  if (prefixes !== null && inherited === null) {
    for (const [ns, prefix] of Object.entries(prefixes)) {
      attributes.unshift(prefix === "" ? ` xmlns="${ns}"` : ` xmlns:${prefix.slice(0, -1)}="${ns}"`);
    }
  }
  const inner = element.children.map((child) =>
    typeof child === "string" ? writeText(child, profile) : write(child, profile, element.ns),
  );
  if (inner.length === 0) return `<${tag}${attributes.join("")}/>`;
  return `<${tag}${attributes.join("")}>${inner.join("")}</${tag}>`;
}

/** A whole document. */
export function document(root: Markup, profile: Profile): string {
  const quote = profile === "icloud" ? "'" : '"';
  return `<?xml version=${quote}1.0${quote} encoding=${quote}UTF-8${quote}?>${write(root, profile, null)}`;
}
