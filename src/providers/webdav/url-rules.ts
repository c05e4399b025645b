// URL rules: the settings that say which calendar servers may be asked, and how they are written.
import * as z from "zod";

/** What an address may be. */
export interface UrlRules {
  /** The hosts that are exempt, each as `host` or `host:port`, for tests and for development on one machine. */
  readonly allowHttpHosts: readonly string[];
  /** The ports on which calendar servers are asked. */
  readonly ports: readonly number[];
}

const MAX_PORTS = 8;

/** The parts of a list that is separated by commas. */
export const listOf = (text: string): string[] =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");

export const hosts = z.string().transform((text, context) => {
  const listed = listOf(text.toLowerCase());
  if (listed.every((part) => /^[a-z0-9.-]+(?::\d{1,5})?$/.test(part))) return listed;
  context.addIssue("must be hosts, each as host or host:port, separated by commas");
  return z.NEVER;
});

export const ports = z.string().transform((text, context) => {
  const listed = listOf(text);
  const areSound = listed.every((part) => /^[1-9]\d{0,4}$/.test(part) && Number(part) < 65_536);
  if (areSound && listed.length > 0 && listed.length <= MAX_PORTS) return listed.map(Number);
  context.addIssue(`must be 1 to ${MAX_PORTS} ports, separated by commas`);
  return z.NEVER;
});
