/** Values that replace those of a document, or are added to it, between its parsing and its decoding. */
import type { JsonPath } from "../../common/json.ts";
import { didYouMean } from "../../common/nearest.ts";
import { quote } from "../../common/quote.ts";
import type { Problem } from "./decode.ts";

/** A step to a value: a key, an index, or the element of a list that has a `name`. */
export type EditStep = string | number | { readonly named: string };

/** One replaced value. */
export interface Edit {
  /** Where it goes in the document. */
  readonly path: readonly EditStep[];
  readonly value: unknown;
  /** Receives each problem of the value, without a place. */
  readonly report: (message: string) => void;
}

/** An edit with the path that it has in a document. */
interface PlacedEdit {
  readonly edit: Edit;
  readonly path: JsonPath;
}

/** A document with edits. */
export class EditedDocument {
  readonly value: unknown;
  /** Whether no edit had a problem so far. */
  isGood = true;
  readonly #placed: readonly PlacedEdit[];

  /** @param value the document, which remains as it is */
  constructor(value: unknown, edits: readonly Edit[]) {
    const placed: PlacedEdit[] = [];
    let edited = value;
    for (const edit of edits) {
      const path = this.#indexed(edited, edit);
      if (path === null) continue;
      placed.push({ edit, path });
      edited = replaced(edited, path, edit.value);
    }
    this.value = edited;
    this.#placed = placed;
  }

  /** Reports a problem of the document to the edit that is its reason; false if it has no edit as its reason. */
  claims({ path, message }: Pick<Problem, "path" | "message">): boolean {
    const reason = this.#placed.findLast((one) => concerns(one.path, path));
    if (reason === undefined) return false;
    this.#report(reason.edit, message);
    return true;
  }

  /** Reports a problem to the edits of the value at a path, or of a value in it. */
  refuse(path: JsonPath, message: string): void {
    for (const one of this.#placed) if (startsWith(one.path, path)) this.#report(one.edit, message);
  }

  #report({ report }: Edit, message: string): void {
    this.isGood = false;
    report(message);
  }

  /** The edit's path with indices in place of names; null, and reported, if a list has no element of that name. */
  #indexed(document: unknown, edit: Edit): JsonPath | null {
    const path: (string | number)[] = [];
    let here = document;
    for (const step of edit.path) {
      const index = typeof step === "object" ? this.#element(here, step.named, path, edit) : step;
      if (index === null) return null;
      path.push(index);
      here = memberOf(here, index);
    }
    return path;
  }

  /** The index of the element of that name; null, and reported, if there is none. */
  #element(list: unknown, name: string, path: JsonPath, edit: Edit): number | null {
    const names = Array.isArray(list) ? list.map(nameOf) : [];
    const index = names.indexOf(name);
    if (index !== -1) return index;
    const known = names.filter((one) => one !== undefined);
    const hint = known.length === 0 ? "" : didYouMean(name, known) || ` (there are: ${known.join(", ")})`;
    this.#report(edit, `there is no ${quote(name)} in ${quote(path.join("."))} of the trace${hint}`);
    return null;
  }
}

function nameOf(value: unknown): string | undefined {
  const name = memberOf(value, "name");
  return typeof name === "string" ? name : undefined;
}

function memberOf(container: unknown, step: string | number): unknown {
  if (typeof container !== "object" || container === null || !Object.hasOwn(container, step)) return undefined;
  return (container as Record<string | number, unknown>)[step];
}

/** A copy of the containers on the way to `path`, with another value there. Objects that are missing are created. */
function replaced(container: unknown, path: JsonPath, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const member = replaced(memberOf(container, step), rest, value);
  if (Array.isArray(container)) return container.with(step as number, member);
  const fields = typeof container === "object" && container !== null ? container : {};
  return { ...fields, [step]: member };
}

const startsWith = (path: JsonPath, beginning: JsonPath): boolean =>
  beginning.every((step, index) => path[index] === step);

/** Whether a problem at `path` is one of an edit at `edited`: inside of it, or of a container that it has made incomplete. */
function concerns(edited: JsonPath, path: JsonPath): boolean {
  return startsWith(path, edited) || (path.length > 1 && startsWith(edited, path));
}
