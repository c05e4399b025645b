// XML read by namespace: the forms that servers write, and texts that are no XML.
import { describe, expect, it } from "vitest";
import { childOf, childrenOf, parseXml } from "../../../src/providers/webdav/xml.ts";

describe("parseXml", () => {
  it("knows elements by namespace, whatever the prefix", () => {
    for (const text of [
      '<a xmlns="DAV:"><b xmlns="urn:x">1</b></a>',
      '<d:a xmlns:d="DAV:" xmlns:x="urn:x"><x:b>1</x:b></d:a>',
      "<?xml version='1.0'?><!-- note --><q:a xmlns:q='DAV:'><b xmlns='urn:x'>1</b></q:a>",
      '\uFEFF<a xmlns="DAV:" xmlns:d="urn:x">\n <d:b >1</d:b >\n</a>\n',
    ]) {
      const root = parseXml(text);
      expect([root?.namespace, root?.name], text).toEqual(["DAV:", "a"]);
      expect(root && childOf(root, "urn:x", "b")?.text, text).toBe("1");
      expect(root && childrenOf(root, "DAV:", "b"), text).toEqual([]);
    }
  });

  it("leaves text as it is: numbers, blanks, entities once, CDATA", () => {
    const text = (inner: string) => parseXml(`<a>${inner}</a>`)?.text;
    expect(text("007")).toBe("007");
    expect(text(" 1e3 ")).toBe(" 1e3 ");
    expect(text("&lt;&amp;amp;&gt;&#13;&#x41;&quot;&nosuch;")).toBe('<&amp;>\rA"&nosuch;');
    expect(text("a<![CDATA[<b>&amp;]]>c")).toBe("a<b>&amp;c");
    expect(text("x<b>y</b>z")).toBe("xz");
  });

  it("reads attributes by local name, in either quotes", () => {
    expect(parseXml(`<a b="1" c:d='2&quot;' xmlns:c="urn:c" e = "x > y"/>`)?.attributes).toEqual({
      b: "1",
      d: '2"',
      e: "x > y",
    });
  });

  it.each([
    "",
    "text",
    "<a>",
    "<a></b>",
    "<a/><b/>",
    "<a/>tail",
    "<a><b></a></b>",
    '<multistatus xmlns="DAV:"><response><href>/a',
    "<x:a/>",
    "<a b=1/>",
    "<html><br></html>",
    '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
    `${"<a>".repeat(100)}${"</a>".repeat(100)}`,
  ])("takes %j for no XML", (text) => {
    expect(parseXml(text)).toBeNull();
  });

  it("finds the declaration of a prefix among many, for so many elements that copies of the scope wouldn't fit", () => {
    const names = Array.from({ length: 20_000 }, (_, index) => ` xmlns:n${index}="urn:${index}"`).join("");
    const root = parseXml(`<a${names}>${"<n7:b/>".repeat(20_000)}</a>`);
    expect(root?.children.at(-1)?.namespace).toBe("urn:7");
    for (const prefix of ["toString", "__proto__", "constructor"])
      expect(parseXml(`<${prefix}:a/>`)).toBeNull();
  });

  it("takes a large answer in one go", () => {
    const rows = "<r><h>/a.ics</h><d>BEGIN:VCALENDAR&#13;\n</d></r>".repeat(50_000);
    expect(parseXml(`<m>${rows}</m>`)?.children).toHaveLength(50_000);
  });
});
