// Perform: does each action of a plan through the interfaces that people and services use.

import type { Action } from "../plan/plan.ts";
import type { World } from "../world/world.ts";
import { connect, consent, countFree, disconnect, expire, flip, forge, revoke, sync } from "./access.ts";
import { about, book, bulk, check, hold } from "./bookings.ts";
import {
  add,
  change,
  changeBookingEvent,
  except,
  giveNewId,
  lose,
  remove,
  rezone,
  turnKnob,
} from "./calendars.ts";
import { type ActionOf, type Audience, placeOf } from "./client.ts";
import { refuse, replay, retry, silence } from "./notices.ts";
import { bookAny, cancelGroup, findCommon, holdAny, series, shiftGroup } from "./together.ts";

type Handlers = {
  [Kind in Action["do"]]: (world: World, action: ActionOf<Kind>, audience: Audience) => void | Promise<void>;
};

function cron(world: World, action: ActionOf<"cron">): void {
  const expression = action.daily ? "17 3 * * *" : "* * * * *";
  for (let time = 0; time < (action.doubled ? 2 : 1); time += 1)
    world.cron(`op${action.id} cron`, expression);
}

/** No Worker answers for a while, and running invocations are killed. */
function outage(world: World, action: ActionOf<"outage">): void {
  world.down = true;
  for (const worker of [0, 1]) world.restart(worker);
  world.scheduler.at(world.scheduler.now() + action.ms, `op${action.id} back`, () => {
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
  "give-new-id": giveNewId,
  "move-booking-event": changeBookingEvent,
  "remove-booking-event": changeBookingEvent,
  connect,
  "count-free": countFree,
  disconnect,
  switch: flip,
  sync,
  revoke: (world, action) => revoke(world, placeOf(world, action)),
  consent: async (world, action) =>
    void (await consent(world, placeOf(world, action), `op${action.id} consent`)),
  forge: (world, action) => forge(world, placeOf(world, action), `op${action.id} forge`),
  "expire-cursors": (world, action) => expire(world, placeOf(world, action), "cursors"),
  "expire-tokens": (world, action) => expire(world, placeOf(world, action), "tokens"),
  book,
  hold,
  reschedule: about,
  describe: about,
  cancel: about,
  bulk,
  "book-any": bookAny,
  "hold-any": holdAny,
  series,
  "shift-group": shiftGroup,
  "cancel-group": cancelGroup,
  "find-common": findCommon,
  check,
  cron,
  knob: turnKnob,
  endpoint: refuse,
  silence,
  retry,
  replay,
  restart: (world, action) => world.restart(action.worker),
  jump: (world, action) => world.scheduler.jump(action.ms),
  blackout: (world, action) => world.faults.blackout(world.scheduler.now() + action.ms),
  outage,
};

/** Does an action. The client handles failed requests. An error of the simulation itself is thrown. */
export function perform(world: World, action: Action, audience: Audience): void {
  const handler = HANDLERS[action.do] as (
    world: World,
    action: Action,
    audience: Audience,
  ) => void | Promise<void>;
  world.scheduler.note(`op${action.id} ${action.do}`);
  world.faults.count(`op ${action.do}`);
  void handler(world, action, audience);
}
