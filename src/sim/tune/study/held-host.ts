import { newHash, sha256OfFile } from "../../../common/files/hash.ts";
import type { Us } from "../../../common/units.ts";
import { HOST_FIGURES } from "../../hosts/measures/figures.ts";
import { isPolicyFile } from "../../hosts/own-policy/is-policy-file.ts";
import { modulePath, policyFinder } from "../../hosts/own-policy/load.ts";
import { type RunHostOptions, runHostPaced } from "../../hosts/run-host.ts";
import { readHostText } from "../../hosts/scenario/host-text.ts";
import { applyHostSets, type HostDocument, parseHost, policyNameIn, scenarioOf } from "../../hosts/scenario/read.ts";
import type { HostScenario } from "../../hosts/scenario/types.ts";
import { findTraceBeside } from "../../trace/bundled.ts";
import { shownInput } from "../../trace/input.ts";
import { withValues } from "../host-tunable.ts";
import type { HostTuning } from "../types.ts";
import type { RunTask, Turn } from "./run-task.ts";
import type { Subject } from "./subject.ts";
import type { TraceText } from "./trace-text.ts";

/**
 * A host's file in memory. Its `sha256` is of all that its runs depend on: the file, the traces of its VMs with the machines that
 * they name, rates, and the module of a policy. The traces themselves stay where they are.
 */
export interface ReadHost {
  readonly text: TraceText;
  /** The host as written, with the policy of `--policy`. */
  readonly scenario: HostScenario;
}

/**
 * Reads a host for a study.
 * @param policy what replaces its policy (`--policy`); undefined: its own
 * @throws {InputError} if it can't be read, or is malformed
 */
export function readStudyHost(nameOrPath: string, policy?: string): ReadHost {
  const { folder, text } = readHostText(nameOrPath);
  const held = { trace: nameOrPath, text, folder, sha256: "" };
  const scenario = scenarioOf(documentOf(held, policy));
  return { text: { ...held, sha256: fingerprintOf(held, scenario, policy) }, scenario };
}

/** What the runs of a host in a study have in common. */
export interface HostConditions {
  readonly tuning: HostTuning;
  /** End of each run, if it does not end before; null: its own. */
  readonly untilUs: Us | null;
}

/** A host of a study, run with rates of its VMs' drivers and parameters of its policy. */
export class HeldHost implements Subject {
  readonly #document: HostDocument;
  readonly #tuning: HostTuning;
  readonly #seeds: readonly string[];
  readonly #options: RunHostOptions;
  /** By seed and world. */
  readonly #scenarios = new Map<string, HostScenario>();

  /**
   * @param seeds if there are several, they replace the host's seed
   * @throws {InputError} if the host is malformed
   */
  constructor(text: TraceText, { tuning, untilUs }: HostConditions, seeds: readonly string[]) {
    this.#options = untilUs === null ? {} : { untilUs };
    this.#document = documentOf(text, tuning.replaced);
    this.#tuning = tuning;
    this.#seeds = seeds;
    this.#scenario(0, 1);
  }

  async run({ rates, seed, world }: Omit<RunTask, "trace">, turn: Turn): Promise<readonly number[]> {
    const scenario = withValues(this.#scenario(seed, world), this.#tuning, rates);
    const result = await runHostPaced(scenario, this.#options, async () => turn());
    return HOST_FIGURES.map(({ value }) => Math.round(value(result) * 1e6) / 1e6);
  }

  #scenario(seed: number, world: number): HostScenario {
    const key = `${seed} ${world}`;
    const known = this.#scenarios.get(key);
    if (known !== undefined) return known;
    const name = this.#seeds[seed] as string;
    const scenario = scenarioOf(
      this.#seeds.length === 1 ? this.#document : applyHostSets(this.#document, { seed: name }),
      world,
    );
    this.#scenarios.set(key, scenario);
    return scenario;
  }
}

function documentOf({ trace, text, folder = "." }: TraceText, policy: string | undefined): HostDocument {
  const document = parseHost({ name: shownInput(trace), folder, text });
  return policy === undefined ? document : applyHostSets(document, { policy: policyFinder("--policy")(policy) });
}

/** SHA-256 of all that a host's runs depend on. */
function fingerprintOf({ text, folder = "." }: TraceText, scenario: HostScenario, policy: string | undefined): string {
  const hash = newHash();
  const add = (part: string) => hash.update(`${part.length}:${part}`);
  add(text);
  const written = policyNameIn(JSON.parse(text) as unknown);
  for (const [name, place] of [
    [policy, "."],
    [written, folder],
  ] as const) {
    if (name != null && isPolicyFile(name)) add(sha256OfFile(modulePath(name, place)));
  }
  // Copies of a VM have the same trace.
  const byEntry = new Map(scenario.vms.map((vm) => [vm.path, vm]));
  for (const vm of byEntry.values()) {
    const source = vm.open();
    source.close();
    add(sha256OfFile(findTraceBeside(folder, vm.traceName)));
    add(JSON.stringify([vm.driver.name, vm.rates, source.trace]));
  }
  return hash.digest("hex");
}
