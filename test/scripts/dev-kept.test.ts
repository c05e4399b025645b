// What `npm run dev -- --keep` keeps: written before anything starts, for a run that never gets to its end.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readKept, writeKept } from "../../scripts/dev/kept.ts";
import { startDev } from "../../scripts/dev/start.ts";
import { freePort } from "../../scripts/local/process.ts";

test("a run that ends before its people are made leaves its secrets and ports to the next", async () => {
  const folder = mkdtempSync(join(tmpdir(), "dev-kept-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  // Two parts can't have one port: it is found when the second begins, after the database has.
  const begun = await readKept(folder, null);
  const ports = { ...begun.ports, microsoft: begun.ports.google };
  writeKept(folder, { ...begun, ports });
  const port = await freePort();
  const input = { port, origins: [], watch: false, logFile: join(folder, "log") };
  await expect(startDev({ folder, ...input })).rejects.toThrow("EADDRINUSE");
  expect(await readKept(folder, null)).toEqual({ ...begun, ports: { ...ports, worker: port } });
});
