// jCal: the parsed form of iCalendar text, and how to find things in it.
import ICAL from "ical.js";
import { readLines } from "./lines.ts";
import { UnreadableCalendar } from "./unreadable.ts";

/** Name, parameters by lower-case name, value type, values. */
export type Property = readonly [
  name: string,
  parameters: Readonly<Record<string, unknown>>,
  type: string,
  ...values: unknown[],
];

/** Lower-case name, properties, components inside. */
export type Component = readonly [
  name: string,
  properties: readonly Property[],
  components: readonly Component[],
];

/**
 * The calendars of a resource; usually one. They hold only the lines that `readLines` lets through.
 * @throws UnreadableCalendar `not_icalendar` or `bad_line`
 */
export function calendarsOf(text: string): Component[] {
  const lines = readLines(text);
  let parsed: unknown;
  try {
    parsed = ICAL.parse(lines);
  } catch {
    // The parser's message quotes the line, so it must not go further.
    throw new UnreadableCalendar("bad_line");
  }
  const calendars: unknown[] = Array.isArray(parsed) && Array.isArray(parsed[0]) ? parsed : [parsed];
  return calendars as Component[];
}

export const componentsOf = ([, , components]: Component, name: string): Component[] =>
  components.filter((component) => component[0] === name);

export const propertiesOf = ([, properties]: Component, name: string): Property[] =>
  properties.filter((property) => property[0] === name);

/** The first property of this name. */
export const propertyOf = ([, properties]: Component, name: string): Property | undefined =>
  properties.find((property) => property[0] === name);

/** The first property's first value as text. */
export function textOf(component: Component, name: string): string | undefined {
  const value = propertyOf(component, name)?.[3];
  return value === undefined ? undefined : String(value);
}

/** A parameter as text; of several values the first. */
export function parameterOf([, parameters]: Property, name: string): string | undefined {
  const value = [parameters[name]].flat()[0];
  return value === undefined ? undefined : String(value);
}
