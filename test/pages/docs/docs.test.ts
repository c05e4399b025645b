// The reference's pages: every operation on one of them, everything that is linked there, and a search without script.
import { beforeAll, describe, expect, test } from "vitest";
import { OPERATIONS } from "../../../src/app.ts";
import { PROBLEMS } from "../../../src/http/errors.ts";
import { apiOperations } from "../../../src/http/openapi.ts";
import { BASE_PATH } from "../../../src/http/operation.ts";
import { NOTICE_KINDS } from "../../../src/routes/notices-wire.ts";
import { createClosedWorld } from "../../http/closed-world.ts";

const MAX_BYTES = 30 * 1_024;
const { app } = createClosedWorld();
const pages = new Map<string, string>();

const hrefsIn = (html: string): string[] =>
  [...html.matchAll(/\shref="([^"]*)"/g)].map(([, href = ""]) => href.replaceAll("&amp;", "&"));
const idsIn = (html: string): Set<string> =>
  new Set([...html.matchAll(/\sid="([^"]*)"/g)].map(([, id = ""]) => id));

async function pageAt(path: string): Promise<string> {
  const answer = await app.request(path, { headers: { accept: "text/html" } });
  expect(answer.status, path).toBe(200);
  return answer.text();
}

beforeAll(async () => {
  const first = await pageAt(`${BASE_PATH}/docs`);
  pages.set(`${BASE_PATH}/docs`, first);
  for (const href of hrefsIn(first)) {
    if (/\/docs\/(?!try$)[\w-]+$/.test(href)) pages.set(href, await pageAt(href));
  }
});

describe("The reference", () => {
  test("has every operation of the API on exactly one page, and no page or form of people", () => {
    for (const { id, tag } of OPERATIONS) {
      const on = [...pages.values()].filter((html) => html.includes(`<article class="card" id="${id}">`));
      expect(on.length, id).toBe(tag === "Pages" ? 0 : 1);
    }
    expect(pages.size).toBeGreaterThan(15);
  });

  test("shows a call in three languages for each operation, and its answer", () => {
    const all = [...pages.values()].join("");
    for (const { id } of apiOperations(OPERATIONS)) {
      expect(all.split(`<details name="code-${id}"`).length - 1, id).toBe(3);
    }
  });

  test("explains every error code and every kind of notice", () => {
    const first = idsIn(pages.get(`${BASE_PATH}/docs`) ?? "");
    for (const code of Object.keys(PROBLEMS)) expect(first, code).toContain(code);
    const sent = idsIn(pages.get(`${BASE_PATH}/docs/sent`) ?? "");
    for (const kind of NOTICE_KINDS) expect(sent, kind).toContain(kind);
  });

  test("links to nothing that isn't there", () => {
    for (const [path, html] of pages) {
      for (const href of hrefsIn(html)) {
        const [to = "", anchor] = href.split("#");
        const target = to === "" ? html : pages.get(to);
        if (target === undefined) expect(href).toMatch(/\/(?:docs\/try|openapi\.json|[\w./-]+\.css)$/);
        else if (anchor !== undefined) expect(idsIn(target), `${path} to ${href}`).toContain(anchor);
      }
    }
  });

  test("has pages of at most 30 KiB, with each id once", () => {
    for (const [path, html] of pages) {
      expect(new TextEncoder().encode(html).length, path).toBeLessThanOrEqual(MAX_BYTES);
      expect([...html.matchAll(/\sid="([^"]*)"/g)].length, path).toBe(idsIn(html).size);
    }
  });

  test("answers a page that it doesn't have with a page", async () => {
    const answer = await app.request(`${BASE_PATH}/docs/nothing`, { headers: { accept: "text/html" } });
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain(`href="${BASE_PATH}/docs">Back to the reference</a>`);
  });
});

describe("The search", () => {
  const search = (asked: string) => pageAt(`${BASE_PATH}/docs?q=${encodeURIComponent(asked)}`);

  test("finds operations by words of their summary, path, fields and errors, the nearest first", async () => {
    const html = await search("hold slot");
    const [first] = hrefsIn(html.slice(html.indexOf('<ul class="found">')));
    expect(first).toMatch(/\/docs\/holds#\w+$/);
    expect(await search("minimumNoticeMinutes")).toContain("#putSettings");
    expect(await search("idempotency_key_reused")).toContain("#createBooking");
  });

  test("finds error codes, and says so where nothing is found", async () => {
    expect(await search("slot_taken")).toContain(`href="${BASE_PATH}/docs#slot_taken"`);
    expect(await search("xylophone")).toContain("Nothing found");
  });

  test("shows what was asked as text", async () => {
    expect(await search('"><script>x</script>')).not.toContain("<script>");
  });
});

describe("The page for trying calls", () => {
  test("alone may run any script of this service; other pages run the one that they have", async () => {
    const answer = await app.request(`${BASE_PATH}/docs/try`);
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("img-src 'self' data:");
    expect(policy).not.toContain("unsafe");
    const sources = [...(await answer.text()).matchAll(/\s(?:src|href)="([^"]*)"/g)].map(
      ([, url = ""]) => url,
    );
    expect(sources.length).toBeGreaterThan(3);
    for (const url of sources) expect(url).toMatch(/^(?:data:,$|\/api\/calendar\/docs)/);
    const other = await app.request(`${BASE_PATH}/docs`);
    expect(other.headers.get("content-security-policy")).toMatch(
      /script-src https:\/\/[^\s;]+\/page\.[\w-]+\.js;/,
    );
  });
});
