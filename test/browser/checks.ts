// What must hold of every page in a browser: no fault by axe, no scrolling sideways, and the keyboard reaches everything.
import axe from "axe-core";
import type { Page } from "playwright-core";

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** The faults that axe finds by all its rules that are on by default, each in a line. */
export async function faultsByAxe(page: Page): Promise<string[]> {
  if (!(await page.evaluate<boolean>("'axe' in window"))) await page.evaluate(axe.source);
  // Without `preload`: axe would fetch the stylesheet anew, which the page's own policy forbids.
  const options = JSON.stringify({ resultTypes: ["violations"], preload: false });
  const { violations } = await page.evaluate<{ violations: Violation[] }>(`axe.run(document, ${options})`);
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary = "" }) => `${id}: ${help}: ${html.slice(0, 200)} ${failureSummary}`),
  );
}

/** By how many pixels the page is wider than its window; 0: it isn't. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return Math.max(0, scrollWidth - clientWidth);
  });

const CONTROLS =
  'a[href], button:not([disabled]), input:not([type="hidden"]):not([disabled]), select, textarea, summary, [tabindex="0"]';

/** A control as a person tells it from others. */
const control = { attribute: "data-control" };

/**
 * Goes through the page by the Tab key. Answers the controls that it never reaches, and those that don't show that they
 * have the focus.
 * @param most how many controls there may be before the rest is left out
 */
export async function faultsByKeyboard(page: Page, most = 80): Promise<string[]> {
  const count = await page.evaluate(
    ({ selector, attribute, limit }) => {
      const seen = [...document.querySelectorAll<HTMLElement>(selector)].filter(
        (one) => one.getClientRects().length > 0 && getComputedStyle(one).visibility === "visible",
      );
      // A group of radio buttons has one place among the stops.
      const radios = new Set<string>();
      const stops = seen.filter((one) => {
        if (!(one instanceof HTMLInputElement) || one.type !== "radio") return true;
        // The chosen one, or the first where none is chosen.
        const chosen = seen.some(
          (other) => other instanceof HTMLInputElement && other.name === one.name && other.checked,
        );
        return chosen ? one.checked : !radios.has(one.name) && radios.add(one.name);
      });
      for (const [index, one] of stops.slice(0, limit).entries()) one.setAttribute(attribute, String(index));
      (document.activeElement as HTMLElement | null)?.blur();
      return Math.min(limit, stops.length);
    },
    { selector: CONTROLS, attribute: control.attribute, limit: most },
  );
  const reached = new Set<string>();
  const faults: string[] = [];
  // A date or a time takes up to five presses: one a part of it.
  for (let press = 0; press < 5 * count + 3 && reached.size < count; press++) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate((attribute) => {
      const one = document.activeElement;
      if (one === null || one === document.body) return null;
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
      const isSeen = (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
      return { index: one.getAttribute(attribute), isSeen, html: one.outerHTML.slice(0, 120) };
    }, control.attribute);
    if (stop === null) continue;
    if (stop.index !== null) reached.add(stop.index);
    if (!stop.isSeen) faults.push(`shows no focus: ${stop.html}`);
  }
  const missed = await page.evaluate(
    ({ attribute, found }) =>
      [...document.querySelectorAll(`[${attribute}]`)]
        .filter((one) => !found.includes(one.getAttribute(attribute) ?? ""))
        .map((one) => `never reached: ${one.outerHTML.slice(0, 120)}`),
    { attribute: control.attribute, found: [...reached] },
  );
  return [...faults, ...missed];
}

interface Named {
  readonly role: string;
  readonly name: string;
  readonly target: string;
}

/** Controls of one kind and one name that do different things: nobody who hears them can tell them apart. */
export async function ambiguousControls(page: Page): Promise<string[]> {
  if (!(await page.evaluate<boolean>("'axe' in window"))) await page.evaluate(axe.source);
  const controls = await page.evaluate<Named[]>(`(() => {
    axe.setup(document.body);
    const found = [...document.querySelectorAll(${JSON.stringify(CONTROLS)})]
      .filter((one) => one.getClientRects().length > 0)
      .map((one) => ({
        role: one.getAttribute("role") ?? one.tagName.toLowerCase(),
        name: axe.commons.text.accessibleText(one),
        target: one.getAttribute("href") ?? "",
      }));
    axe.teardown();
    return found;
  })()`);
  const seen = new Map<string, string>();
  const faults: string[] = [];
  for (const { role, name, target } of controls) {
    const key = `${role} "${name}"`;
    const before = seen.get(key);
    if (name === "") faults.push(`${role} without a name`);
    else if (before !== undefined && (target === "" || before !== target)) faults.push(`twice: ${key}`);
    seen.set(key, target);
  }
  return faults;
}
