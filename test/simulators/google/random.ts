// Random ids in Google's form.
import { randomText } from "../random.ts";

const BASE32_HEX = "0123456789abcdefghijklmnopqrstuv";

/** An event id in Google's form: base32hex, 26 characters. */
export function randomEventId(random: () => number): string {
  return randomText(random, BASE32_HEX, 26);
}
