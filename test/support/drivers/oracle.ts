import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RATE_FIELDS, type Rates } from "../../../src/engine/index.ts";

/** The reference driver's own text, compiled: what it prints for a plan is the truth that the engine is held to. */

const BUILD = fileURLToPath(new URL("../../../lab/oracle/build.sh", import.meta.url));

/** What a program said. A status over 128 is a signal's number and 128. */
export interface Said {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
}

/** Why there is no oracle on this machine; undefined if there is. */
export function oracleMissing(): string | undefined {
  // The copy of the engine that mutation testing works on is without the labs.
  if (!existsSync(BUILD)) return "needs lab/oracle";
  const compiler = process.env.CC ?? "cc";
  if (spawnSync(compiler, ["--version"]).status !== 0) return `needs ${compiler}`;
  if (spawnSync("awk", ["BEGIN {}"]).status !== 0) return "needs awk";
  return undefined;
}

/** Oracles for several sets of constants, built in a temporary folder. */
export class Oracles {
  readonly #folder = mkdtempSync(join(tmpdir(), "balloon-oracle-"));
  readonly #built = new Map<string, Oracle>();

  /** The oracle with these constants, compiled unless it was before. */
  build(rates: Rates): Oracle {
    const constants = RATE_FIELDS.map(({ constant, key }) => `${constant}=${rates[key]}`);
    const key = constants.join(" ");
    const known = this.#built.get(key);
    if (known !== undefined) return known;
    const folder = join(this.#folder, `oracle-${this.#built.size}`);
    execFileSync(BUILD, [folder, ...constants]);
    const oracle = new Oracle(folder);
    this.#built.set(key, oracle);
    return oracle;
  }

  /** Removes all that was built. */
  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

/** The driver for one set of constants. */
export class Oracle {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What the oracle says to each of the plans. */
  run(plans: readonly string[], options: readonly string[] = []): Said[] {
    for (const [index, plan] of plans.entries()) writeFileSync(join(this.#folder, `${index}.plan`), plan, "latin1");
    // One shell for many plans: a process for each plan costs it a millisecond. 0x1e ends a plan's output.
    const script =
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell that fills it in
      'for ((i = 0; i < $1; i++)); do ./oracle "${@:2}" < "$i.plan"; printf "\\x1e%d\\n" $?; printf "\\x1e" >&2; done';
    const { stdout, stderr, status } = spawnSync("bash", ["-c", script, "bash", String(plans.length), ...options], {
      cwd: this.#folder,
      encoding: "latin1",
      maxBuffer: 2 ** 30,
    });
    if (status !== 0) throw new Error(`the oracle's shell ended with ${status}: ${stderr}`);
    // A driver that crashes is announced by the shell, in words that differ from shell to shell.
    const messages = stderr.replace(/^bash: line .*\n/gm, "").split("\x1e");
    let at = 0;
    return plans.map((_, index) => {
      const end = stdout.indexOf("\x1e", at);
      const next = stdout.indexOf("\n", end) + 1;
      const said = {
        stdout: stdout.slice(at, end),
        stderr: messages[index],
        status: Number(stdout.slice(end + 1, next)),
      };
      at = next;
      return said;
    });
  }
}
