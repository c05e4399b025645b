// The pages' script: it offers the browser's time zone only where that is another one, and says how things ended.
import { expect, test } from "vitest";
import { SCRIPT } from "../../src/pages/script.ts";

/** What the form offers to an agent who has this zone: the browser's by its name and its city; null: nothing. */
function offered(zoneNow: string, browserZone: string): string | null {
  const output = { textContent: "" };
  const form = {
    dataset: { zoneNow },
    elements: { timeZone: { value: zoneNow } },
    querySelector: () => output,
    hidden: true,
  };
  const page = {
    querySelectorAll: (selector: string) => (selector.startsWith("form") ? [form] : []),
    querySelector: () => null,
  };
  class DateTimeFormat extends Intl.DateTimeFormat {
    constructor(locale: string, { timeZone = browserZone }: { timeZone?: string } = {}) {
      super(locale, { timeZone });
    }
  }
  new Function("document", "Intl", SCRIPT)(page, { DateTimeFormat });
  return form.hidden ? null : `${form.elements.timeZone.value}, ${output.textContent}`;
}

test.each([
  ["Asia/Kolkata", "Asia/Calcutta", null],
  ["Europe/Kyiv", "Europe/Kiev", null],
  ["Europe/Berlin", "Europe/Berlin", null],
  ["Europe/Berlin", "Europe/Kiev", "Europe/Kyiv, Kyiv"],
  ["Europe/Berlin", "Asia/Calcutta", "Asia/Kolkata, Kolkata"],
  ["Europe/Berlin", "Etc/GMT+5", "Etc/GMT+5, Etc/GMT+5"],
  ["Mars/Base", "America/New_York", "America/New_York, New York"],
])("To an agent in %s whose browser is in %s is offered: %s", (own, browser, expected) => {
  expect(offered(own, browser)).toBe(expected);
});

/** What stands in a page's two sentences after each of the server's answers; each names what still moves. */
async function saidAfter(answers: readonly (readonly string[])[]): Promise<string[][]> {
  const sentence = (id: string, moving: readonly string[]) => {
    const marks = new Set(moving.includes(id) ? ["data-moves"] : []);
    return {
      ...{ id, textContent: "", dataset: { ended: `${id} has ended` } },
      hasAttribute: (name: string) => marks.has(name),
      toggleAttribute: (name: string, on: boolean) => (on ? marks.add(name) : marks.delete(name)),
    };
  };
  const own = ["reading", "writing"].map((id) => sentence(id, answers[0] ?? []));
  const isMoving = () => own.some((one) => one.hasAttribute("data-moves"));
  const page = {
    querySelectorAll: (selector: string) => (selector === "[data-ended]" ? own : []),
    querySelector: () => (isMoving() ? {} : null),
  };
  const waiting: (() => Promise<void>)[] = [];
  let moving: readonly string[] = [];
  class DOMParser {
    parseFromString = () => ({ getElementById: (id: string) => sentence(id, moving) });
  }
  const answer = async () => ({ ok: true, status: 200, text: async () => "" });
  const later = (run: () => Promise<void>) => waiting.push(run);
  new Function("document", "fetch", "DOMParser", "setTimeout", "location", SCRIPT)(
    ...[page, answer, DOMParser, later, { pathname: "/" }],
  );
  const said: string[][] = [];
  for (moving of answers.slice(1)) {
    await waiting.shift()?.();
    said.push(own.map(({ textContent }) => textContent));
  }
  expect(waiting).toEqual([]);
  return said;
}

test("Reading and writing are said to have ended each when it has, and never when it didn't go on", async () => {
  expect(await saidAfter([["reading", "writing"], ["writing"], []])).toEqual([
    ["reading has ended", ""],
    ["reading has ended", "writing has ended"],
  ]);
  expect(await saidAfter([["reading"], ["reading"], []])).toEqual([
    ["", ""],
    ["reading has ended", ""],
  ]);
});
