// Operations: each deed of a plan done to the world, through the same doors that people and services use.

import type { Operation } from "../plan/plan.ts";
import type { World } from "../world/world.ts";
import { connect, consent, disconnect, expire, flip, forge, revoke, sync } from "./access.ts";
import { about, book, bulk, check, hold } from "./bookings.ts";
import { add, change, except, lose, remove, rezone, tamper, turnKnob } from "./calendars.ts";
import { type Audience, type Deed, placeOf } from "./client.ts";
import { refuse, replay, retry, silence } from "./notices.ts";

type Handlers = {
  [Kind in Operation["do"]]: (world: World, deed: Deed<Kind>, audience: Audience) => void | Promise<void>;
};

function cron(world: World, deed: Deed<"cron">): void {
  const expression = deed.daily ? "17 3 * * *" : "* * * * *";
  for (let time = 0; time < (deed.doubled ? 2 : 1); time += 1) world.cron(`op${deed.id} cron`, expression);
}

/** Nobody answers for a while, and what was under way is lost. */
function outage(world: World, deed: Deed<"outage">): void {
  world.down = true;
  for (const worker of [0, 1]) world.restart(worker);
  world.scheduler.at(world.scheduler.now() + deed.ms, `op${deed.id} back`, () => {
    world.down = false;
  });
}

const HANDLERS: Handlers = {
  add,
  change,
  remove,
  except,
  rezone,
  lose,
  "copy-move": tamper,
  "copy-remove": tamper,
  connect,
  disconnect,
  switch: flip,
  sync,
  revoke: (world, deed) => revoke(world, placeOf(world, deed)),
  consent: async (world, deed) => void (await consent(world, placeOf(world, deed), `op${deed.id} consent`)),
  forge: (world, deed) => forge(world, placeOf(world, deed), `op${deed.id} forge`),
  "expire-cursors": (world, deed) => expire(world, placeOf(world, deed), "cursors"),
  "expire-tokens": (world, deed) => expire(world, placeOf(world, deed), "tokens"),
  book,
  hold,
  reschedule: about,
  describe: about,
  cancel: about,
  bulk,
  check,
  cron,
  knob: turnKnob,
  endpoint: refuse,
  silence,
  retry,
  replay,
  restart: (world, deed) => world.restart(deed.worker),
  jump: (world, deed) => world.scheduler.jump(deed.ms),
  blackout: (world, deed) => world.faults.blackout(world.scheduler.now() + deed.ms),
  outage,
};

/** Does a deed. What goes wrong on the way is the client's loss; faults of the harness are thrown. */
export function perform(world: World, operation: Operation, audience: Audience): void {
  const handler = HANDLERS[operation.do] as (
    world: World,
    deed: Operation,
    audience: Audience,
  ) => void | Promise<void>;
  world.scheduler.note(`op${operation.id} ${operation.do}`);
  world.faults.count(`op ${operation.do}`);
  void handler(world, operation, audience);
}
