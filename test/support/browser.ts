// A browser for tests: keeps cookies, follows no redirect by itself, and comes in by a connect link.
import type { World } from "./world.ts";

const ORIGIN = "https://sync.example.org";
const API = `${ORIGIN}/api/calendar`;
export const CONNECT = `${API}/connect`;

/** The value of a hidden field on a page. */
export const hiddenIn = (html: string, name: string): string =>
  new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? "";

/** Makes a connect link as the marketplace does. */
export async function makeLink(world: World, link: Record<string, unknown> = {}): Promise<string> {
  const answer = await world.app.request(`${API}/connect-links`, {
    method: "POST",
    headers: { authorization: `Bearer ${await world.token("service")}`, "content-type": "application/json" },
    body: JSON.stringify({ agentId: world.agentId, ...link }),
  });
  if (answer.status !== 201) throw new Error(`no link was made: ${await answer.text()}`);
  return ((await answer.json()) as { url: string }).url;
}

/** A browser without any cookie. */
export function emptyBrowser(world: World) {
  const cookies = new Map<string, string>();
  const go = async (path: string, form?: Record<string, string> | URLSearchParams) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await world.app.request(new URL(path, CONNECT).href, {
      method: form === undefined ? "GET" : "POST",
      headers: {
        accept: "text/html",
        cookie,
        ...(form === undefined
          ? {}
          : { origin: ORIGIN, "content-type": "application/x-www-form-urlencoded" }),
      },
      body: form === undefined ? null : new URLSearchParams(form).toString(),
    });
    for (const set of answer.headers.getSetCookie()) {
      const [pair = ""] = set.split(";");
      const [name = "", value = ""] = pair.split(/=(.*)/s);
      if (/Max-Age=0/.test(set)) cookies.delete(name);
      else cookies.set(name, value);
    }
    return {
      status: answer.status,
      location: answer.headers.get("location") ?? "",
      html: await answer.text(),
    };
  };
  /** Opens a link's page and presses its button. */
  const follow = async (link: string) => {
    const { html } = await go(link);
    return go(`${CONNECT}/open`, { link: hiddenIn(html, "link"), openedBy: hiddenIn(html, "openedBy") });
  };
  return { go, follow, cookies };
}

/** A browser in which an agent has opened their page. */
export async function createBrowser(world: World, agentId = world.agentId) {
  const browser = emptyBrowser(world);
  const signedIn = await browser.follow(await makeLink(world, { agentId }));
  return { ...browser, signedIn };
}
