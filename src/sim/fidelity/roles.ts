import { InputError } from "../../common/errors.ts";
import { readTextFile } from "../../common/files/text-file.ts";
import { formatPath, type JsonPath, lineAndColumn, locate, parseJson } from "../../common/json.ts";
import { describe, escapeUnsafe, quote } from "../../common/quote.ts";

/** Use of a scenario: the profile's costs were fitted to it, or it tests their predictions. */
export const ROLES = ["fit", "test"] as const;
export type Role = (typeof ROLES)[number];

/**
 * Reads the roles of scenarios: `{"fit": ["static-swap", …], "test": ["plenty", …]}`.
 * @returns the role of each scenario, by name
 * @throws {InputError} with the place of the error
 */
export function readRoles(path: string): ReadonlyMap<string, Role> {
  const text = readTextFile(path, `--roles ${escapeUnsafe(path)}`);
  const parsed = parseJson(text);
  const place = (offset: number): string => {
    const { line, column } = lineAndColumn(text, offset);
    return `${escapeUnsafe(path)}:${line}:${column}`;
  };
  if (!parsed.ok) throw new InputError(`${place(parsed.fault.offset)}: ${parsed.fault.message}`);
  const fail = (at: JsonPath, message: string): never => {
    const [offset = 0] = locate(text, [{ path: at, at: "value" }]);
    throw new InputError(`${place(offset)}: ${formatPath(at)}: ${message}`);
  };
  const roles = new Map<string, Role>();
  for (const [key, names] of Object.entries(objectOf(parsed.value, fail))) {
    const role = ROLES.find((known) => known === key) ?? fail([key], `expected fit or test, found ${quote(key)}`);
    if (!Array.isArray(names)) return fail([key], `expected a list of scenarios, found ${describe(names)}`);
    names.forEach((name: unknown, i) => {
      if (typeof name !== "string") fail([key, i], `expected the name of a scenario, found ${describe(name)}`);
      else if (roles.has(name)) fail([key, i], `${quote(name)} is given twice`);
      else roles.set(name, role);
    });
  }
  return roles;
}

function objectOf(value: unknown, fail: (at: JsonPath, message: string) => never): object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  return fail([], `expected an object such as {"fit": ["static-swap"]}, found ${describe(value)}`);
}
