// Forms of an agent's pages, sent after another agent's link was opened in the same browser.
import { expect, test } from "vitest";
import { OPERATIONS } from "../../src/app.ts";
import { readErasure } from "../../src/erasure/erase-agent.ts";
import { CONNECT, createBrowser, makeLink } from "../support/browser.ts";
import { createWorld } from "../support/world.ts";

const OTHER = "agent-2";
/** Every page whose forms name nothing that only one agent has. */
const PAGES = ["/data/erase", "/settings", "/settings/days", "/settings/zone?q=Lisbon"].map(
  (path) => CONNECT + path,
);

const attribute = (tag: string, name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? "";

/** The forms of a page as a browser sends them, with the first button or choice of each name, and nothing ticked. */
const formsOf = (html: string) =>
  [...html.matchAll(/<form method="post"[\s\S]*?<\/form>/g)]
    .map(([form]) => ({
      action: attribute(form, "action"),
      fields: Object.fromEntries(
        [...form.matchAll(/<(?:input|button|select) [^>]*>/g)]
          .reverse()
          .filter(([tag]) => attribute(tag, "name") !== "" && attribute(tag, "type") !== "checkbox")
          .map(([tag]) => [attribute(tag, "name"), attribute(tag, "value")])
          .map(([name = "", value = ""]) => [name, /Unit$/.test(name) ? "minutes" : value]),
      ),
    }))
    .filter(({ action }) => !action.endsWith("/sign-out"));

test("An open form of one agent does nothing to another, whose link was opened meanwhile", async () => {
  const world = createWorld();
  const api = async (method: string, body?: object) => {
    const answer = await world.app.request(`https://sync.example.org/api/calendar/settings`, {
      method,
      headers: {
        authorization: `Bearer ${await world.token("agent", OTHER)}`,
        "content-type": "application/json",
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    return answer.json();
  };
  await api("PATCH", { timeZone: "Asia/Tokyo", holidays: "DE-BE" });
  const before = await api("GET");
  const browser = await createBrowser(world);
  const own = { holidays: "DE-BE", overrides: [{ date: "2026-03-10", hours: [] }] };
  await world.app.request("https://sync.example.org/api/calendar/settings", {
    method: "PATCH",
    headers: {
      authorization: `Bearer ${await world.token("agent", world.agentId)}`,
      "content-type": "application/json",
    },
    body: JSON.stringify(own),
  });
  const pages = await Promise.all(PAGES.map((page) => browser.go(page)));
  expect(pages[0]?.html).toContain(`<strong dir="auto">${world.agentId}</strong>`);
  const forms = pages.map(({ html }) => formsOf(html));
  expect(forms.every((found) => found.length > 0)).toBe(true);
  const actions = new Set(forms.flat().map(({ action }) => action));
  expect(actions.size).toBe(5);

  const { html } = await browser.go(await makeLink(world, { agentId: OTHER }));
  const [open] = formsOf(html);
  await browser.go(open?.action ?? "", open?.fields);
  for (const { action, fields } of forms.flat()) {
    const sent = await browser.go(action, fields);
    expect({ action, status: sent.status }).toEqual({ action, status: 403 });
    expect(sent.html).toContain("another agent than the one you are signed in as");
  }
  expect(await api("GET")).toEqual(before);
  expect(await readErasure(world.deps, { agentId: OTHER })).toBeNull();
});

test("Every form of an agent's pages names the agent, or by its address what only one agent has", () => {
  const forms = OPERATIONS.filter(
    ({ method, access, form, path }) =>
      method === "post" && access === "session" && form !== undefined && !path.includes("/:id"),
  );
  expect(forms.length).toBeGreaterThan(5);
  const without = forms.filter(({ form }) => form !== undefined && !("agentId" in form.shape));
  expect(without.map(({ path }) => path)).toEqual([]);
});
