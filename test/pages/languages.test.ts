// Languages: no word is missing in any of them, and the reader's own is spoken.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OPERATIONS } from "../../src/app.ts";
import { BASE_PATH, commonErrors } from "../../src/http/operation.ts";
import { accentOf, colourOf, contrastOf } from "../../src/pages/accent.ts";
import { styleOf } from "../../src/pages/style.ts";
import { english } from "../../src/pages/words/english.ts";
import { LANGUAGES, type Language } from "../../src/pages/words/languages.ts";
import { BINDINGS, createClosedWorld, sessionCookie } from "../http/closed-world.ts";

/** Names, which are the same in every language. */
const NAMES = /^(?:Outlook\.com|Office 365)$/;

type Leaf = string | ((...values: never[]) => unknown);

/** Every word of a section by its path, as `connect.title`. */
function leavesOf(section: object, path = ""): [string, Leaf][] {
  return Object.entries(section).flatMap(([name, value]): [string, Leaf][] =>
    typeof value === "object" && value !== null
      ? leavesOf(value, `${path}${name}.`)
      : [[`${path}${name}`, value as Leaf]],
  );
}

const ENGLISH = new Map(leavesOf(english));
const others = (Object.keys(LANGUAGES) as Language[]).filter((language) => language !== "en");

/** What a function of words says of samples, numbers or texts as it takes them. */
const said = (words: (...values: never[]) => unknown, samples: readonly unknown[]): string =>
  [(words as (...values: unknown[]) => unknown)(...samples)].flat(9).join("");

describe.each(["en", ...others] as const)("The words in %s", (language) => {
  const leaves = new Map(leavesOf(LANGUAGES[language].words));

  test("are those of English, none missing and none more", () => {
    expect([...leaves.keys()].sort()).toEqual([...ENGLISH.keys()].sort());
  });

  test("are none of them empty, and none of them English by accident", () => {
    const wrong = [...leaves].filter(([path, words]) => {
      const original = ENGLISH.get(path);
      if (typeof words === "function" || typeof original === "function") {
        return language !== "en" && String(words) === String(original);
      }
      const isCopy = language !== "en" && words === original && !NAMES.test(words);
      return words.trim() !== words || words === "" || isCopy;
    });
    expect(wrong.map(([path]) => path)).toEqual([]);
  });

  test("call clients one thing", () => {
    const isOther = ([, words]: [string, Leaf]) => /Klient/.test(String(words));
    expect([...leaves].filter(isOther).map(([path]) => path)).toEqual([]);
  });

  test("say every value that they are given", () => {
    const silent = [...leaves].filter(([path, words]) => {
      const original = ENGLISH.get(path);
      if (typeof words !== "function" || typeof original !== "function")
        return typeof words !== typeof original;
      const samples = [17, 23, 29, 31].slice(0, original.length);
      return samples.some(
        (sample) =>
          said(original, samples).includes(`${sample}`) && !said(words, samples).includes(`${sample}`),
      );
    });
    expect(silent.map(([path]) => path)).toEqual([]);
  });
});

test("every error that a page can meet has words of its own", () => {
  const met = OPERATIONS.filter(({ tag, path }) => tag === "Pages" || path.startsWith("/:provider/"));
  const codes = new Set(met.flatMap((declared) => [...declared.errors, ...commonErrors(declared)]));
  expect([...codes].filter((code) => !Object.hasOwn(english.errors, code))).toEqual([]);
});

const page = (headers: Record<string, string>, path = "/connect") =>
  createClosedWorld().app.request(`${BASE_PATH}${path}`, { headers: { accept: "text/html", ...headers } });

describe("A page speaks", () => {
  test.each([
    ["de", "de"],
    ["de-AT,de;q=0.9,en;q=0.5", "de"],
    ["fr,de;q=0.5,en;q=0.4", "de"],
    ["de;q=0.1, en-US;q=0.9", "en"],
    ["fr-CH, it", "en"],
    ["de;q=0, en;q=0.1", "en"],
    ["*", "en"],
    ["\u00e4;;;q=x", "en"],
    ["", "en"],
  ])("to a browser that asks for %j in %s", async (accepted, language) => {
    const html = await (await page({ "accept-language": accepted })).text();
    expect(html).toContain(`<html lang="${language}" dir="ltr">`);
    expect(html).toContain(LANGUAGES[language as Language].words.problem.signedOutTitle);
  });

  test("the language that was chosen by a link, which leads to the page's own address", async () => {
    const first = await page({}, "/connect?done=added&lang=de");
    expect(first.status).toBe(302);
    expect(first.headers.get("location")).toBe(`${BINDINGS.BASE_URL}${BASE_PATH}/connect?done=added`);
    const [cookie = ""] = first.headers.getSetCookie();
    expect(cookie).toMatch(/^calendar_language=de; .*HttpOnly/);
    const kept = await page({ cookie: cookie.split(";")[0] ?? "", "accept-language": "en" });
    expect(await kept.text()).toContain('<html lang="de"');
  });

  test.each(["xx", "constructor", "", "de\r\nx"])("no language that it doesn't know (%j)", async (lang) => {
    const answer = await page({}, `/connect?${new URLSearchParams({ lang })}`);
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([302, []]);
    expect(await (await page({ cookie: `calendar_language=${encodeURIComponent(lang)}` })).text()).toContain(
      'lang="en"',
    );
  });

  test("no language to programs, which are told of an unknown field", async () => {
    const answer = await createClosedWorld().app.request(`${BASE_PATH}/connections?lang=de`, {
      headers: { authorization: "Bearer none" },
    });
    expect(answer.status).toBe(401);
  });

  test("and never leads elsewhere, whatever the path looks like", async () => {
    const { app } = createClosedWorld();
    const answer = await app.request("https://calendar.test//evil.test/?lang=de", {
      headers: { accept: "text/html" },
    });
    expect(new URL(answer.headers.get("location") ?? "", BINDINGS.BASE_URL).origin).toBe(BINDINGS.BASE_URL);
  });

  test("with a link to the same page in each other language, unless that repeats what was refused", async () => {
    const link = '<a href="?lang=en" lang="en" hreflang="en">English</a>';
    expect(await (await page({ "accept-language": "de" }, "/connect/nowhere")).text()).toContain(link);
    const refused = await (await page({ "accept-language": "de" }, "/connect/open?link=short")).text();
    expect(refused).not.toContain("English");
  });
});

