// XML, read by namespace, as far as WebDAV needs it. workerd has no DOM parser.
import { cleanText } from "../../encoding/clean-text.ts";

/** An element by its namespace and local name. Prefixes carry no meaning and aren't kept. */
export interface XmlElement {
  readonly namespace: string;
  readonly name: string;
  /** By local name. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** The text directly inside, with CDATA and entities resolved. Never trimmed and never turned into a number. */
  readonly text: string;
}

/** An element that hasn't ended. What only reading needs stands beside it, so that it goes when the element ends. */
interface OpenElement {
  readonly element: XmlElement & { readonly children: XmlElement[]; text: string };
  readonly tag: string;
  /** Namespace by prefix; the default one under "". Its prototype is the outer scope, because copies would add up. */
  readonly scope: Readonly<Record<string, string>>;
}

const TOKEN =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[([\s\S]*?)\]\]>|<\/([^\s>]+)\s*>|<([^\s/>!?]+)((?:\s+[^\s=/>]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/y;

const ATTRIBUTE = /([^\s=/>]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/g;

const ENTITY = /&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/g;

const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** No answer that we ask for nests deeper. */
const MAX_DEPTH = 64;

const ROOT_SCOPE: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  "": "",
  xml: "http://www.w3.org/XML/1998/namespace",
});

const NO_ATTRIBUTES: Record<string, string> = Object.freeze({});

/**
 * The root element, or null where the text isn't whole, well-formed XML. Document types are refused.
 * @param onChild gets each child of the root as soon as it has ended, which then isn't kept: an answer may have very
 *   many. What it has made of them counts for nothing where the text turns out not to be whole
 */
export function parseXml(source: string, onChild?: (child: XmlElement) => void): XmlElement | null {
  const text = source.replace(/^\uFEFF/, "");
  const tokens = new RegExp(TOKEN);
  const open: OpenElement[] = [];
  let root: XmlElement | null = null;
  while (tokens.lastIndex < text.length) {
    const token = tokens.exec(text);
    if (token === null) return null;
    const [, data, closing, opening, attributes = "", selfClosing, plain] = token;
    const parent = open.at(-1);
    if (opening !== undefined) {
      if (open.length === MAX_DEPTH || (parent === undefined && root !== null)) return null;
      const begun = elementOf(opening, attributes, parent?.scope ?? ROOT_SCOPE);
      if (begun === null) return null;
      if (parent === undefined) root = begun.element;
      else if (onChild === undefined || open.length > 1) parent.element.children.push(begun.element);
      if (selfClosing === "") open.push(begun);
      else if (open.length === 1) onChild?.(begun.element);
    } else if (closing !== undefined) {
      const ended = open.pop();
      if (ended?.tag !== closing) return null;
      if (open.length === 1) onChild?.(ended.element);
    } else if (data !== undefined || plain !== undefined) {
      if (parent !== undefined)
        parent.element.text += data === undefined ? unescapeXml(plain ?? "") : cleanText(data);
      else if (data !== undefined || plain?.trim() !== "") return null;
    }
  }
  return open.length === 0 ? root : null;
}

/** The children of one name. */
export const childrenOf = (element: XmlElement, namespace: string, name: string): XmlElement[] =>
  element.children.filter((child) => child.name === name && child.namespace === namespace);

/** The first child of one name. */
export const childOf = (element: XmlElement, namespace: string, name: string): XmlElement | undefined =>
  element.children.find((child) => child.name === name && child.namespace === namespace);

/** Null where a prefix is bound to no namespace. */
function elementOf(
  tag: string,
  written: string,
  outer: Readonly<Record<string, string>>,
): OpenElement | null {
  // Nearly all elements have no attributes, and share these.
  const plain = written === "";
  const scope: Record<string, string> = plain ? outer : Object.create(outer);
  const attributes: Record<string, string> = plain ? NO_ATTRIBUTES : {};
  for (const [, name = "", double, single] of written.matchAll(ATTRIBUTE)) {
    const value = unescapeXml(double ?? single ?? "");
    if (name === "xmlns") scope[""] = value;
    else if (name.startsWith("xmlns:")) scope[name.slice(6)] = value;
    else attributes[name.slice(name.indexOf(":") + 1)] = value;
  }
  const colon = tag.indexOf(":");
  const prefix = colon === -1 ? "" : tag.slice(0, colon);
  const namespace = scope[prefix];
  if (namespace === undefined) return null;
  const element = { namespace, name: tag.slice(colon + 1), attributes, children: [], text: "" };
  return { element, tag, scope };
}

/** Entities that XML doesn't name stay as they are written. Characters that XML doesn't allow are dropped. */
function unescapeXml(text: string): string {
  if (!text.includes("&")) return cleanText(text);
  const plain = text.replace(ENTITY, (whole, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return NAMED[name] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
  return cleanText(plain);
}
