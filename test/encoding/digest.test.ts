// Digests: the form of a digest, and different digests for different parts.
import { expect, test } from "vitest";
import { digestOf, identityDigest } from "../../src/encoding/digest.ts";

test("a digest is the SHA-256 in lower-case hexadecimal digits", async () => {
  expect(await digestOf("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test("different parts never give the same digest", async () => {
  expect(await identityDigest("a", "bc")).toBe(await digestOf('["a","bc"]'));
  expect(await identityDigest("a", "bc")).not.toBe(await identityDigest("ab", "c"));
});
