// Places: any spelling of an address is the same member, and another address never is. The seed is printed.
import fc from "fast-check";
import { expect, test } from "vitest";
import { readMultistatus } from "../../../src/providers/webdav/multistatus.ts";
import { memberUrl, nameIn, nameOf, placesIn } from "../../../src/providers/webdav/places.ts";

const seed = Number(process.env["PLACES_SEED"] ?? Date.now() % 2_147_483_647);
console.info(`places.property.test.ts: PLACES_SEED=${seed}`);
const parameters = { seed, numRuns: 500 };

const letter = fc.constantFrom(..."abcXYZ019-_.~!$&'()*+,;=:@ %#?éü語🙂\\\"<>");
const text = fc.array(letter, { minLength: 1, maxLength: 6 }).map((letters) => `n${letters.join("")}`);
const paths = fc.array(text, { minLength: 2, maxLength: 4 });

/** A name under one of its percent-encodings: each byte is written plainly, or in either case of its digits. */
const spelled = (name: string) =>
  fc.array(fc.nat(2), { minLength: 64, maxLength: 64 }).map((ways) =>
    [...new TextEncoder().encode(name)]
      .map((byte, index) => {
        const plain = String.fromCharCode(byte);
        const code = `%${byte.toString(16).padStart(2, "0")}`;
        const way = ways[index % ways.length];
        if (way === 0 && /^[\w.~!$&'()*+,;=:@-]$/.test(plain)) return plain;
        return way === 1 ? code.toUpperCase() : code;
      })
      .join(""),
  );

const slashes = fc.constantFrom("/", "//", "///");
const written = (names: readonly string[]) =>
  fc.tuple(...names.map((name) => fc.tuple(slashes, spelled(name)))).map((parts) => parts.flat().join(""));

const encoded = (names: readonly string[]) => names.map((name) => `/${encodeURIComponent(name)}`).join("");
const collectionOf = (names: readonly string[]) => new URL(`https://dav.example.org${encoded(names)}/`);

const escaped = (href: string) => href.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const rowsOf = (hrefs: readonly string[], base: URL) =>
  readMultistatus(
    `<multistatus xmlns="DAV:">${hrefs.map((href) => `<response><href>${escaped(href)}</href></response>`).join("")}</multistatus>`,
    base,
  ).rows.map(({ url }) => url);

const hosts = fc.constantFrom(
  "",
  "https://dav.example.org",
  "http://dav.example.org",
  "http://backend.internal:81",
);

test("a member has one name under every spelling of host, path and percent-encoding", () => {
  fc.assert(
    fc.property(
      fc
        .tuple(paths, text)
        .chain(([path, name]) =>
          fc.tuple(fc.constant(path), fc.constant(name), written([...path, name]), hosts),
        ),
      ([path, name, href, host]) => {
        const collection = collectionOf(path);
        const [url] = rowsOf([host + href], collection);
        expect(url && nameIn(collection, url)).toBe(encodeURIComponent(name));
      },
    ),
    parameters,
  );
});

test("members keep their names under a path with a longer or a shorter beginning that all of them share", () => {
  fc.assert(
    fc.property(
      fc
        .tuple(
          fc.array(text, { minLength: 3, maxLength: 4 }),
          fc.uniqueArray(text, { minLength: 1, maxLength: 4 }),
        )
        .chain(([path, names]) => fc.tuple(fc.constant(path), fc.constant(names), paths, fc.boolean())),
      ([path, names, more, shorter]) => {
        const collection = collectionOf(path);
        const base = shorter ? path.slice(1) : [...more, ...path];
        fc.pre(!base.slice(0, path.length).every((part, index) => part === path[index]));
        const places = placesIn(
          collection,
          rowsOf(
            names.map((name) => encoded([...base, name])),
            collection,
          ),
        );
        const found = places.map((place) => (place.kind === "member" ? nameOf(place.path) : place.kind));
        expect(found).toEqual(names.map(encodeURIComponent));
      },
    ),
    parameters,
  );
});

test("a resource whose path shares no two names at the end with the collection is no member", () => {
  fc.assert(
    fc.property(paths, paths, text, (path, other, name) => {
      fc.pre(other.at(-1) !== path.at(-1) && !path.every((part, index) => part === [...other, name][index]));
      const collection = collectionOf(path);
      const [url] = rowsOf([encoded([...other, name])], collection);
      expect(url && nameIn(collection, url)).toBeNull();
    }),
    parameters,
  );
});

test("whatever a server writes, a member's URL is directly in the collection at its own host", () => {
  const parts = fc.constantFrom(
    "/",
    "//",
    "..",
    ".",
    "%2e",
    "%2F",
    "%5c",
    "\\",
    "evil.example",
    "a",
    "@",
    ":",
    "?",
    "#",
  );
  const anything = fc.oneof(
    fc.webUrl(),
    fc.array(parts, { minLength: 1, maxLength: 8 }).map((each) => each.join("")),
    fc.array(parts, { minLength: 1, maxLength: 6 }).map((each) => `/cal/work/${each.join("")}`),
  );
  const collection = new URL("https://dav.example.org/cal/work/");
  fc.assert(
    fc.property(anything, (href) => {
      for (const url of rowsOf([href], collection)) {
        const name = nameIn(collection, url);
        if (name === null) continue;
        const member = memberUrl(collection, name);
        expect(member.origin).toBe(collection.origin);
        expect(member.pathname).toBe(`/cal/work/${name}`);
        expect(name).not.toContain("/");
      }
    }),
    parameters,
  );
});
