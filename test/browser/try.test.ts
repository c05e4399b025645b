// The page for trying calls: swagger-ui runs under our policy, and calls this service with the token that was entered.
import { expect, test } from "vitest";
import { inBrowser, inWindow, places } from "./window.ts";

inBrowser("The page for trying calls", () => {
  test("shows the document and sends a call with the token, without a complaint of the browser's", async () => {
    await inWindow({ agentId: null }, async (page) => {
      const heard: string[] = [];
      page.on("pageerror", (error) => heard.push(error.message));
      page.on("console", (message) => {
        if (message.type() === "error") heard.push(`${message.text()} ${message.location().url}`);
      });
      await page.goto(`${places().apiUrl}/docs/try`);
      await page.getByRole("button", { name: "Authorize" }).first().click();
      const dialog = page.locator(".dialog-ux");
      await dialog.locator("input[type=text], input[type=password]").first().fill(places().serviceToken);
      await dialog.getByRole("button", { name: /apply/i }).first().click();
      await dialog.getByRole("button", { name: "Close" }).first().click();
      const call = page.locator("#operations-Settings-getSettings");
      await call.locator("button").first().click();
      await call.locator("tr", { hasText: "agentId" }).locator("input").fill("agent-tried");
      await call.getByRole("button", { name: "Execute" }).click();
      const answer = call.locator(".live-responses-table");
      await answer.getByText("200").first().waitFor();
      expect(await answer.textContent()).toContain("workingHours");
      expect(heard).toEqual([]);
    });
  });
});
