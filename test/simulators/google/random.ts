// Ids as Google makes them.
import { randomText } from "../random.ts";

const BASE32_HEX = "0123456789abcdefghijklmnopqrstuv";

/** An event id as Google makes them: base32hex, 26 characters. */
export function randomEventId(random: () => number): string {
  return randomText(random, BASE32_HEX, 26);
}
