import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { countOf, portOf } from "../../scripts/local/command-line.ts";

/** A script with one option, called with these arguments. */
function call(...args: string[]) {
  const script = `
    import { countOf, readOrEnd } from "./scripts/local/command-line.ts";
    console.log(readOrEnd("npm run weigh -- --seeds N", ([, text]) => countOf("seeds", text)));
  `;
  const words = ["--import", "tsx", "--input-type=module", "--eval", script, "--", "weigh", ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, {
    cwd: resolve(import.meta.dirname, "../.."),
    encoding: "utf8",
  });
  return { status, stdout: stdout.trim(), stderr: stderr.trim() };
}

test("a command that is called wrongly says what to send and how it is used, and does nothing", () => {
  expect(call("--seeds", "many")).toEqual({
    status: 2,
    stdout: "",
    stderr: "Send --seeds a whole number above 0.\n\nnpm run weigh -- --seeds N",
  });
});

test("--help says how a command is used", () => {
  expect(call("--help")).toEqual({ status: 0, stdout: "npm run weigh -- --seeds N", stderr: "" });
});

test.each(["0", "-1", "1.5", "", "1e400", "many"])("%j is no count", (text) => {
  expect(() => countOf("seeds", text)).toThrow("Send --seeds a whole number above 0.");
});

test.each(["0", "70000", "80.5", "http", ""])("%j is no port", (text) => {
  expect(() => portOf("--port", text)).toThrow("Send --port a number from 1 to 65535.");
});
