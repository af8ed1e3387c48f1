/** `--set` and `--policy` for hosts: other values in the document of a host file. */
import { InputError } from "../../../common/errors.ts";
import type { JsonPath } from "../../../common/json.ts";
import { didYouMean } from "../../../common/nearest.ts";
import { quote, shorten } from "../../../common/quote.ts";
import { COUNT, FILE_FIELDS, HOST_FIELDS, numberArgument, OWN_FIELDS, SWAP_FIELDS, VM_FIELDS } from "./settings.ts";

/** A value that a command line puts into a host file's document. */
export interface HostSet {
  readonly path: JsonPath;
  readonly value: unknown;
  /** The option in messages; safe to print. */
  readonly shown: string;
}

/** What `--set` options need to know of a host file. */
export interface SettableHost {
  /** Name of the policy; null if the file names none. */
  readonly policy: string | null;
  /** The names of the entries of `vms`, in their order. */
  readonly vms: readonly (string | null)[];
}

const EXAMPLES = "host.memory=96GiB, host.POLICY.PARAMETER=0.5 or vms.NAME.shares=2000";

/**
 * The values of `--set` options: `host.FIELD`, `host.swap.FIELD`, `host.POLICY.PARAMETER` of the policy in use, `vms.NAME.FIELD`,
 * `vms.*.FIELD` of every VM, `duration`, `seed`. Later readers check the values of parameters and of traces.
 * @throws {InputError} naming the option: there is no such field, it can't have the value, or is set twice
 */
export function parseHostSets(sets: readonly string[], host: SettableHost): HostSet[] {
  const seen = new Set<string>();
  return sets.flatMap((set) => {
    const shown = `--set ${shorten(set)}`;
    const equals = set.indexOf("=");
    if (equals < 1) throw new InputError(`${shown}: expected name=value, such as ${EXAMPLES}`);
    const name = set.slice(0, equals).trim();
    if (seen.has(name)) throw new InputError(`${shown}: ${shorten(name)} is set twice: set it once`);
    seen.add(name);
    try {
      return valuesOf(name, set.slice(equals + 1).trim(), host).map((one) => ({ ...one, shown }));
    } catch (error) {
      throw error instanceof InputError ? new InputError(`${shown}: ${error.message}`) : error;
    }
  });
}

type SetValue = Omit<HostSet, "shown">;

function valuesOf(name: string, written: string, host: SettableHost): SetValue[] {
  if (name.startsWith("host.")) return [hostValue(name.slice("host.".length), written, host)];
  if (name.startsWith("vms.")) return vmValues(name.slice("vms.".length), written, host);
  if (!Object.hasOwn(FILE_FIELDS, name))
    throw unknown(name, [...Object.keys(FILE_FIELDS), "host.memory", "host.reserved"]);
  return [{ path: [name], value: FILE_FIELDS[name as keyof typeof FILE_FIELDS].argument(written) }];
}

function unknown(name: string, known: readonly string[]): InputError {
  if (name === "policy") return new InputError("a host has one policy: --policy replaces it, capacity has --policies");
  return new InputError(`there is no ${quote(name)} in a host${didYouMean(name, known) || `: expected ${EXAMPLES}`}`);
}

function hostValue(name: string, written: string, { policy }: SettableHost): SetValue {
  const field = Object.hasOwn(HOST_FIELDS, name) ? HOST_FIELDS[name] : undefined;
  if (field !== undefined) return { path: ["host", name], value: field.argument(written) };
  const dot = name.indexOf(".");
  const [part, rest] = [name.slice(0, Math.max(0, dot)), name.slice(dot + 1)];
  if (part === "swap") {
    if (!Object.hasOwn(SWAP_FIELDS, rest))
      throw unknown(
        `host.${name}`,
        Object.keys(SWAP_FIELDS).map((key) => `host.swap.${key}`),
      );
    const swap = SWAP_FIELDS[rest as keyof typeof SWAP_FIELDS];
    return { path: ["host", "swap", rest], value: swap.argument(written) };
  }
  if (part === "")
    throw unknown(
      `host.${name}`,
      Object.keys(HOST_FIELDS).map((key) => `host.${key}`),
    );
  if (part === policy) return { path: ["policy", "params", rest], value: written };
  throw new InputError(
    `the policy of the host is ${policy === null ? "not known" : quote(policy)}, not ${quote(part)}: ` +
      `set parameters of that one, or choose another one with --policy`,
  );
}

function vmValues(name: string, written: string, host: SettableHost): SetValue[] {
  const { indices, field } = vmsNamed(name, host);
  const dot = field.indexOf(".");
  const [key, below] = dot === -1 ? [field, null] : [field.slice(0, dot), field.slice(dot + 1)];
  const fields: Readonly<Record<string, { argument(text: string): unknown }>> = { count: COUNT, ...VM_FIELDS };
  const known = Object.keys(fields).filter((one) => indices.length === 1 || !OWN_FIELDS.includes(one));
  if (!known.includes(key)) {
    const hint = didYouMean(key, known) || ` (known: ${known.join(", ")})`;
    throw new InputError(`there is no ${quote(key)} to set of ${indices.length === 1 ? "a VM" : "all VMs"}${hint}`);
  }
  const value = below === null ? fields[key]?.argument(written) : memberValue(key, written);
  return indices.map((index) => ({ path: ["vms", index, key, ...(below === null ? [] : [below])], value }));
}

/** The value of a member of `rates` or of `set`. */
function memberValue(key: string, written: string): unknown {
  if (key === "rates") return numberArgument(written);
  if (key !== "set") throw new InputError(`${quote(key)} has no members`);
  try {
    const value: unknown = JSON.parse(written);
    return typeof value === "object" && value !== null ? written : value;
  } catch {
    return written;
  }
}

/** Which VMs a name means, and what follows it. Names may have dots, so the longest one that fits counts. */
function vmsNamed(name: string, { vms }: SettableHost): { indices: readonly number[]; field: string } {
  if (name.startsWith("*.")) return { indices: [...vms.keys()], field: name.slice(2) };
  const known = vms.filter((vm) => vm !== null);
  const [found] = known.filter((vm) => name.startsWith(`${vm}.`)).toSorted((a, b) => b.length - a.length);
  if (found !== undefined) return { indices: [vms.indexOf(found)], field: name.slice(found.length + 1) };
  const [first = ""] = name.split(".", 1);
  const group = first.replace(/-\d+$/, "");
  const copy =
    group !== first && known.includes(group) ? `: it is a copy; set it for all of them, as vms.${group}` : "";
  const list = copy || didYouMean(first, known) || ` (known: ${known.slice(0, 12).join(", ")})`;
  throw new InputError(`there is no VM ${quote(first)} in the file${list}`);
}
