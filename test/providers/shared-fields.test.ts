// Shared fields: what an update writes into those fields of a booking's event that its owner uses too.
import { expect, test } from "vitest";
import { noteOf, standingOf } from "../../src/providers/shared-fields.ts";

const fields = (description: string) => ({ description, location: "Marienplatz 1", reminders: "10" });
const ALL = { description: true, location: true, reminders: true };

test("an event that was written for this content is done, whatever its owner made of it since", async () => {
  const note = await noteOf(fields("B"));
  const standing = standingOf(note, note, { ...ALL, description: false });
  expect(standing).toEqual({ isNew: new Set(), isDone: true, keepsAdded: true });
});

test("an event whose owner wrote what the booking comes to say gets the booking's note, so that later changes are seen", async () => {
  const [before, now] = [await noteOf(fields("A")), await noteOf(fields("B"))];
  const standing = standingOf(before, now, ALL);
  expect(standing).toEqual({ isNew: new Set(["description"]), isDone: false, keepsAdded: false });
});

test("of an event without a note nothing is known to be its owner's", async () => {
  const standing = standingOf(null, await noteOf(fields("A")), ALL);
  expect(standing).toEqual({
    isNew: new Set(["description", "location", "reminders"]),
    isDone: false,
    keepsAdded: false,
  });
});
