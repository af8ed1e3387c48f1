/** The VMs of a host file: their traces, drivers and sizes. */
import { InputError } from "../../../common/errors.ts";
import type { JsonPath } from "../../../common/json.ts";
import { policyNamed } from "../../../common/policy-named.ts";
import { quote } from "../../../common/quote.ts";
import { driverOfRates, type GivenRates, ratesInText, ratesOf } from "../../../common/rates.ts";
import { formatTime, type Us } from "../../../common/units.ts";
import { type BalloonPolicy, DEFAULT_POLICY, type Params } from "../../../engine/index.ts";
import { checkPolicyFits } from "../../run/policy-fits.ts";
import type { Decoder } from "../../trace/decode.ts";
import type { Edit } from "../../trace/edits.ts";
import { profileOf } from "../../trace/profile.ts";
import type { Trace } from "../../trace/types.ts";
import type { HostFile, VmEntry } from "./file.ts";
import { VM_NAME } from "./file.ts";
import type { VmSettings } from "./settings.ts";
import { sizeProblems, sizesOf, type VmSizes } from "./sizes.ts";
import type { KnownTrace, TraceStore } from "./traces.ts";

/** The VMs of one entry of the file: all that its copies have in common. */
export interface VmKind {
  readonly entry: VmEntry;
  /** The VM's settings over those of all VMs. */
  readonly settings: VmSettings;
  readonly name: string;
  readonly known: KnownTrace;
  readonly lengthUs: Us;
  readonly driver: BalloonPolicy;
  /** Whether neither the file nor the trace names the driver. */
  readonly isDriverAssumed: boolean;
  readonly rates: Params;
  readonly sizes: VmSizes;
}

/** Reads the entries of a host file; one with a problem is missing, its problems are the decoder's. */
export function kindsOf(file: HostFile, traces: TraceStore, decoder: Decoder): VmKind[] {
  return file.vms.flatMap((entry) => {
    if (!entry.isGood) return [];
    const kind = new KindReader(file, entry, traces, decoder).read();
    return kind === null ? [] : [kind];
  });
}

/** Reads one entry, and reports its problems where the settings are that have them. */
class KindReader {
  readonly #file: HostFile;
  readonly #entry: VmEntry;
  readonly #settings: VmSettings;
  readonly #traces: TraceStore;
  readonly #decoder: Decoder;

  constructor(file: HostFile, entry: VmEntry, traces: TraceStore, decoder: Decoder) {
    this.#file = file;
    this.#entry = entry;
    this.#traces = traces;
    this.#decoder = decoder;
    // Rates are those of a driver: a VM with another one does not inherit them.
    const { rates, ...others } = file.defaults;
    const inherited = entry.settings.driver === undefined ? file.defaults : others;
    this.#settings = { ...inherited, ...entry.settings };
  }

  read(): VmKind | null {
    const before = this.#decoder.problems.length;
    const settings = this.#settings;
    const known = this.#trace();
    if (known === null) return null;
    const { trace } = known;
    const lengthUs = this.#attempt(() => known.lengthUs(), "trace");
    const given = this.#attempt(() => this.#givenRates(), "rates");
    if (lengthUs === null || given === undefined || given === null) return null;
    const driver = this.#driver(trace, given.driver);
    const name = this.#name(trace);
    if (driver === null) return null;
    const rates = this.#attempt(() => ratesOf(driver, given.rates), "rates");
    const sizes = sizesOf(settings, trace.guest.memory);
    for (const { key, message } of sizeProblems(sizes)) this.#problem(message, key);
    this.#checkTimes(lengthUs);
    if (rates === null || this.#decoder.problems.length > before) return null;
    const isDriverAssumed = settings.driver === undefined && trace.guest.driver === null && given.driver === null;
    return { entry: this.#entry, settings, name, known, lengthUs, driver, isDriverAssumed, rates, sizes };
  }

  #trace(): KnownTrace | null {
    const { trace = "", memory, set = new Map() } = this.#settings;
    if (memory !== undefined && set.has("guest.memory")) {
      this.#problem('the memory of the VM is given twice: as "memory" of the VM, too', "set", "guest.memory");
    }
    const edits: Edit[] = [...set].map(([key, value]) => ({
      path: pathInTrace(key),
      value,
      report: (message) => this.#problem(message, "set", key),
    }));
    if (memory !== undefined) {
      const report = (message: string): void => this.#problem(message, "memory");
      edits.push({ path: ["guest", "memory"], value: memory, report });
    }
    const hint = edits.length === 0 ? "" : " (with the settings of this VM)";
    return this.#traces.read(trace, edits, (message) => this.#problem(`${message}${hint}`, "trace"));
  }

  /** The rates of the file, and the driver that they name. */
  #givenRates(): { rates: GivenRates | null; driver: BalloonPolicy | null } {
    const rates = this.#ratesSource();
    return { rates, driver: rates === null ? null : driverOfRates(rates) };
  }

