// Booking texts: sealed for one booking, and read from whatever columns hold them.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BookingTexts } from "../../src/domain/booking.ts";
import { isForgotten, openTexts, type StoredTexts, sealTexts } from "../../src/encoding/booking-texts.ts";
import { SealError } from "../../src/encoding/seal.ts";
import { openedTexts } from "../support/opened-texts.ts";

const key = (id: string) => ({ id, key: crypto.getRandomValues(new Uint8Array(32)) });
const BOOKING = { agentId: "agent", bookingId: "b-1" };
const TEXTS: BookingTexts = {
  title: "Consultation",
  description: "Bring papers",
  location: null,
  clientName: "Bo",
  clientEmail: "bo@client.example",
};
const EMPTY: StoredTexts = {
  ...BOOKING,
  sealedTexts: null,
  plainTitle: "",
  plainDescription: null,
  plainLocation: null,
  plainClientName: null,
  plainClientEmail: null,
};

describe("P8: a booking's texts", () => {
  test("open as they were, whatever they say, and as the stored form is documented", async () => {
    const keys = [key("k1")];
    const text = fc.string({ unit: "grapheme" });
    const maybe = fc.option(text);
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          title: text,
          description: maybe,
          location: maybe,
          clientName: maybe,
          clientEmail: maybe,
        }),
        fc.record({ agentId: text, bookingId: text }),
        async (texts, booking) => {
          const { sealedTexts } = await sealTexts(keys, booking, texts);
          expect(await openTexts(keys, { ...EMPTY, ...booking, sealedTexts })).toEqual(texts);
          const row = {
            agent_id: booking.agentId,
            booking_id: booking.bookingId,
            sealed_texts: sealedTexts,
          };
          expect(openedTexts(keys, row)).toEqual(texts);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("hold nothing but the five, whatever else the object has", async () => {
    const keys = [key("k1")];
    const { sealedTexts } = await sealTexts(keys, BOOKING, Object.assign({ force: true }, TEXTS));
    expect(await openTexts(keys, { ...EMPTY, sealedTexts })).toEqual(TEXTS);
  });

  test.each([
    ["another booking of the agent", { agentId: "agent", bookingId: "b-2" }],
    ["another agent's booking of the same id", { agentId: "other", bookingId: "b-1" }],
  ])("don't open in the row of %s", async (_, row) => {
    const keys = [key("k1")];
    const { sealedTexts } = await sealTexts(keys, BOOKING, TEXTS);
    await expect(openTexts(keys, { ...EMPTY, ...row, sealedTexts })).rejects.toThrow(SealError);
  });

  test("don't open where two ids meet at another place", async () => {
    const keys = [key("k1")];
    const { sealedTexts } = await sealTexts(keys, { agentId: "a|b", bookingId: "c" }, TEXTS);
    const other = { agentId: "a", bookingId: "b|c" };
    await expect(openTexts(keys, { ...EMPTY, ...other, sealedTexts })).rejects.toThrow(SealError);
  });

  test("have a client's hash under the key that sealed them, and none without an address", async () => {
    const keys = [key("k2"), key("k1")];
    expect((await sealTexts(keys, BOOKING, TEXTS)).clientHash).toMatch(/^k2\./);
    expect((await sealTexts(keys, BOOKING, { ...TEXTS, clientEmail: null })).clientHash).toBeNull();
  });
});

describe("the old columns", () => {
  const plain = { plainTitle: "Old", plainDescription: "", plainClientName: "Cy" };

  test("are read as they are where nothing is sealed yet", async () => {
    const texts = await openTexts([], { ...EMPTY, ...plain });
    expect(texts).toEqual({
      ...{ title: "Old", description: "", location: null, clientName: "Cy", clientEmail: null },
    });
    expect(isForgotten({ ...EMPTY, ...plain })).toBe(false);
  });

  test("are newer than the sealed texts, because only the version before writes them", async () => {
    const keys = [key("k1")];
    const { sealedTexts } = await sealTexts(keys, BOOKING, TEXTS);
    expect(await openTexts(keys, { ...EMPTY, sealedTexts, plainLocation: "Room 2" })).toEqual({
      ...TEXTS,
      location: "Room 2",
    });
  });

  test("that are empty beside no sealed texts mean that the texts were forgotten", async () => {
    expect(await openTexts([key("k1")], EMPTY)).toBeNull();
    expect(isForgotten(EMPTY)).toBe(true);
  });
});
