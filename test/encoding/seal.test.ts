// Seal: credentials open only for their account and with their key.
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { clientHashes } from "../../src/encoding/client-hash.ts";
import { SealError, seal, unseal } from "../../src/encoding/seal.ts";

const key = (id: string) => ({ id, key: crypto.getRandomValues(new Uint8Array(32)) });
const credentials = {
  accessToken: "ya29.canary",
  accessTokenExpiresAt: 1_772_440_000_000,
  refreshToken: "1//canary",
};

describe("P8: sealed credentials", () => {
  test("open for the account for which they were sealed, whatever their content", async () => {
    const keys = [key("k1")];
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string({ unit: "grapheme" }), async (rowId, refreshToken) => {
        const given = { ...credentials, refreshToken };
        expect(await unseal(keys, rowId, await seal(keys, rowId, given))).toEqual(given);
      }),
      { numRuns: 50 },
    );
  });

  test("reveal nothing, and differ each time", async () => {
    const keys = [key("k1")];
    const [one, two] = [await seal(keys, "a", credentials), await seal(keys, "a", credentials)];
    expect(one).not.toBe(two);
    expect(atob(one.split(".")[3] ?? "")).not.toContain("canary");
  });

  test("don't open in another account's row", async () => {
    const keys = [key("k1")];
    await expect(unseal(keys, "b", await seal(keys, "a", credentials))).rejects.toThrow(SealError);
  });

  test("don't open with another key of the same id", async () => {
    const sealed = await seal([key("k1")], "a", credentials);
    await expect(unseal([key("k1")], "a", sealed)).rejects.toThrow(SealError);
  });

  test("don't open with an unknown key id", async () => {
    const sealed = await seal([key("k1")], "a", credentials);
    await expect(unseal([key("k2")], "a", sealed)).rejects.toThrow(SealError);
    await expect(unseal([], "a", sealed)).rejects.toThrow(SealError);
  });

  test("don't open when any part of them is changed", async () => {
    const keys = [key("k1"), key("k2")];
    const sealed = await seal(keys, "a", credentials);
    const [version = "", id = "", iv = "", text = ""] = sealed.split(".");
    const flipped = (part: string) => (part.startsWith("A") ? "B" : "A") + part.slice(1);
    for (const parts of [
      ["v2", id, iv, text],
      [version, "k2", iv, text],
      [version, id, flipped(iv), text],
      [version, id, iv, flipped(text)],
      [version, id, iv, text.slice(0, -8)],
      [version, id, "", ""],
      [version, id, "!", "!"],
      [version],
      [""],
    ]) {
      await expect(unseal(keys, "a", parts.join("."))).rejects.toThrow(SealError);
    }
  });

  test("of an old key open after a rotation, and new ones are sealed with the new key", async () => {
    const [old, fresh] = [key("k1"), key("k2")];
    const before = await seal([old], "a", credentials);
    expect(await unseal([fresh, old], "a", before)).toEqual(credentials);
    const after = await seal([fresh, old], "a", credentials);
    expect(after.split(".")[1]).toBe("k2");
    await expect(unseal([old], "a", after)).rejects.toThrow(SealError);
  });

  test("import each key once, whatever is sealed and opened with it", async () => {
    const keys = [key("k1"), key("k2")];
    const imports = vi.spyOn(crypto.subtle, "importKey");
    try {
      for (let round = 0; round < 20; round += 1) {
        await unseal(keys, `row ${round}`, await seal(keys, `row ${round}`, credentials));
        await clientHashes(keys.slice(0, 1), `client-${round}@mail.example`);
      }
      // For sealing, and for the hashes of clients.
      expect(imports.mock.calls.map(([, , algorithm]) => algorithm)).toEqual(["AES-GCM", "HKDF"]);
    } finally {
      imports.mockRestore();
    }
  });

  test("can't be sealed without a key", async () => {
    await expect(seal([], "a", credentials)).rejects.toThrow(SealError);
  });

  test("an error names the missing key and reveals nothing of the content", async () => {
    const sealed = await seal([key("k1")], "a", credentials);
    const error = await unseal([key("k2")], "a", sealed).catch((cause: unknown) => cause);
    expect(String(error)).toContain("k1");
    expect(String(error)).not.toContain(sealed.split(".")[3]);
  });
});
