import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { beforeAll, describe, expect, test } from "vitest";
import { ROOT, scratchDirectory } from "../support/processes/command.ts";

/**
 * A second driver is a folder and two lines of the registry: the test adds it to a copy of the compiled program, and runs,
 * sweeps, tunes and reports it by the program's own commands.
 */
const program = scratchDirectory();
const work = scratchDirectory();

const compiled = (file: string): string =>
  ts.transpileModule(readFileSync(file, "utf8"), {
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    },
  }).outputText;

beforeAll(() => {
  for (const part of ["bin", "traces", "package.json"])
    cpSync(join(ROOT, part), join(program, part), { recursive: true });
  for (const part of ["common", "engine", "sim", "bundle/page"]) {
    cpSync(join(ROOT, "dist", part), join(program, "dist", part), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(program, "node_modules"));

  const engine = join(program, "dist/engine");
  mkdirSync(join(engine, "at-once"));
  const policy = compiled(join(ROOT, "test/support/drivers/at-once/policy.ts")).replaceAll(
    "../../../../src/engine/",
    "../",
  );
  writeFileSync(join(engine, "at-once/policy.js"), policy);
  const registry = readFileSync(join(engine, "policies.js"), "utf8");
  const extended = `import { AT_ONCE } from "./at-once/policy.js";\n${registry.replace("[DEFAULT_POLICY, ", "[DEFAULT_POLICY, AT_ONCE, ")}`;
  expect(extended).toContain("[DEFAULT_POLICY, AT_ONCE, ");
  writeFileSync(join(engine, "policies.js"), extended);
});

function balloonSim(...args: string[]) {
  const bin = join(program, "bin/balloon-sim.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { cwd: work, encoding: "utf8" });
  return { status, stdout, stderr };
}

/** Rows of CSV as records. */
const rowsOf = (csv: string): Record<string, string>[] => {
  const [head, ...rows] = csv.trimEnd().split("\n") as [string, ...string[]];
  const names = head.split(",");
  return rows.map((row) => Object.fromEntries(row.split(",").map((value, i) => [names[i], value])));
};

describe("a second driver", () => {
  test("is run, with its own column in place of the first driver's", () => {
    const { status, stdout, stderr } = balloonSim("run", "steady", "--driver", "at-once", "--set", "period=7");
    expect([status, stderr]).toEqual([0, ""]);
    const rows = rowsOf(stdout);
    expect(Object.keys(rows[0] as object).slice(0, 5)).toEqual(["time_s", "target", "size", "looks", "allocated"]);
    expect(Math.max(...rows.map(({ size }) => Number(size)))).toBe(262_144);
    expect(rows.at(-1)).toMatchObject({ size: "0", looks: "17" });
    // A timer of 7 s is late by what the timer wheel adds, so there is no 18th look.
    // It takes a GiB in one cycle, for which the first driver needs 15 s.
    expect(rows.filter(({ size }) => Number(size) > 0 && Number(size) < 262_144)).toEqual([]);
  });

  test("is described by rates, and refuses files and parameters of the other driver", () => {
    const table = balloonSim("rates", "--driver", "at-once");
    expect(table.stdout).toContain("request-pages");
    expect(table.stdout).not.toContain("alloc-max");
    const file = balloonSim("rates", "--driver", "at-once", "--set", "period=3", "--json").stdout;
    expect(JSON.parse(file)).toEqual({ driver: "at-once", "request-pages": 4096, period: 3 });
    writeFileSync(join(work, "rates.json"), file);
    expect(balloonSim("run", "steady", "--driver", "at-once", "--rates", "rates.json").status).toBe(0);
    expect(balloonSim("run", "steady", "--driver", "vmmemctl", "--rates", "rates.json")).toEqual({
      status: 2,
      stdout: "",
      stderr:
        'balloon-sim: rates.json:2:3: $.driver: these are rates of the driver "at-once", the run is one of vmmemctl: expected rates of vmmemctl\n',
    });
    expect(balloonSim("run", "steady", "--rates", "rates.json")).toEqual({
      ...balloonSim("run", "steady", "--driver", "at-once", "--set", "period=3"),
      stderr: "balloon-sim: note: the runs have at-once, the driver that the file of --rates names\n",
    });
    expect(balloonSim("run", "steady", "--driver", "at-once", "--set", "alloc-max=3").stderr).toContain(
      '"alloc-max" is a constant of vmmemctl and open-vm-tools, and the driver here is at-once',
    );
  });

  test("is swept over its own parameters", () => {
    const { status, stdout } = balloonSim("sweep", "steady", "--driver", "at-once", "--set", "period=1,5,25");
    expect(status).toBe(0);
    const times = rowsOf(stdout).map(({ period, time_to_target }) => [Number(period), Number(time_to_target)]);
    expect(times.map(([period]) => period)).toEqual([1, 1, 5, 25]);
    const [, one, five, all] = times.map(([, seconds]) => seconds as number);
    expect(one).toBeLessThan(five as number);
    expect(five).toBeLessThan(all as number);
  });

  test("is tuned, the same by one thread and by two, and recommended", () => {
    const tune = (study: string, workers: string) =>
      balloonSim(
        ...["tune", "steady", "--driver", "at-once", "--minimize", "backdoor_calls", "--minimize", "time_to_target"],
        ...["--trials", "30", "--study", study, "--workers", workers, "--quiet"],
      );
    const made = tune("one.jsonl", "1");
    expect([made.status, made.stderr]).toEqual([0, ""]);
    tune("two.jsonl", "2");
    const journal = readFileSync(join(work, "one.jsonl"), "utf8");
    expect(readFileSync(join(work, "two.jsonl"), "utf8")).toBe(journal);
    const header = JSON.parse(journal.split("\n")[0] as string);
    expect(header.driver).toBe("at-once");
    expect(header.parameters.map(({ key }: { key: string }) => key)).toEqual(["requestPages", "period"]);
    const best = balloonSim("study", "best", "one.jsonl", "--pick", "backdoor_calls", "--raw");
    expect(JSON.parse(best.stdout)).toMatchObject({ driver: "at-once" });
    expect(balloonSim("study", "show", "one.jsonl").stdout).toContain("period");
  });

  test("is reported, suspended and resumed", () => {
    const report = balloonSim("report", "steady", "--driver", "at-once", "--set", "period=9");
    expect(report.stderr).toBe("");
    expect(report.stdout).toContain("period 9 (the driver's: 1)");
    expect(balloonSim("report", "one.jsonl", "-o", "study.html")).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(readFileSync(join(work, "study.html"), "utf8")).toContain("Time between two looks at the target.");
    const whole = balloonSim("run", "spike", "--driver", "at-once").stdout;
    const first = balloonSim("run", "spike", "--driver", "at-once", "--checkpoint", "run.ckpt", "--at", "61");
    const rest = balloonSim("run", "--resume", "run.ckpt");
    expect(first.stdout + rest.stdout).toBe(whole);
  });
});

test("a study and a checkpoint of a driver that the program does not know are refused in one line", () => {
  const own = (...args: string[]) =>
    spawnSync(process.execPath, [join(ROOT, "bin/balloon-sim.js"), ...args], { cwd: work, encoding: "utf8" });
  expect([own("study", "show", "one.jsonl").status, own("study", "show", "one.jsonl").stderr]).toEqual([
    2,
    'balloon-sim: one.jsonl:1: a study of the driver "at-once", which this program does not know: use the one that wrote it\n',
  ]);
  expect(own("run", "--resume", "run.ckpt").stderr).toMatch(/at-once.*\n$/);
  expect(own("run", "spike", "--driver", "at-onse").stderr).toBe(
    'balloon-sim: --driver "at-onse": unknown driver: expected vmmemctl, vmw-balloon, virtio-balloon, open-vm-tools\n',
  );
});
