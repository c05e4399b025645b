// The pages' one script. Without it everything works: it saves a reload, and proposes the browser's time zone.
import { PRESENT_NAMES, WITHOUT_CITY } from "../domain/zone-choices.ts";

/**
 * What an element may ask of it:
 * - `data-live` with an id: the element follows the page on the server as long as any of them has `data-refresh`.
 * - `data-ended` with an id and `data-moves`, beside them: once the server's has no `data-moves` any more, it shows the
 *   words that the server's has then.
 * - `form[data-zone-now]`, hidden: it is shown if the browser's zone isn't that one by any of its names. Its field
 *   `timeZone` gets the browser's zone by its present name, and its `output` says its city, as `cityOf` does.
 */
export const SCRIPT = `"use strict";
(() => {
  const NAMES = ${JSON.stringify(PRESENT_NAMES)};
  const FIRST_MS = 2000, MOST_MS = 30000, TRIES = 120;

  const nameIn = (timeZone) => {
    try {
      return new Intl.DateTimeFormat("en", { timeZone }).resolvedOptions().timeZone;
    } catch {
      return null;
    }
  };
  const zone = nameIn();
  for (const form of document.querySelectorAll("form[data-zone-now]")) {
    if (!zone || zone === nameIn(form.dataset.zoneNow)) continue;
    const present = NAMES[zone] || zone;
    form.elements.timeZone.value = present;
    const city = ${WITHOUT_CITY}.test(present) ? present : present.split("/").pop().replaceAll("_", " ");
    form.querySelector("output").textContent = city;
    form.hidden = false;
  }

  const moves = () => document.querySelector("[data-live][data-refresh]") !== null;
  const nameOf = (control) => control.getAttribute("aria-label") || control.textContent;

  /** Puts the server's element in the place of ours. Whoever had the focus in it has it again. */
  const replace = (old, fresh) => {
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    old.replaceWith(document.adoptNode(fresh));
    if (focused === null) return;
    const same = [...fresh.querySelectorAll(focused.tagName)].find((one) => nameOf(one) === nameOf(focused));
    if (same) same.focus({ preventScroll: true });
  };

  const update = async () => {
    const answer = await fetch(location.pathname, { headers: { accept: "text/html" }, redirect: "error" });
    if (answer.status === 401) return null;
    if (!answer.ok) return false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    let changed = false;
    for (const old of document.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(old.id);
      if (fresh === null || fresh.isEqualNode(old)) continue;
      replace(old, fresh);
      changed = true;
    }
    for (const words of document.querySelectorAll("[data-ended]")) {
      const fresh = page.getElementById(words.id);
      if (fresh === null) continue;
      const moves = fresh.hasAttribute("data-moves");
      if (!moves && words.hasAttribute("data-moves")) words.textContent = fresh.dataset.ended;
      words.toggleAttribute("data-moves", moves);
    }
    return changed;
  };

  const follow = (waitMs, tries) => setTimeout(async () => {
    const changed = document.hidden ? false : await update().catch(() => false);
    if (changed === null) return;
    if (moves() && tries > 1) follow(changed ? FIRST_MS : Math.min(waitMs * 1.5, MOST_MS), tries - 1);
  }, waitMs);

  if (moves()) follow(FIRST_MS, TRIES);
})();
`;

/** The SHA-256 of the script in base64. A test compares them; it must change with each change of the script. */
export const SCRIPT_SHA256 = "mf+Vs9yBSYZfGCy6DPMzdCYNbUwppPkfg3aqscgHAJs=";

/** The script's address below the API's root. It names the content, so it may be kept for good. */
export const SCRIPT_PATH: `/${string}` = `/page.${SCRIPT_SHA256.slice(0, 12).replaceAll(/\W/g, "-")}.js`;
