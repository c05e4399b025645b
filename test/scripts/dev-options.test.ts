import { expect, test } from "vitest";
import { readDevOptions } from "../../scripts/dev/options.ts";

test("npm run dev without options takes a free port and keeps nothing", () => {
  expect(readDevOptions([])).toEqual({ port: null, origins: [], keep: false });
});

test("npm run dev reads a port, any number of front ends, and whether to keep", () => {
  const args = [
    "--port",
    "8787",
    "--origin",
    "http://localhost:4200/app",
    "--origin=https://front.test",
    "--keep",
  ];
  expect(readDevOptions(args)).toEqual({
    port: 8_787,
    origins: ["http://localhost:4200", "https://front.test"],
    keep: true,
  });
});

test.each([
  ["--port", "many"],
  ["--port", "70000"],
  ["--origin", "localhost:4200"],
  ["--prot", "1"],
  ["8787"],
])("npm run dev refuses %s %s and says why", (...args) => {
  expect(() => readDevOptions(args.filter((one) => one !== undefined))).toThrow(/--|argument/);
});
