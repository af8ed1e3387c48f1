import { InputError } from "../../../common/errors.ts";
import { didYouMean } from "../../../common/nearest.ts";
import { quote } from "../../../common/quote.ts";
import type { Pages, Seconds } from "../../../common/units.ts";
import { ParamError, type Params, VMMEMCTL } from "../../../engine/index.ts";

/** A workload of the lab that touches anonymous memory. */
export interface Hog {
  /** Memory that it touches at the beginning, in MiB. */
  readonly mib: number;
  /** Part of it that it touches again every second, in order, in MiB. */
  readonly mibPerSecond: number;
  /** When it begins, in seconds. */
  readonly atSeconds: number;
}

/** The settings of a run of the kernel lab; missing ones have their defaults. */
export interface LabSettings {
  readonly hasSwap: boolean;
  /** Already running when the run begins. */
  readonly hog: Hog;
  /** Begins during the run. */
  readonly hog2: Hog;
  /**
   * Size of a file that was read before the run, and of its part that is read repeatedly with pauses of a second, in
   * MiB.
   */
  readonly cacheMib: number;
  readonly rereadMib: number;
  /** Changes of the target: the time since the run began, and the target. */
  readonly targets: readonly (readonly [Seconds, Pages])[];
  readonly refusals: readonly { readonly atSeconds: number; readonly count: number; readonly status: number }[];
  readonly resets: readonly Seconds[];
  readonly seconds: Seconds;
  /** The driver's constants. */
  readonly rates: Params;
}

/** Defaults of the lab's script. */
const DEFAULTS = { target: 50_000, hold: 30, target2: 0, secs: 60, hog2at: 10, targetAt: 2 } as const;

const NUMBERS = [
  ...["swap", "hog", "hograte", "hog2", "hog2rate", "hog2at", "cache", "reread"],
  ...["target", "hold", "target2", "secs"],
] as const;
const LISTS = ["targets", "refuse", "resets"] as const;

/** Parameters of the driver, vmmemctl, by their names on the command line of the lab's kernel. */
const RATES: ReadonlyMap<string, string> = new Map(
  VMMEMCTL.params.map(({ key, name }) => [`fakehost_${name.replaceAll("-", "_")}`, key]),
);

const KNOWN: readonly string[] = ["mem", ...NUMBERS, ...LISTS, ...RATES.keys()];

/**
 * Parses the line of a run's settings, without its `# `: `mem=1024M swap=1 hog=300 …`.
 * @param place of the line, for messages
 * @throws {InputError} if a setting is unknown, or its value is invalid
 */
export function parseSettings(line: string, place: string): LabSettings {
  const texts = new Map<string, string>();
  for (const word of line.split(/\s+/).filter((w) => w !== "")) {
    const [, name = "", value = ""] = /^([a-z0-9_]+)=(\S+)$/.exec(word) ?? [];
    if (name === "") throw new InputError(`${place}: expected settings such as hog=300, found ${quote(word)}`);
    if (!KNOWN.includes(name)) {
      throw new InputError(`${place}: the lab has no setting ${quote(name)}${didYouMean(name, KNOWN)}`);
    }
    texts.set(name, value);
  }
  const memory = texts.get("mem") ?? "";
  if (!/^\d+[KMG]?$/.test(memory)) {
    throw new InputError(`${place}: mem: expected the machine's memory, such as 1024M, found ${quote(memory)}`);
  }
  const number = (name: (typeof NUMBERS)[number], otherwise = 0): number => {
    const text = texts.get(name);
    return text === undefined ? otherwise : wholeNumber(text, name, place);
  };
  const list = (name: (typeof LISTS)[number]): string[] => texts.get(name)?.split(",") ?? [];
  return {
    hasSwap: number("swap") !== 0,
    hog: { mib: number("hog"), mibPerSecond: number("hograte"), atSeconds: 0 },
    hog2: { mib: number("hog2"), mibPerSecond: number("hog2rate"), atSeconds: number("hog2at", DEFAULTS.hog2at) },
    cacheMib: number("cache"),
    rereadMib: number("reread"),
    targets: texts.has("targets")
      ? list("targets").map((entry) =>
          fields<[number, number]>(entry, /^(\d+):(\d+)$/, "targets", "SECONDS:PAGES", place),
        )
      : [
          [DEFAULTS.targetAt, number("target", DEFAULTS.target)],
          [DEFAULTS.targetAt + number("hold", DEFAULTS.hold), number("target2", DEFAULTS.target2)],
        ],
    refusals: list("refuse").map((entry) => {
      const [count, status, atSeconds] = fields<[number, number, number]>(
        entry,
        /^(\d+):(\d+)@(\d+)$/,
        "refuse",
        "COUNT:STATUS@SECONDS",
        place,
      );
      return { atSeconds, count, status };
    }),
    resets: list("resets").map((entry) => wholeNumber(entry, "resets", place)),
    seconds: number("secs", DEFAULTS.secs),
    rates: ratesOf(texts, place),
  };
}

function ratesOf(texts: ReadonlyMap<string, string>, place: string): Params {
  const rates: Record<string, number> = { ...VMMEMCTL.defaults };
  for (const [name, key] of RATES) {
    const text = texts.get(name);
    if (text !== undefined) rates[key] = wholeNumber(text, name, place);
  }
  try {
    VMMEMCTL.validate(rates);
  } catch (error) {
    if (error instanceof ParamError) throw new InputError(`${place}: ${error.message}`);
    throw error;
  }
  return rates;
}

const MAX_DIGITS = 12;

function wholeNumber(text: string, name: string, place: string): number {
  if (/^\d+$/.test(text) && text.length <= MAX_DIGITS) return Number(text);
  throw new InputError(`${place}: ${name}: expected a whole number, found ${quote(text)}`);
}

/** The numbers of an entry of a list. */
function fields<T extends number[]>(entry: string, pattern: RegExp, name: string, form: string, place: string): T {
  const match = pattern.exec(entry);
  if (match === null) throw new InputError(`${place}: ${name}: expected ${form}, found ${quote(entry)}`);
  return match.slice(1).map((text) => wholeNumber(text, name, place)) as T;
}
