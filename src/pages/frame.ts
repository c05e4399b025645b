// Frame: what every page needs besides its own content: the words, the brand, who is signed in, and where it is.
import type { Context } from "hono";
import { setCookie } from "hono/cookie";
import { createMiddleware } from "hono/factory";
import { languageDetector } from "hono/language";
import type { Brand } from "../config.ts";
import type { Deps } from "../deps.ts";
import { wantsPage } from "../http/accept.ts";
import type { ApiEnv } from "../http/auth.ts";
import { cookieAttributes } from "../http/session.ts";
import type { Words } from "./words/english.ts";
import { FALLBACK_LANGUAGE, isLanguage, LANGUAGES, type Language } from "./words/languages.ts";

/** What `Page` shows around the content. */
export interface Frame {
  readonly language: Language;
  readonly words: Words;
  readonly brand: Brand;
  /** Whose page it is, and where it leads back to; null: nobody is signed in. */
  readonly visit: { readonly agentId: string; readonly returnTo: string | null } | null;
  /** Where the page can be asked for again, as in another language; null: it answers a form. */
  readonly url: URL | null;
}

/** The cookie's name. It holds the language that was chosen by a link. */
const LANGUAGE_COOKIE = "calendar_language";
const LANGUAGE_COOKIE_SECONDS = 365 * 86_400;

/** The reader's language: the one that was chosen by a link before, or the first of the browser's that we speak. */
export const detectLanguage = languageDetector({
  order: ["cookie", "header"],
  lookupCookie: LANGUAGE_COOKIE,
  supportedLanguages: Object.keys(LANGUAGES),
  fallbackLanguage: FALLBACK_LANGUAGE,
  caches: false,
});

/** The language that `detectLanguage` has found. */
function languageOf(c: Context<ApiEnv>): Language {
  const detected: unknown = c.get("language");
  return typeof detected === "string" && isLanguage(detected) ? detected : FALLBACK_LANGUAGE;
}

/** The reader's words. */
export const wordsFor = (c: Context<ApiEnv>): Words => LANGUAGES[languageOf(c)].words;

/** `?lang=de` on any page keeps that language, and leads to the page's own address. */
export const chooseLanguage = (deps: Pick<Deps, "config">) =>
  createMiddleware<ApiEnv>(async (c, next) => {
    const chosen = c.req.query("lang");
    const isPage = c.get("operation")?.tag === "Pages" || wantsPage(c);
    if (chosen === undefined || c.req.method === "POST" || !isPage) return next();
    if (isLanguage(chosen)) {
      setCookie(c, LANGUAGE_COOKIE, chosen, { ...cookieAttributes(deps), maxAge: LANGUAGE_COOKIE_SECONDS });
    }
    const target = new URL(c.req.url);
    target.searchParams.delete("lang");
    c.header("Cache-Control", "no-store");
    return c.redirect(`${deps.config.baseUrl}${target.pathname}${target.search}`);
  });

/** The frame of a page that answers this request. */
export function frameOf(c: Context<ApiEnv>, { config }: Pick<Deps, "config">): Frame {
  const language = languageOf(c);
  return {
    language,
    words: LANGUAGES[language].words,
    brand: config.brand,
    visit: c.get("session") ?? null,
    url: c.req.method === "POST" ? null : new URL(c.req.url),
  };
}

/** The frame of pages for programmers, which are in English only. */
export const englishFrame = ({ config }: Pick<Deps, "config">): Frame => ({
  language: "en",
  words: LANGUAGES.en.words,
  brand: config.brand,
  visit: null,
  url: null,
});
