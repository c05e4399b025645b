// Agenda: planned events in order of time. At one instant the order is random, and the same in each run.

import type { Invocation } from "../world/invocation.ts";
import { hashOf } from "./dice.ts";

/** A planned event. */
export interface Planned {
  readonly at: number;
  readonly key: string;
  readonly owner: Invocation | null;
  /** `limit`: a time limit, which nothing may wait for. `arrival`: no code of the engine runs. */
  readonly kind: "event" | "limit" | "arrival";
  readonly run: () => void;
}

export interface Agenda {
  add(event: Planned): void;
  /** The next one; undefined when nothing is planned. */
  next(): Planned | undefined;
  /** Removes the next one. */
  shift(): void;
  size(): number;
}

type Entry = Planned & { readonly order: number };

const isBefore = (a: Entry, b: Entry): boolean =>
  a.at !== b.at ? a.at < b.at : a.order !== b.order ? a.order < b.order : a.key < b.key;

/** An empty agenda. */
export function createAgenda(): Agenda {
  const entries: Entry[] = [];
  return {
    add(event) {
      const entry = { ...event, order: hashOf(event.key) };
      let low = 0;
      let high = entries.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        const other = entries[middle];
        if (other !== undefined && isBefore(other, entry)) low = middle + 1;
        else high = middle;
      }
      entries.splice(low, 0, entry);
    },
    next: () => entries[0],
    shift: () => void entries.shift(),
    size: () => entries.length,
  };
}
