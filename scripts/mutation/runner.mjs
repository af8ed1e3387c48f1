// A test runner for Stryker that keeps the tests loaded: all tests are bundled once, and each mutant runs the tests that reach
// it in the same process. With a new worker for each mutant, as in Vitest, most of the time is spent loading modules.

import { readdirSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { declareClassPlugin, PluginKind } from "@stryker-mutator/api/plugin";
import { DryRunStatus, MutantRunStatus, TestStatus } from "@stryker-mutator/api/test-runner";
import { rolldown } from "rolldown";
import { takeTests } from "./vitest.mjs";

const VITEST = new URL("vitest.mjs", import.meta.url).href;
const SETUP = "test/support/setup/mutation-setup.ts";
/** A mutant that makes a test take this many times as long, plus a second, counts as an endless loop. */
const PATIENCE = 5;
const PATIENCE_MS = 1000;
/** Calls of the code under test between two readings of the clock. */
const CALLS_PER_LOOK = 1024;

globalThis.__stryker__ ??= {};
const stryker = globalThis.__stryker__;
const clock = { calls: 0, endMs: Number.POSITIVE_INFINITY };
globalThis.__patience__ = clock;

class OutOfPatience extends Error {}
clock.check = () => {
  if (++clock.calls % CALLS_PER_LOOK === 0 && performance.now() > clock.endMs)
    throw new OutOfPatience("runs endlessly");
};

/** Instrumented code counts which mutants a test reaches. With an active mutant it checks the time instead. */
const withPatience = (code) =>
  code.replaceAll(
    "function cover() {",
    "function cover() { if (ns.activeMutant !== undefined) return globalThis.__patience__.check();",
  );

/** Modules and tests keep their own paths although they are bundled into one file. */
const inPlace = {
  name: "in-place",
  resolveId: (id) => (id === "vitest" ? { id: VITEST, external: true } : null),
  transform(code, id) {
    if (!isAbsolute(id)) return null;
    const placed = code.replaceAll("import.meta.url", JSON.stringify(pathToFileURL(id).href));
    const begun = `import { begin } from "vitest";\nbegin(${JSON.stringify(id)});\n${placed}`;
    return { code: withPatience(id.endsWith(".test.ts") ? begun : placed), map: null };
  },
};

/** The test files below a path. */
function testFiles(path) {
  if (path.endsWith(".ts")) return [path];
  return readdirSync(path, { recursive: true })
    .filter((name) => name.endsWith(".test.ts"))
    .sort()
    .map((name) => join(path, name));
}

/** Bundles the tests into one module; returns its path. */
async function bundle({ tests, except = [] }) {
  const files = tests.flatMap(testFiles).filter((file) => !except.includes(file));
  const entry = "\0entry";
  const text = [SETUP, ...files].map((file) => `import ${JSON.stringify(resolve(file))};`).join("\n");
  const built = await rolldown({
    input: entry,
    platform: "node",
    plugins: [
      { name: "entry", resolveId: (id) => (id === entry ? id : null), load: (id) => (id === entry ? text : null) },
      inPlace,
    ],
    external: (id) => id !== entry && id !== "vitest" && !id.startsWith(".") && !isAbsolute(id),
    treeshake: false,
    logLevel: "silent",
  });
  const path = resolve("in-process-tests.mjs");
  await built.write({ file: path, format: "esm", codeSplitting: false });
  return path;
}

class InProcessRunner {
  static inject = ["options"];
  #options;
  #path = "";
  #loads = 0;
  /** The tests without a mutant, by name. */
  #tests = new Map();

  constructor(options) {
    this.#options = options.inProcess;
  }

  /** Everything is loaded again for mutants of code that runs when a module is loaded. */
  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    this.#path = await bundle(this.#options);
    this.#tests = await this.#load();
  }

  async #load() {
    await import(`${pathToFileURL(this.#path).href}?load=${this.#loads++}`);
    return new Map(
      takeTests().map((test) => [test.name, { ...test, passedMs: PATIENCE_MS, ms: 0, runs: 0, kills: 0 }]),
    );
  }

  async dryRun() {
    const tests = [];
    for (const test of this.#tests.values()) {
      stryker.currentTestId = test.name;
      const from = performance.now();
      const result = { id: test.name, name: test.name, fileName: test.file, status: TestStatus.Success };
      try {
        await test.run();
      } catch (error) {
        Object.assign(result, { status: TestStatus.Failed, failureMessage: String(error?.message ?? error) });
      }
      tests.push({ ...result, timeSpentMs: performance.now() - from });
    }
    stryker.currentTestId = undefined;
    return { status: DryRunStatus.Complete, tests, mutantCoverage: stryker.mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit, mutantActivation }) {
    Object.assign(stryker, { hitCount: 0, hitLimit, activeMutant: undefined });
    try {
      let tests = this.#tests;
      if (mutantActivation === "static") {
        stryker.activeMutant = activeMutant.id;
        clock.endMs = Number.POSITIVE_INFINITY;
        tests = await this.#load();
      }
      return await this.#findKiller(tests, activeMutant.id, testFilter);
    } catch (error) {
      // A module that fails to load.
      return {
        status: MutantRunStatus.Killed,
        killedBy: [],
        nrOfTests: 0,
        failureMessage: String(error?.message ?? error),
      };
    } finally {
      stryker.activeMutant = undefined;
    }
  }

  async #findKiller(tests, mutant, filter) {
    const known = (test) => this.#tests.get(test.name) ?? test;
    // First the tests that have killed most mutants per time.
    const worth = ({ kills, runs, ms }) => (kills + 0.5) / (runs + 1) / (ms / (runs + 1) + 0.5);
    const chosen = (filter ?? [...tests.keys()]).map((name) => tests.get(name)).filter((test) => test !== undefined);
    chosen.sort((a, b) => worth(known(b)) - worth(known(a)));
    for (const [i, test] of chosen.entries()) {
      const figures = known(test);
      const from = performance.now();
      clock.endMs = from + PATIENCE_MS + PATIENCE * figures.passedMs;
      stryker.activeMutant = mutant;
      let failure = null;
      try {
        await test.run();
      } catch (error) {
        failure = error ?? new Error("failed");
      } finally {
        stryker.activeMutant = undefined;
      }
      figures.runs++;
      figures.ms += performance.now() - from;
      const isEndless = stryker.hitCount > stryker.hitLimit || performance.now() > clock.endMs;
      if (isEndless) return { status: MutantRunStatus.Timeout, reason: test.name };
      if (failure === null) {
        figures.passedMs = performance.now() - from;
        continue;
      }
      figures.kills++;
      const failureMessage = String(failure.message ?? failure);
      return { status: MutantRunStatus.Killed, killedBy: [test.name], nrOfTests: i + 1, failureMessage };
    }
    return { status: MutantRunStatus.Survived, nrOfTests: chosen.length };
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, "in-process", InProcessRunner)];

export const strykerValidationSchema = {
  properties: {
    inProcess: {
      type: "object",
      description: "Test files, and folders of them, that are run; and those that are not.",
      properties: {
        tests: { type: "array", items: { type: "string" } },
        except: { type: "array", items: { type: "string" } },
      },
      required: ["tests"],
    },
  },
};
