// The pages' script: it offers the browser's time zone only where that is another one.
import { expect, test } from "vitest";
import { SCRIPT } from "../../src/pages/script.ts";

/** Whether the form offers the browser's zone to an agent who has this one. */
function isOffered(zoneNow: string, browserZone: string): boolean {
  const form = {
    dataset: { zoneNow },
    elements: { timeZone: { value: zoneNow } },
    querySelector: () => ({ textContent: "" }),
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
  return !form.hidden;
}

test.each([
  ["Asia/Kolkata", "Asia/Calcutta", false],
  ["Europe/Kyiv", "Europe/Kiev", false],
  ["Europe/Berlin", "Europe/Berlin", false],
  ["Europe/Berlin", "Europe/Kiev", true],
  ["Mars/Base", "Europe/Berlin", true],
])("To an agent in %s the zone %s is offered: %s", (own, browser, offered) => {
  expect(isOffered(own, browser)).toBe(offered);
});
