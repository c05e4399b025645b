// Safe URLs: which addresses a person may send the engine to, and where a redirect may lead.
//
// An address is refused for its form alone, before any credential is sent. Names aren't resolved, because a Worker's
// fetch reaches the public internet only.
import { ProviderError } from "../error.ts";
import type { UrlRules } from "./url-rules.ts";

const MAX_LENGTH = 1_000;

const HTTPS_PORT = 443;

/** Names that are never public, as whole names and as endings (RFC 6761, RFC 6762, RFC 8375, ICANN's `internal`). */
const PRIVATE_NAMES = [
  ...["localhost", "local", "localdomain", "internal", "intranet", "private", "corp", "home", "lan"],
  ...["arpa", "test", "invalid", "example", "onion", "alt"],
];

/** Providers with many hosts: redirects may go from one of them to another (`docs/providers/caldav.md` C.2). */
const FAMILIES = [/^(?:[a-z0-9-]+\.)+icloud\.com(?:\.cn)?$/];

/** An email address, also as a link, which people take for the server's. */
const EMAIL = /^(?:mailto:)?[^@:/?#]+@[^@:/?#]+$/i;

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * The address that a person typed in. Without a scheme it means https.
 * @throws ProviderError `bug` with code `url_malformed`, `url_is_email`, `url_not_https`, `url_with_credentials`,
 *   `url_not_public` (an IP address in any notation, a local or private name) or `url_with_port` (one that isn't
 *   allowed)
 */
export function checkUserUrl(text: string, rules: UrlRules): URL {
  const written = text.trim();
  // The URL parser would drop or change these characters without an error.
  if (written.length > MAX_LENGTH || /[\s\\\p{Cc}\p{Cf}]/u.test(written)) throw refused("url_malformed");
  if (EMAIL.test(written)) throw refused("url_is_email");
  const url = parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(written) ? written : `https://${written}`);
  checkUrl(url, rules);
  url.hash = "";
  return url;
}

/**
 * Refuses a redirect that would carry credentials to another provider, to an unsafe address or off https.
 * @param to the `Location` header as it came
 * @returns where to go
 * @throws ProviderError `bug` with code `redirect_refused`, or as `checkUserUrl`
 */
export function checkRedirect(from: URL, to: string, rules: UrlRules): URL {
  const target = parse(to, from);
  checkUrl(target, rules);
  if (from.protocol === "https:" && target.protocol !== "https:") throw refused("redirect_refused");
  if (!sameProvider(from, target)) throw refused("redirect_refused");
  target.hash = "";
  return target;
}

/** Whether credentials for one URL may go to the other: the same origin, its https, or a host of the same family. */
export function sameProvider(a: URL, b: URL): boolean {
  if (a.origin === b.origin) return true;
  const upgraded = a.hostname === b.hostname && b.protocol === "https:" && a.port === "" && b.port === "";
  if (upgraded) return true;
  const https = a.protocol === "https:" && b.protocol === "https:" && a.port === "" && b.port === "";
  return https && FAMILIES.some((family) => family.test(a.hostname) && family.test(b.hostname));
}

function checkUrl(url: URL, { allowHttpHosts, ports }: UrlRules): void {
  if (url.username !== "" || url.password !== "") throw refused("url_with_credentials");
  const allowed = allowHttpHosts.includes(url.host) || allowHttpHosts.includes(url.hostname);
  if (url.protocol !== "https:" && !(allowed && url.protocol === "http:")) throw refused("url_not_https");
  if (allowed) return;
  if (!isPublicName(url.hostname)) throw refused("url_not_public");
  if (!ports.includes(Number(url.port || HTTPS_PORT))) throw refused("url_with_port");
}

/** `hostname` comes from a URL object: in lower case, and IPv4 of any notation as four numbers. */
function isPublicName(hostname: string): boolean {
  const labels = hostname.split(".");
  if (hostname.length > 253 || labels.length < 2 || !labels.every((label) => LABEL.test(label))) return false;
  const top = labels.at(-1) ?? "";
  return !/^\d/.test(top) && !PRIVATE_NAMES.includes(top);
}

function parse(text: string, base?: URL): URL {
  try {
    return new URL(text, base);
  } catch {
    throw refused("url_malformed");
  }
}

/** The error holds no text of the URL, because that may hold secrets. */
const refused = (code: string) => new ProviderError({ kind: "bug", code });
