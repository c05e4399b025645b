// Notice deeds: how MaraPlace's endpoint behaves, and what its people ask for when something was given up.

import { HOUR } from "../world/outside-event.ts";
import type { Reply, World } from "../world/world.ts";
import { type Deed, insist, text } from "./client.ts";

interface Listed {
  readonly id: string;
  readonly kind: string;
}

const itemsOf = (reply: Reply | null, name: "failures" | "notices"): Listed[] =>
  (reply?.body[name] ?? []) as Listed[];

/** The endpoint doesn't answer as it should for some notices. */
export function refuse(world: World, { status, times, retryAfter }: Deed<"endpoint">): void {
  world.maraplace.refuse({ status, retryAfter }, times);
}

/** The endpoint takes nothing for a long time. */
export function silence(world: World, deed: Deed<"silence">): void {
  world.maraplace.silence(true);
  world.scheduler.at(world.scheduler.now() + deed.ms, `op${deed.id} heard`, () =>
    world.maraplace.silence(false),
  );
}

/** Somebody looks at what failed for good and has one thing of it tried again. */
export async function retry(world: World, deed: Deed<"retry">): Promise<void> {
  const name = `op${deed.id} retry`;
  const listed = itemsOf(
    await insist(world, 1, () => world.call(name, "GET", "/failures?limit=200")),
    "failures",
  );
  const chosen = listed[deed.pick % Math.max(1, listed.length)];
  if (chosen === undefined) return;
  await insist(world, 2, () => world.call(name, "POST", `/failures/${chosen.id}/retry`));
}

/** Somebody has one notice sent again, or all of the last hours. */
export async function replay(world: World, deed: Deed<"replay">): Promise<void> {
  const name = `op${deed.id} replay`;
  const replayed = (path: string, body?: unknown) =>
    insist(world, 2, () => world.call(name, "POST", path, body));
  if (deed.hours !== null) {
    await replayed("/notices/replay", { since: text(world.scheduler.now() - deed.hours * HOUR) });
    return;
  }
  const listed = itemsOf(
    await insist(world, 1, () => world.call(name, "GET", "/notices?limit=200")),
    "notices",
  );
  const chosen = listed[deed.pick % Math.max(1, listed.length)];
  if (chosen !== undefined) await replayed(`/notices/${chosen.id}/replay`);
}

/** Somebody sees to it that all notices are sent that were given up, or kept from an endpoint that wanted no more. */
export async function catchUp(world: World): Promise<void> {
  const ask = (method: string, path: string, body?: unknown) =>
    insist(world, 3, () => world.call("heal notices", method, path, body));
  const disabledAt = (await ask("GET", "/notices?limit=1"))?.body["disabledAt"] ?? null;
  if (disabledAt !== null) await ask("POST", "/notices/replay", { since: disabledAt });
  for (let cursor: unknown = ""; cursor !== null; ) {
    const page = await ask("GET", `/failures?limit=200${cursor === "" ? "" : `&cursor=${cursor}`}`);
    for (const { id, kind } of itemsOf(page, "failures")) {
      if (kind === "notice") await ask("POST", `/failures/${id}/retry`);
    }
    cursor = page?.body["nextCursor"] ?? null;
  }
}
