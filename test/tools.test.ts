// Which Node and which workerd run: an old one would pass most tests, with last year's clocks.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as z from "zod";

const ROOT = join(import.meta.dirname, "..");

const textOf = (path: string) => readFileSync(join(ROOT, path), "utf8");

test("Node that runs the tests is 24 or newer", () => {
  console.log(`Node ${process.version} at ${process.execPath}`);
  expect(Number(process.versions.node.split(".")[0])).toBeGreaterThanOrEqual(24);
});

test("what the tests start finds the same Node", () => {
  expect(execFileSync("node", ["--version"], { encoding: "utf8" }).trim()).toBe(process.version);
});

test.each(["wrangler", "miniflare", "workerd"])("there is one %s for tests, demo and deployment", (name) => {
  const Lock = z.object({ packages: z.record(z.string(), z.unknown()) });
  const places = Object.keys(Lock.parse(JSON.parse(textOf("package-lock.json"))).packages);
  expect(places.filter((path) => path.endsWith(`node_modules/${name}`))).toEqual([`node_modules/${name}`]);
});

test("workerd knows the compatibility date, which both Workers share", () => {
  const dateOf = (config: string) =>
    /^compatibility_date = "(\d{4}-\d{2}-\d{2})"$/m.exec(textOf(config))?.[1];
  const asked = dateOf("wrangler.toml") ?? "";
  expect(dateOf("src/mcp/wrangler.toml")).toBe(asked);
  const workerd = join(ROOT, "node_modules/.bin/workerd");
  const printed = execFileSync(workerd, ["--version"], { encoding: "utf8" }).trim();
  const [date = ""] = /\d{4}-\d{2}-\d{2}$/.exec(printed) ?? [];
  console.log(`${printed}, compatibility date ${asked}`);
  expect(asked).not.toBe("");
  expect(date >= asked).toBe(true);
});
