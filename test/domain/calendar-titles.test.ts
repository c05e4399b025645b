// Calendar titles: a calendar is named so that its agent knows which one is meant.
import { expect, test } from "vitest";
import { titlesOf } from "../../src/domain/calendar-titles.ts";

test("no two calendars are called the same", () => {
  const named = (id: string, name: string, address: string | null) => ({ id, name, address });
  const titles = titlesOf([
    named("1", "Calendar", "ada@contoso.example"),
    named("2", "Calendar", "ada@outlook.example"),
    named("3", "Calendar", "ada@outlook.example"),
    named("4", "ada@example.com", "Ada@example.com"),
    named("5", "Home", null),
  ]);
  expect([...titles.values()]).toEqual([
    "Calendar (ada@contoso.example)",
    "Calendar (ada@outlook.example)",
    "Calendar (ada@outlook.example) 2",
    "ada@example.com",
    "Home",
  ]);
});
