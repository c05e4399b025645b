// Errors: refusals in the words of each CalDAV server (`docs/providers/caldav.md` C.3, C.7.1, C.9, D.3).
import { CALDAV, DAV, document, el, type Markup, SABRE } from "./markup.ts";
import type { Profile } from "./state.ts";

/** Thrown by a handler to refuse. The profile of the caller decides how the answer is written. */
export class DavRefusal extends Error {
  override readonly name = "DavRefusal";
  readonly status: number;
  /** The violated precondition; null where the body names none. */
  readonly precondition: Markup | null;
  /** sabre's exception class. */
  readonly exception: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly html: boolean;

  constructor(
    status: number,
    details: {
      precondition?: Markup | null;
      exception?: string;
      headers?: Record<string, string>;
      html?: boolean;
    } = {},
  ) {
    super(`${status}`);
    this.status = status;
    this.precondition = details.precondition ?? null;
    this.exception = details.exception ?? "Sabre\\DAV\\Exception";
    this.headers = details.headers ?? {};
    this.html = details.html ?? false;
  }
}

const sabre = (name: string) => `Sabre\\DAV\\Exception\\${name}`;

export const badRequest = () => new DavRefusal(400, { exception: sabre("BadRequest") });
export const notFound = () => new DavRefusal(404, { exception: sabre("NotFound") });
export const preconditionFailed = () => new DavRefusal(412, { exception: sabre("PreconditionFailed") });
export const unsupportedMediaType = () => new DavRefusal(415, { exception: sabre("UnsupportedMediaType") });
export const precondition = (status: number, ns: string, name: string, ...children: Markup[]) =>
  new DavRefusal(status, { precondition: el(ns, name, ...children), exception: sabre("Forbidden") });
export const needPrivileges = () =>
  new DavRefusal(403, { precondition: el(DAV, "need-privileges"), exception: sabre("Forbidden") });
export const uidConflict = (status: number, href: string, name = "no-uid-conflict") =>
  precondition(status, CALDAV, name, el(DAV, "href", href));

/** The page with which iCloud answers bad requests (C24). */
export function htmlPage(status: number): string {
  return `<html><head><title>${status} Error</title></head><body><p>Something went wrong &amp; stayed so.</body></html>`;
}

/**
 * A refused write as a multistatus with the status inside (C41).
 * @param how `outer`: the reason stands beside the propstat whose status it explains; `silent`: no status at all
 */
export function refusedInside(
  refusal: DavRefusal,
  href: string,
  profile: Profile,
  how: 200 | 207 | "outer" | "silent",
): Response {
  const error = refusal.precondition === null ? [] : [el(DAV, "error", refusal.precondition)];
  const status = el(DAV, "status", `HTTP/1.1 ${refusal.status} Refused`);
  const inside = how === "outer" ? el(DAV, "propstat", el(DAV, "prop"), status) : status;
  const row = el(DAV, "response", el(DAV, "href", href), ...(how === "silent" ? [] : [inside, ...error]));
  const headers = { "content-type": "application/xml; charset=utf-8" };
  const body = document(el(DAV, "multistatus", row), profile);
  return new Response(body, { status: how === 200 ? 200 : 207, headers });
}

/** The answer to a refused request. Where no precondition is named, only sabre writes a body. */
export function refusalResponse(refusal: DavRefusal, profile: Profile): Response {
  const { status, headers, precondition } = refusal;
  const html = refusal.html || (profile === "icloud" && status === 400);
  if (html)
    return new Response(htmlPage(status), { status, headers: { ...headers, "content-type": "text/html" } });
  const detail =
    profile === "sabre" ? [el(SABRE, "exception", refusal.exception), el(SABRE, "message", "No.")] : [];
  const children = [...detail, ...(precondition === null ? [] : [precondition])];
  if (children.length === 0) return new Response(null, { status, headers });
  const body = document(el(DAV, "error", ...children), profile);
  return new Response(body, {
    status,
    headers: { ...headers, "content-type": "application/xml; charset=utf-8" },
  });
}
