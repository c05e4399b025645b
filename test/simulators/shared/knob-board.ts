// Knob board: failures and odd behaviour of a simulator that a test or a demo switches on.
import type * as z from "zod";

/** Every knob of a simulator with the values that it takes. */
export type KnobSchemas = Readonly<Record<string, z.ZodType>>;

export type KnobValuesOf<Schemas extends KnobSchemas> = { [Name in keyof Schemas]: z.infer<Schemas[Name]> };

/** The scope of a knob. A field that is absent doesn't limit it. After `times` uses the knob is used up. */
export interface KnobScope {
  readonly times?: number | undefined;
  readonly user?: string | undefined;
  readonly calendar?: string | undefined;
  readonly operation?: string | undefined;
}

/** The place of a request, with the fields that are known. */
export interface KnobPlace {
  readonly user?: string | null;
  readonly calendar?: string | null;
  readonly operation?: string | null;
}

/** A knob that is switched on. `fired` counts how often it took effect. */
export interface SetKnob {
  readonly name: string;
  readonly value: unknown;
  readonly scope: KnobScope;
  fired: number;
}

export interface KnobBoard<Schemas extends KnobSchemas> {
  set<Name extends keyof Schemas & string>(
    name: Name,
    value: KnobValuesOf<Schemas>[Name],
    scope?: KnobScope,
  ): SetKnob;
  /** Switches off one knob, or all of them. */
  clear(name?: keyof Schemas & string): void;
  list(): readonly SetKnob[];
  /** The value of the first knob that applies here; undefined when none does. It counts as one use. */
  take<Name extends keyof Schemas & string>(
    name: Name,
    place: KnobPlace,
  ): KnobValuesOf<Schemas>[Name] | undefined;
}

function applies(knob: SetKnob, place: KnobPlace): boolean {
  const { times, user, calendar, operation } = knob.scope;
  if (times !== undefined && knob.fired >= times) return false;
  if (user !== undefined && user !== place.user) return false;
  if (calendar !== undefined && calendar !== place.calendar) return false;
  return operation === undefined || operation === place.operation;
}

/** An empty board. `set` parses the value with the knob's schema and throws a ZodError for a wrong one. */
export function createKnobBoard<Schemas extends KnobSchemas>(schemas: Schemas): KnobBoard<Schemas> {
  const board: SetKnob[] = [];
  return {
    set(name, value, scope = {}) {
      const knob: SetKnob = { name, value: schemas[name]?.parse(value), scope, fired: 0 };
      board.push(knob);
      return knob;
    },
    clear(name) {
      const kept = name === undefined ? [] : board.filter((knob) => knob.name !== name);
      board.splice(0, board.length, ...kept);
    },
    list: () => board,
    take<Name extends keyof Schemas & string>(name: Name, place: KnobPlace) {
      const knob = board.find((candidate) => candidate.name === name && applies(candidate, place));
      if (knob === undefined) return undefined;
      knob.fired += 1;
      // The value was parsed with the schema of the same name when it was set.
      return knob.value as KnobValuesOf<Schemas>[Name];
    },
  };
}
