// Saved state: what a simulator knows, as bytes, so that `npm run dev -- --keep` can go on where it ended.
import { deserialize, serialize } from "node:v8";

/** A simulator whose state can be kept. */
export interface Keepable {
  /** Everything that it knows, without knobs and clocks. */
  save(): Buffer;
  /** Takes over what `save` gave. */
  restore(saved: Buffer): void;
}

/** What no bytes can hold, or what belongs to one run. */
const OF_THE_RUN = ["options", "knobs", "pending", "deliveries", "requests", "inFlight", "origin", "limits"];

/** Saves and restores the data of a state. Its maps and lists stay the same objects. */
export function keeping(state: object): Keepable {
  const data = () =>
    Object.entries(state).filter(
      ([name, value]) => !OF_THE_RUN.includes(name) && typeof value !== "function",
    );
  return {
    save: () => serialize(Object.fromEntries(data())),
    restore(saved) {
      const known = deserialize(saved) as Record<string, unknown>;
      for (const [name, value] of data()) {
        const before = known[name];
        if (value instanceof Map && before instanceof Map)
          for (const [key, inner] of before) value.set(key, inner);
        else if (Array.isArray(value) && Array.isArray(before)) value.push(...before);
        else if (typeof value === "number" && typeof before === "number")
          Object.assign(state, { [name]: before });
      }
    },
  };
}
