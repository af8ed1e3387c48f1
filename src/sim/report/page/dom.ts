/** Makes elements and fills them; texts from files are shown as everywhere: control characters escaped. */
import { escapeUnsafe } from "../../../common/quote.ts";

/** Attributes of an element. True is an attribute without a value; false and undefined are omitted. */
type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** An element with attributes and children. Texts are content, never markup. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  setAttributes(made, attributes);
  made.append(...children.map((child) => (typeof child === "string" ? escapeUnsafe(child) : child)));
  return made;
}

/** Makes a text the only content of an element, as content of one line. */
export function write(to: Element, text: string): void {
  to.textContent = escapeUnsafe(text);
}

/** Creates an SVG element with attributes and children. */
export function svg(name: string, attributes: Attributes = {}, ...children: Node[]): SVGElement {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  setAttributes(made, attributes);
  made.append(...children);
  return made;
}

/** Attributes that a browser shows or reads out. */
const SHOWN: ReadonlySet<string> = new Set(["title", "aria-label"]);

function setAttributes(made: Element, attributes: Attributes): void {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    const text = value === true ? "" : String(value);
    made.setAttribute(key, SHOWN.has(key) ? escapeUnsafe(text) : text);
  }
}

/** The element with that id, which must exist. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element ${id}`);
  return found;
}

let ids = 0;

/** A unique id. */
export const newId = (prefix: string): string => `${prefix}-${++ids}`;