  #ratesSource(): GivenRates | null {
    const { rates } = this.#settings;
    if (rates === undefined) return null;
    if (typeof rates !== "string") {
      const error = (name: string, message: string): InputError => {
        this.#problem(message, "rates", name);
        return new Reported();
      };
      return { values: rates, place: () => "these rates", error };
    }
    const { beside } = this.#decoder;
    if (beside === null) throw new Error("the decoder of a host file reads no other files");
    const { text, name } = beside(rates);
    return ratesInText(text, name);
  }

  /** @param ofRates the driver that the rates name; null: they name none */
  #driver({ guest }: Trace, ofRates: BalloonPolicy | null): BalloonPolicy | null {
    const { driver } = this.#settings;
    const key = driver === undefined ? "trace" : "driver";
    return this.#attempt(() => {
      const named = (): BalloonPolicy => policyNamed(driver ?? guest.driver ?? DEFAULT_POLICY.name, "the driver");
      const found = driver === undefined && ofRates !== null ? ofRates : named();
      checkPolicyFits(found, guest.profile, profileOf(guest));
      return found;
    }, key);
  }

  #name(trace: Trace): string {
    const { name } = this.#entry;
    if (name !== null) return name;
    if (!VM_NAME.test(trace.name)) {
      this.#problem(`give the VM a "name": that of its trace, ${quote(trace.name)}, is none of a VM`);
    }
    return trace.name;
  }

  #checkTimes(lengthUs: Us): void {
    const { off = Number.POSITIVE_INFINITY, phase = 0 } = this.#settings;
    const onUs = lastOnUs(this.#entry, this.#settings);
    if (off <= onUs)
      this.#problem(`${formatTime(off)} is not after the VM is powered on, at ${formatTime(onUs)}`, "off");
    for (const key of this.#entry.count === null ? (["spread", "stagger"] as const) : []) {
      if (this.#entry.settings[key] !== undefined) this.#problem('is for copies of a VM: give a "count", too', key);
    }
    if (phase >= lengthUs)
      this.#problem(`expected less than ${formatTime(lengthUs)}, the length of the trace`, "phase");
  }

  /** The result of an action; null, and the problem of a setting, if it throws. */
  #attempt<T>(action: () => T, key: keyof VmSettings): T | null {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      if (!(error instanceof Reported)) this.#problem(error.message, key);
      return null;
    }
  }

  /** Reports a problem of a setting, which may be one of all VMs, or of the VM itself. */
  #problem(message: string, key?: keyof VmSettings, ...below: string[]): void {
    this.#decoder.problem(message, ...this.#place(key), ...below);
  }

  #place(key?: keyof VmSettings): JsonPath {
    const own = ["vms", this.#entry.index];
    if (key === undefined) return own;
    const isInherited = this.#entry.settings[key] === undefined && this.#file.defaults[key] !== undefined;
    return isInherited ? ["defaults", key] : [...own, key];
  }
}

/** When the last copy of a VM is powered on. */
export const lastOnUs = ({ count }: VmEntry, { on = 0, stagger = 0 }: VmSettings): Us =>
  on + stagger * ((count ?? 1) - 1);

/** An error that the decoder has already. */
class Reported extends InputError {
  constructor() {
    super("reported");
  }
}

/** The path of a setting in a trace. Names of workloads may have dots. */
function pathInTrace(key: string): Edit["path"] {
  const steps = key.split(".");
  const [part = ""] = steps;
  if (part !== "workloads" || steps.length < 3) return steps;
  return [part, { named: steps.slice(1, -1).join(".") }, steps.at(-1) as string];
}