describe("Signing out", () => {
  const SIGN_OUT = `${BASE_PATH}/connect/sign-out`;
  const post = async (cookie: string, origin = BINDINGS.BASE_URL) =>
    createClosedWorld().app.request(SIGN_OUT, {
      method: "POST",
      headers: { accept: "text/html", origin, cookie, "content-type": "application/x-www-form-urlencoded" },
      body: "",
    });

  test("ends the browser's visit, with or without one", async () => {
    const own = await sessionCookie(createClosedWorld().deps, "agent-1");
    for (const cookie of [own, "", "calendar_session=over"]) {
      const answer = await post(cookie);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("set-cookie")).toMatch(
        /^calendar_session=; Max-Age=0; Path=\/api\/calendar; HttpOnly/,
      );
      expect(await answer.text()).toContain("You are signed out");
    }
  });

  test("is believed only from our own page", async () => {
    const answer = await post("", "https://evil.test");
    expect([answer.status, answer.headers.get("set-cookie")]).toEqual([403, null]);
  });
});

describe("The brand", () => {
  const html = async (bindings: Record<string, string>) => {
    const { app, deps } = createClosedWorld({ ...BINDINGS, ...bindings });
    const answer = await app.request(`${BASE_PATH}/connect/sign-out`, {
      method: "POST",
      headers: {
        ...{ accept: "text/html", origin: BINDINGS.BASE_URL, cookie: await sessionCookie(deps, "agent-1") },
        "content-type": "application/x-www-form-urlencoded",
      },
    });
    return { text: await answer.text(), csp: answer.headers.get("content-security-policy") ?? "" };
  };

  test("is named on each page, and its logo may be loaded from its own origin alone", async () => {
    const named = await html({ BRAND_NAME: "Mara <Place>" });
    expect(named.text).toContain("<strong>Mara &lt;Place&gt;</strong>");
    expect(named.csp).not.toContain("img-src");
    const shown = await html({ BRAND_NAME: "MaraPlace", BRAND_LOGO_URL: "https://cdn.test/a/logo.svg?v=1" });
    expect(shown.text).toContain('<img class="logo" src="https://cdn.test/a/logo.svg?v=1" alt="MaraPlace"/>');
    expect(shown.csp).toMatch(/img-src https:\/\/cdn\.test;/);
  });

  test("gives the pages its colour", async () => {
    const { app } = createClosedWorld({ ...BINDINGS, BRAND_ACCENT: "#FFD400" });
    const css = await (await app.request(`${BASE_PATH}/style.css`)).text();
    expect(css).toContain("--fill: #ffd400; --on-fill: #000000;");
  });

  test("may have any colour: text in it and on it can be read, on light pages and on dark ones", () => {
    const surfaces = { light: ["#ffffff", "#eef1f5"], dark: ["#12161c", "#262e38"] };
    const part = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(part, part, part, (red, green, blue) => {
        const hex = `#${[red, green, blue].map((value) => value.toString(16).padStart(2, "0")).join("")}`;
        const accent = accentOf(hex, surfaces);
        const contrast = (one: string, other: string) => contrastOf(colourOf(one), colourOf(other));
        expect(accent.fill).toBe(hex);
        expect(contrast(accent.fill, accent.onFill)).toBeGreaterThanOrEqual(4.5);
        for (const surface of surfaces.light)
          expect(contrast(accent.light, surface)).toBeGreaterThanOrEqual(4.5);
        for (const surface of surfaces.dark)
          expect(contrast(accent.dark, surface)).toBeGreaterThanOrEqual(4.5);
      }),
    );
    expect(accentOf("#1f5fd0", surfaces).light).toBe("#1f5fd0");
    expect(contrastOf(colourOf("#000000"), colourOf("#ffffff"))).toBeCloseTo(21);
    expect(contrastOf(colourOf("#777777"), colourOf("#ffffff"))).toBeCloseTo(4.48, 2);
  });
});

test("the stylesheet says nothing of left and right, so that pages can be read from right to left", () => {
  const css = styleOf({ accent: "#1f5fd0" });
  expect(css).not.toMatch(/[\s-](?:left|right)\s*[:;]/);
  const lopsided = [
    ...css.matchAll(/(?:margin|padding|inset):\s*[^\s;]+\s+([^\s;]+)\s+[^\s;]+\s+([^\s;]+);/g),
  ];
  expect(lopsided.filter(([, right, left]) => right !== left).map(([rule]) => rule)).toEqual([]);
});
