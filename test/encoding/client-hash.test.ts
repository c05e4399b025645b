// Client hash: finds a client's address whatever its case, and says nothing to who lacks the key.
import { describe, expect, test } from "vitest";
import { clientHashes } from "../../src/encoding/client-hash.ts";

const key = (id: string) => ({ id, key: crypto.getRandomValues(new Uint8Array(32)) });

describe("P8: the hash of a client's address", () => {
  const keys = [key("k2"), key("k1")];

  test.each([
    ["with blanks around it", "  bo@client.example\t"],
    ["in capitals", "BO@Client.EXAMPLE"],
  ])("is the same %s", async (_, spelt) => {
    expect(await clientHashes(keys, spelt)).toEqual(await clientHashes(keys, "bo@client.example"));
  });

  test("is the same however an accent is put together", async () => {
    expect(await clientHashes(keys, "Jose\u0301@client.example")).toEqual(
      await clientHashes(keys, "jos\u00e9@client.example"),
    );
  });

  test("differs for another address", async () => {
    expect(await clientHashes(keys, "bo@client.example")).not.toEqual(
      await clientHashes(keys, "bo@client.example.com"),
    );
  });

  test("is one for each key, which it names, in their order", async () => {
    const [second = "", first = "", ...others] = await clientHashes(keys, "bo@client.example");
    expect(second).toMatch(/^k2\.[\w-]{22}$/);
    expect(first).toMatch(/^k1\.[\w-]{22}$/);
    expect(second.slice(3)).not.toBe(first.slice(3));
    expect(others).toEqual([]);
  });

  test("can't be made without the key", async () => {
    const [own] = await clientHashes([key("k1")], "bo@client.example");
    expect(await clientHashes([key("k1")], "bo@client.example")).not.toContain(own);
  });
});
