// What standardwebhooks and libSQL's client ask of base64 and SHA-256: the runtime gives what their packages give.
import * as fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { Base64, decode, encode } from "../../src/platform/base64.ts";
import { hmac } from "../../src/platform/sha256.ts";

const bytes = fc.uint8Array({ maxLength: 200 });

test("signatures are those that standardwebhooks writes with its own packages, for keys of every length", () => {
  const keys = fc.uint8Array({ minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(keys, fc.string({ unit: "grapheme" }), (key, body) => {
      const secret = encode(key);
      const signed = new TextEncoder().encode(`msg_1.1772359200.${body}`);
      expect(`v1,${encode(hmac(decode(secret), signed))}`).toBe(
        new Webhook(`whsec_${secret}`).sign("msg_1", new Date(1_772_359_200_000), body),
      );
    }),
  );
});

test("a secret that isn't base64 is refused as by the package", () => {
  for (const secret of ["no-key!!", "AAAA*AAA", "A", "AAAA AAAA", "AAAAAAA=\n", "\tAAAAAAAA"]) {
    expect(() => new Webhook(secret), secret).toThrow();
    expect(() => decode(secret), secret).toThrow();
  }
});

test("blobs are written with padding, and read with it or without, in the alphabet of addresses too, as by the package", () => {
  fc.assert(
    fc.property(bytes, (blob) => {
      const text = Base64.fromUint8Array(blob);
      expect(text).toBe(Buffer.from(blob).toString("base64"));
      const written = [text, text.replaceAll("=", ""), Buffer.from(blob).toString("base64url"), `${text}\n`];
      expect(written.map(Base64.toUint8Array)).toEqual(written.map(() => blob));
    }),
  );
});
