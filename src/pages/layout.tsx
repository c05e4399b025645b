// The layout that all pages share: brand, ways out, navigation and language around the page's own content.
import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import { BASE_PATH } from "../http/operation.ts";
import type { Frame } from "./frame.ts";
import { AGENT_PAGES } from "./navigation.ts";
import { SCRIPT_PATH, SCRIPT_SHA256 } from "./script.ts";
import { LANGUAGES } from "./words/languages.ts";

/** Where the form of "Sign out" goes. */
export const SIGN_OUT_PATH = `${BASE_PATH}/connect/sign-out`;

interface PageInput {
  readonly frame: Frame;
  readonly title: string;
  /** For reference pages with tables. */
  readonly wide?: boolean;
  readonly children: Child;
}

const BrandMark = ({ name, logoUrl }: Frame["brand"]) => {
  if (name === null) return null;
  return logoUrl === null ? <strong>{name}</strong> : <img class="logo" src={logoUrl} alt={name} />;
};

/** A link to this page in each other language. */
const LanguageLinks = ({ language, words, url }: Frame) => {
  if (url === null) return null;
  const inLanguage = (tag: string): string => {
    const query = new URLSearchParams(url.searchParams);
    query.set("lang", tag);
    return `?${query}`;
  };
  return (
    <nav class="languages" aria-label={words.frame.languages}>
      {Object.entries(LANGUAGES)
        .filter(([tag]) => tag !== language)
        .map(([tag, { name }]) => (
          <a href={inLanguage(tag)} lang={tag} hreflang={tag}>
            {name}
          </a>
        ))}
    </nav>
  );
};

const Visit = ({ frame: { words, brand, visit, url } }: { frame: Frame }) => {
  if (visit === null) return null;
  const back = visit.returnTo ?? brand.homeUrl;
  return (
    <nav class="pages" aria-label={words.navigation.label}>
      {AGENT_PAGES.map(({ path, name }) => (
        <a href={path} aria-current={url?.pathname === path ? "page" : undefined}>
          {words.navigation[name]}
        </a>
      ))}
      <form method="post" action={SIGN_OUT_PATH}>
        <button type="submit" class="plain">
          {words.frame.signOut}
        </button>
      </form>
      {back === null ? null : (
        <a class="back" href={back}>
          {words.frame.backTo(brand.name)}
        </a>
      )}
    </nav>
  );
};

/** A whole page. */
export const Page = ({ frame, title, wide = false, children }: PageInput) => (
  <>
    {raw("<!DOCTYPE html>")}
    <html lang={frame.language} dir={LANGUAGES[frame.language].direction}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{frame.brand.name === null ? title : `${title} · ${frame.brand.name}`}</title>
        <link rel="stylesheet" href={`${BASE_PATH}/style.css`} />
        <script src={BASE_PATH + SCRIPT_PATH} integrity={`sha256-${SCRIPT_SHA256}`} defer />
      </head>
      <body>
        <a class="skip" href="#content">
          {frame.words.frame.skip}
        </a>
        <header class={wide ? "wide" : ""}>
          <div class="top">
            <BrandMark {...frame.brand} />
            <LanguageLinks {...frame} />
          </div>
          <Visit frame={frame} />
        </header>
        <main id="content" class={wide ? "wide" : ""}>
          {children}
        </main>
      </body>
    </html>
  </>
);
