// Notice actions: MaraPlace's endpoint misbehaves, and its operators retry dead letters and replay notices.

import { HOUR } from "../world/outside-event.ts";
import type { Reply, World } from "../world/world.ts";
import { type ActionOf, insist, text } from "./client.ts";

interface Listed {
  readonly id: string;
  readonly kind: string;
}

const itemsOf = (reply: Reply | null, name: "failures" | "notices"): Listed[] =>
  (reply?.body[name] ?? []) as Listed[];

/** The endpoint refuses some notices. */
export function refuse(world: World, { status, times, retryAfter }: ActionOf<"endpoint">): void {
  world.maraplace.refuse({ status, retryAfter }, times);
}

/** The endpoint refuses all notices for a long time. */
export function silence(world: World, action: ActionOf<"silence">): void {
  world.maraplace.silence(true);
  world.scheduler.at(world.scheduler.now() + action.ms, `op${action.id} heard`, () =>
    world.maraplace.silence(false),
  );
}

/** An operator lists the dead letters and retries one. */
export async function retry(world: World, action: ActionOf<"retry">): Promise<void> {
  const name = `op${action.id} retry`;
  const listed = itemsOf(
    await insist(world, 1, () => world.call(name, "GET", "/failures?limit=200")),
    "failures",
  );
  const chosen = listed[action.pick % Math.max(1, listed.length)];
  if (chosen === undefined) return;
  await insist(world, 2, () => world.call(name, "POST", `/failures/${chosen.id}/retry`));
}

/** An operator replays one notice, or all notices of the last hours. */
export async function replay(world: World, action: ActionOf<"replay">): Promise<void> {
  const name = `op${action.id} replay`;
  const replayed = (path: string, body?: unknown) =>
    insist(world, 2, () => world.call(name, "POST", path, body));
  if (action.hours !== null) {
    await replayed("/notices/replay", { since: text(world.scheduler.now() - action.hours * HOUR) });
    return;
  }
  const listed = itemsOf(
    await insist(world, 1, () => world.call(name, "GET", "/notices?limit=200")),
    "notices",
  );
  const chosen = listed[action.pick % Math.max(1, listed.length)];
  if (chosen !== undefined) await replayed(`/notices/${chosen.id}/replay`);
}

/** An operator replays all notices that were given up, or not sent because the endpoint was disabled. */
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
