/**
 * Machines as JSON documents: the package's own; reading and writing of machine files. `docs/machines.md` has the
 * format.
 */
import { emptyInput } from "../../common/empty-input.ts";
import { InputError } from "../../common/errors.ts";
import { didYouMean } from "../../common/nearest.ts";
import { describe, quote } from "../../common/quote.ts";
import { COST_PATTERN, formatCost, type Ns, parseCost } from "../../common/units.ts";
import { COST_KEYS, costKey } from "./cost-keys.ts";
import { Decoder, type Fields, type Reader } from "./decode.ts";
import { decodeText } from "./decode-text.ts";
import lab from "./machines/lab.json" with { type: "json" };
import server from "./machines/server.json" with { type: "json" };
import { MACHINE_FORMAT, MACHINE_VERSION, machine } from "./sections/machine.ts";
import type { Costs, MachineProfile, MachineProvenance } from "./types.ts";

/** The documents of the package's machines, by the machines' names. */
const BUNDLED: ReadonlyMap<string, unknown> = new Map([server, lab].map((document) => [document.name, document]));

/** Names of the machines of the package. */
export const machineNames = (): string[] => [...BUNDLED.keys()];

/** Machines of the package that have been decoded. */
const decoded = new Map<string, MachineProfile>();

/**
 * The machine of the package that has this name; null if there is none. A run needs one of them, so each is decoded when
 * it is first asked for.
 */
export function bundledMachine(name: string): MachineProfile | null {
  const document = BUNDLED.get(name);
  if (document === undefined) return null;
  const known = decoded.get(name);
  if (known !== undefined) return known;
  const decoder = new Decoder();
  const profile = decoder.run(machineDocument, document);
  if (profile === null || decoder.problems.length > 0)
    throw new Error(`damaged machine: ${decoder.problems[0]?.message}`);
  decoded.set(name, profile);
  return profile;
}

/**
 * Whether a text is the path of a machine file rather than the name of a machine of the package: it has a folder or an
 * extension.
 */
export const isMachinePath = (text: string): boolean => /[/\\]|\.json$/.test(text);

/** The error for an unknown name of a machine. */
export function unknownMachine(name: string): InputError {
  const known = machineNames();
  return new InputError(
    `there is no machine ${quote(name)}: expected ${known.join(", ")} or a machine file (NAME.json)${didYouMean(name, known)}`,
  );
}

/**
 * Reads a machine from a text.
 * @param name of the text in messages; must be safe to print
 * @throws {InputError} if the text is no machine: `NAME:LINE:COLUMN: $.path: message`
 */
export function parseMachine(text: string, name: string): MachineProfile {
  if (text.trim() === "") throw emptyInput(name, "a machine file");
  return decodeText(text, { name, line: 1 }, machineDocument);
}

/** Writes a machine as the text of a file, from which `parseMachine` reads the same machine. */
export const machineText = (profile: MachineProfile): string => `${JSON.stringify(documentOf(profile), null, 2)}\n`;

function documentOf(profile: MachineProfile): object {
  const { name, description, hz, cpus, swapQueue, costs, daemonCosts, provenance } = profile;
  return {
    format: MACHINE_FORMAT,
    version: MACHINE_VERSION,
    name,
    description,
    hz,
    cpus,
    swapQueue,
    costs: costTexts(costs),
    ...(daemonCosts === null ? {} : { daemonCosts: costTexts(daemonCosts) }),
    ...(provenance === null ? {} : { provenance: provenanceDocument(provenance) }),
  };
}

/** Without what does not apply. */
function provenanceDocument(provenance: MachineProvenance): object {
  const { program, method, base, recordings, score, intervals, kept } = provenance;
  const ends = [...COST_KEYS].flatMap(([key, field]) => {
    const interval = intervals[field];
    return interval === undefined ? [] : [[key, interval.map(costText)]];
  });
  return {
    program,
    ...(method === "" ? {} : { method }),
    ...(base === null ? {} : { base }),
    ...(recordings.length === 0 ? {} : { recordings }),
    ...(score === null ? {} : { score }),
    ...(ends.length === 0 ? {} : { intervals: Object.fromEntries(ends) }),
    ...(kept.length === 0 ? {} : { kept: kept.map(costKey) }),
  };
}

/** Costs in the notation of files: `"fault": "21us"` for `faultNs: 21000`. */
function costTexts(costs: Partial<Costs>): Record<string, string> {
  return Object.fromEntries(
    [...COST_KEYS].flatMap(([key, field]) => {
      const ns = costs[field];
      return ns === undefined ? [] : [[key, costText(ns)]];
    }),
  );
}

/** A cost in the largest suitable unit, or in nanoseconds if that would lose digits. */
function costText(ns: Ns): string {
  const text = formatCost(ns);
  if (parseCost(text) === ns) return text;
  // Fractions below a millionth of a nanosecond would be written with an exponent, which is invalid.
  const exact = `${ns}ns`;
  return COST_PATTERN.test(exact) ? exact : text;
}

/** Reads a machine from a file of its own, which must have `format`. */
function machineDocument(value: unknown, decoder: Decoder): MachineProfile {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InputError(`expected a machine, an object with "format": "${MACHINE_FORMAT}", found ${describe(value)}`);
  }
  const format = Object.hasOwn(value, "format") ? (value as Fields).format : undefined;
  if (format !== MACHINE_FORMAT) {
    throw new InputError(`this is no machine: expected "format": "${MACHINE_FORMAT}", found ${describe(format)}`);
  }
  if (!Object.hasOwn(value, "version")) decoder.problem('"version" is missing');
  return (machine satisfies Reader<MachineProfile>)(value, decoder);
}
