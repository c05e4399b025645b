// Dice: each random draw depends on the seed and on its name, never on the order of draws.
import { mulberry32 } from "../../simulators/random.ts";

/** One draw in [0, 1), the same for the same name under the same seed. */
export type Dice = (name: string) => number;

/** A 32-bit hash of a text: FNV-1a, then mixed, because similar names must not draw similar numbers. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The dice of a seed. Draws are independent, so that a shortened plan draws the same for the remaining actions. */
export function diceOf(seed: number): Dice {
  return (name) => hashOf(`${seed}:${name}`) / 4_294_967_296;
}

/** A stream of draws for one purpose. */
export const streamOf = (dice: Dice, name: string): (() => number) =>
  mulberry32(Math.floor(dice(name) * 4_294_967_296));

/** An integer from `from` to `to`, both included. */
export const between = (draw: number, from: number, to: number): number =>
  from + Math.floor(draw * (to - from + 1));

/** The item that the draw chooses. */
export function oneOf<T>(draw: number, items: readonly T[]): T {
  const item = items[Math.floor(draw * items.length)];
  if (item === undefined) throw new RangeError("nothing to choose from");
  return item;
}

/** The item that the draw chooses by weight. */
export function weighted<T>(draw: number, items: readonly (readonly [number, T])[]): T {
  let left = draw * items.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, item] of items) {
    left -= weight;
    if (left < 0) return item;
  }
  throw new RangeError("nothing to choose from");
}
