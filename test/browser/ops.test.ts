// The operators' page in a browser: a token opens it, what failed for good is tried again, and signing out closes it.
import { expect, test } from "vitest";
import { english } from "../../src/pages/words/english.ts";
import { agentOf } from "./agents.ts";
import { inBrowser, inWindow, places } from "./window.ts";

const { ops } = english;

inBrowser("The operators' page", () => {
  test("is opened by a token, tries again what failed for good, and is closed by signing out", async () => {
    await agentOf("troubled");
    await inWindow({ agentId: null }, async (page) => {
      await page.goto(`${places().apiUrl}/ops`);
      const signIn = async (token: string) => {
        await page.getByLabel(ops.token).fill(token);
        await page.getByRole("button", { name: ops.signIn }).click();
      };
      await signIn("not.a.token");
      expect(await page.locator("main").textContent()).toContain(ops.refused);
      await page.goto(`${places().apiUrl}/ops`);
      await signIn(places().serviceToken);
      await page.waitForURL("**/ops");
      expect(await page.locator("svg[role=img]").count()).toBeGreaterThan(0);
      await page.getByRole("button", { name: new RegExp(`^${ops.retry}, .*troubled-1`) }).click();
      await page.getByText(ops.done.retried).waitFor();
      await page.getByRole("button", { name: ops.signOut }).click();
      expect((await page.goto(`${places().apiUrl}/ops`))?.url()).toContain("/ops/sign-in");
    });
  });
});
