import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadOwnPolicy } from "../../../dist/sim/hosts/own-policy/load.js";
import { readHostScenario } from "../../../dist/sim/hosts/scenario/read.js";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { balloonSim, ROOT, scratchDirectory } from "../../support/processes/command.ts";
import { documentText } from "../trace/support.ts";

const scratch = scratchDirectory();
const EXAMPLE = "traces/hosts/policies/proportional.mjs";

/** A file with this text. */
function file(name: string, text: string): string {
  const path = join(scratch, name);
  writeFileSync(path, text);
  return path;
}

const HEAD = 'name: "mine", meaning: "Tests.", everyUs: 10_000_000';
/** A module with a policy whose `decide` has this body. */
const deciding = (body: string) =>
  `export default {\n  ${HEAD},\n  create: () => ({ settles: 0, decide({ host, vms, nowUs }) { ${body} } }),\n};\n`;

const state = file(
  "state.json",
  JSON.stringify({ host: { memory: 1000, free: 50 }, vms: [{ name: "A", size: 500, min: 100, max: 800, free: 200 }] }),
);
const run = (...args: string[]) => callBalloonSim(["host-policy", ...args], { cwd: scratch });

describe("host-policy with a policy of one's own", () => {
  test("prints its targets, those of a Map and those of an object", async () => {
    file("map.mjs", deciding('return { targets: new Map([["A", 400.7]]), state: "fine" };'));
    file("object.mjs", deciding("return { targets: { A: 400 } };"));
    expect(await run("./map.mjs", "--state", state)).toEqual({
      status: 0,
      stdout: '[{"round":1,"state":"fine","targets":{"A":400}}]\n',
      stderr: "",
    });
    expect((await run("./object.mjs", "--state", state)).stdout).toBe('[{"round":1,"targets":{"A":400}}]\n');
  });

  test("gives it parameters, samples and the time, and remembers for it", async () => {
    file(
      "counting.mjs",
      `let made = 0;
      export default { ${HEAD}, sampleUs: 1,
        params: [{ name: "by", kind: "bytes", default: 1, min: 0, max: 1e9, meaning: "A number." }],
        create: ({ by }) => { made++; let samples = 0; return {
          observe: () => { samples++; },
          decide: ({ nowUs, vms }) => ({ targets: { A: by * samples + nowUs / 1e7 + 1e5 * made } }),
        }; } };`,
    );
    const { status, stdout } = await run("./counting.mjs", "--state", state, "--rounds", "3", "--set", "by=1KiB");
    expect([status, JSON.parse(stdout).map(({ targets }: { targets: { A: number } }) => targets.A)]).toEqual([
      0,
      [101_024, 102_049, 103_074],
    ]);
  });

  test("takes a module of CommonJS, and names with spaces and signs of addresses", async () => {
    file("policy.cjs", deciding("return { targets: { A: 1 } };").replace("export default", "module.exports ="));
    file("a b?c#d%20.mjs", deciding("return { targets: { A: 2 } };"));
    expect((await run("policy.cjs", "--state", state)).stdout).toContain('{"A":1}');
    expect((await run("./a b?c#d%20.mjs", "--state", state)).stdout).toContain('{"A":2}');
  });

  test("prints its help, also by the command help", async () => {
    const { status, stdout } = await callBalloonSim(["host-policy", EXAMPLE, "--help"]);
    expect(status).toBe(0);
    expect(stdout).toContain("Keeps a part of the host free");
    expect(stdout).toContain("Reads of the host memory and free; of each VM name, size, min, max, if given");
    expect(stdout).toContain("\n  free=0.1\n    ratio, 0..1. Fraction of the host that is to be free.");
    expect((await callBalloonSim(["host-policy", "help", EXAMPLE])).stdout).toBe(stdout);
    expect((await callBalloonSim(["help", "host-policy", EXAMPLE])).stdout).toBe(stdout);
  });

  test("refuses states without the fields that it needs, and wrong parameters", async () => {
    const bad = file("bad.json", '{"host": {"memory": 1, "free": 1}, "vms": [{"name": "A", "size": 1}]}');
    const path = join(ROOT, EXAMPLE);
    expect(await run(path, "--state", bad)).toMatchObject({
      status: 2,
      stderr: `balloon-sim: ${bad}:1:44: $.vms[0]: "min" is missing: proportional needs it\n`,
    });
    expect((await run(path, "--state", state, "--set", "free=2")).stderr).toBe(
      'balloon-sim: --set free=2: expected a number from 0 to 1, found "2"\n',
    );
  });

  test("writes what it prints to standard error", () => {
    const path = file("printing.mjs", deciding('console.log("seen", nowUs); return { targets: {} };'));
    expect(balloonSim(["host-policy", path, "--state", state])).toEqual({
      status: 0,
      stdout: '[{"round":1,"targets":{}}]\n',
      stderr: "seen 0\n",
    });
  });
});

describe("a module that is no policy ends with exit code 2, and one line with its file:", () => {
  test.each([
    ["export default { ", "can't be loaded: SyntaxError: Unexpected end of input (mine.mjs:1)"],
    ["let x = 1;\nexport default 3 4;", "can't be loaded: SyntaxError: Unexpected number (mine.mjs:2)"],
    ['import "./nowhere.mjs";', "can't be loaded: Error: Cannot find module"],
    ['\nthrow new TypeError("two\\nlines");', "can't be loaded: TypeError: two lines (mine.mjs:2:7)"],
    ["export const policy = {};", "has no default export: expected export default { name, …, create }"],
    ["export default () => 1;", "has a default export that is a function: expected export default"],
    ["await new Promise(() => {});", "has an await without end: expected export default"],
    ["export default { get name() { throw new Error('none'); } };", "can't be loaded: Error: none (mine.mjs:1:"],
    [`export default { ${HEAD} };`, '"create" is missing: expected a function that returns { decide(view) { … } }'],
    [`export default { ${HEAD}, everyus: 1, create() {} };`, 'unknown field "everyus"; did you mean "everyUs"?'],
    [
      `export default { ${HEAD}, params: [{ name() {} }], create() {} };`,
      "has something that can't be passed on: a fu",
    ],
    [`export default { ${HEAD}, create: () => ({}) };`, 'create returned an object without "decide"'],
    [`export default { ${HEAD}, create: () => null };`, "create returned null"],
    [`export default { ${HEAD}, async create() {} };`, "create returned a promise: it must answer at once"],
    [
      `export default { ${HEAD}, sampleUs: 1, create: () => ({ decide() {} }) };`,
      'create returned an object without "observe", which',
    ],
    [
      `export default { ${HEAD}, create: () => ({ decide() {}, observe() {} }) };`,
      'create returned "observe", which nothing calls wi',
    ],
    [
      `export default { ${HEAD}, create: () => ({ decide() {}, settles: -1 }) };`,
      "create returned settles = -1: expec",
    ],
  ])("%s", async (text, message) => {
    const path = file("mine.mjs", text);
    const { status, stdout, stderr } = await run(path, "--state", state);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr.startsWith(`balloon-sim: ${path}: ${message}`)).toBe(true);
    expect(stderr.indexOf("\n")).toBe(stderr.length - 1);
  });

  test("a file that can't be read", async () => {
    mkdirSync(join(scratch, "folder.mjs"));
    expect((await run("./quite-another.mjs", "--state", state)).stderr).toBe(
      "balloon-sim: ./quite-another.mjs: no such file or directory\n",
    );
    expect((await run("folder.mjs")).stderr).toBe("balloon-sim: folder.mjs: is a directory, expected a file\n");
    expect((await run("/dev/null", "--state", state)).stderr).toBe(
      "balloon-sim: /dev/null: is a device, expected a file\n",
    );
    expect((await run("./\u001b[31m.mjs", "--state", state)).stderr).toBe(
      "balloon-sim: ./\\u{1b}[31m.mjs: no such file or directory\n",
    );
  });
});

describe("a policy that fails ends with exit code 1, and one line with its file, the function, the round and the time:", () => {
  const first = "return { targets: { A: vms[0].size + 1 } };";
  test.each([
    ["none.x", "threw ReferenceError: none is not defined (mine.mjs:3:"],
    ["throw 5", "threw 5"],
    ["throw new RangeError('a\\nb\\u001b')", "threw RangeError: a b\\u{1b} (mine.mjs:3:"],
    ["process.exit(0)", "threw Error: a policy must not end the process (mine.mjs:3:"],
    ["return", "returned nothing: expected { targets }"],
    ["return { targets: { A: NaN } }", 'returned targets["A"] = NaN: expected bytes, a number of 0 or more'],
    ["return { targets: { X: 1 } }", 'returned targets of "X", which is no VM in the view'],
    ["return Promise.resolve({ targets: {} })", "returned a promise: it must answer at once"],
    ["return { targets: { A: () => 1 } }", "returned something that can't be passed on: a function, a symbol or the l"],
  ])("%s", async (body, message) => {
    const path = file("mine.mjs", deciding(`if (nowUs < 2e7) { ${first} } ${body}`));
    const { status, stdout, stderr } = await run(path, "--state", state, "--rounds", "5");
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr.startsWith(`balloon-sim: ${path}: decide in round 3 (at 20s) ${message}`)).toBe(true);
    expect(stderr.indexOf("\n")).toBe(stderr.length - 1);
  });

  test("also in observe and in create", async () => {
    const observing = `export default { ${HEAD}, sampleUs: 1, create: () => ({ observe() { x }, decide() {} }) };`;
    expect(await run(file("mine.mjs", observing), "--state", state)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(
        "mine.mjs: observe before round 1 (at 0s) threw ReferenceError: x is not defined",
      ),
    });
    expect(await run(file("mine.mjs", `export default { ${HEAD}, create() { x } };`), "--state", state)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("mine.mjs: create threw ReferenceError: x is not defined"),
    });
  });

  test("shows the stack of the policy if it is asked to", async () => {
    const path = file("mine.mjs", deciding("null.x"));
    const { stderr } = await callBalloonSim(["host-policy", path, "--state", state], { env: { BALLOON_DEBUG: "1" } });
    expect(stderr).toMatch(/\n {4}at Object\.decide \(file:.*mine\.mjs:3:/);
  });

  test("when it hangs, and the process ends", () => {
    const path = file("mine.mjs", deciding("for (;;);"));
    expect(balloonSim(["host-policy", path, "--state", state])).toEqual({
      status: 1,
      stdout: "",
      stderr: `balloon-sim: ${path}: decide in round 1 (at 0s) gave no answer within 5 s\n`,
    });
  });
});

describe("a host file may name the module of a policy", () => {
  const host = (policy: unknown) =>
    JSON.stringify({ name: "h", duration: "1m", host: { memory: "6GiB" }, policy, vms: [{ trace: "guest.json" }] });
  const folder = join(scratch, "hosts");
  mkdirSync(folder);
  file("hosts/guest.json", documentText({ name: "guest", guest: { memory: "2GiB" } }));
  file("hosts/own.mjs", readFileSync(join(ROOT, EXAMPLE), "utf8"));
  const sim = (...args: string[]) => callBalloonSim(args, { cwd: scratch });

  test("beside it, with parameters", async () => {
    file("hosts/host.json", host({ name: "./own.mjs", params: { patience: 7 } }));
    const { stdout, stderr } = await sim("show", "hosts/host.json");
    expect(stderr).toBe("");
    expect(stdout).toContain("policy    proportional: free=0.1, patience=7\n");
    const sets = ["host.proportional.free=0.5"];
    expect(readHostScenario(join(folder, "host.json"), { sets }).params).toEqual({ free: 0.5, patience: 7 });
    file("hosts/short.json", host("own.mjs"));
    expect((await sim("show", "hosts/short.json")).stdout).toContain("policy    proportional: free=0.1, patience=3\n");
  });

  test("which a name without its extension, or a misspelt one, may have meant", async () => {
    file("hosts/host.json", host("own"));
    expect((await sim("show", "hosts/host.json")).stderr).toMatch(
      /\$\.policy: the policy "own": unknown policy of a host: .*; did you mean "\.\/own\.mjs"\?\n$/,
    );
    file("hosts/host.json", host("./owm.mjs"));
    expect((await sim("show", "hosts/host.json")).stderr).toMatch(
      /: hosts\/owm\.mjs: no such file or directory; did you mean "hosts\/own\.mjs"\?\n$/,
    );
    file("here.mjs", "");
    expect((await sim("host-policy", "here", "--state", "x")).stderr).toBe(
      'balloon-sim: unknown policy "here"; did you mean "./here.mjs"? (--help lists them)\n',
    );
  });

  test("whose faults have their place in it", async () => {
    file("hosts/none.mjs", "export const x = 1;");
    file("hosts/host.json", host({ name: "./none.mjs" }));
    const message = "hosts/none.mjs: has no default export: expected export default { name, …, create }";
    expect((await sim("validate", "hosts/host.json")).stdout).toBe(`hosts/host.json:1:71: $.policy.name: ${message}\n`);
    const path = join(folder, "host.json");
    expect(() => readHostScenario(path, { sets: ["host.x.y=1"] })).toThrow(
      `${path}: $.policy: ${folder}/none.mjs: has`,
    );
  });
});

describe("a policy of one's own as an object", () => {
  const limits = { loadMs: 20_000, callMs: 500 };
  const view = { nowUs: 30_000_000, host: {}, vms: [{ name: "A", size: 5 }] };

  test("has instances that do not know of each other", () => {
    const path = file(
      "count.mjs",
      `export default { ${HEAD}, create: () => {
        const state = { calls: 0 };
        return { state, decide: ({ vms }) => ({ targets: { [vms[0].name]: ++state.calls } }) };
      } };`,
    );
    const policy = loadOwnPolicy(path);
    const [one, two] = [policy.create({}), policy.create({})];
    const called = (instance: typeof one) => instance.decide(view).targets.get("A");
    expect([called(one), called(one), called(two), called(one)]).toEqual([1, 2, 1, 3]);
    expect([one.state, two.state]).toEqual([{ calls: 3 }, { calls: 1 }]);
    expect(one.settles).toBe(Number.POSITIVE_INFINITY);
  });

  test("has no more answers after it hung", () => {
    const policy = loadOwnPolicy(file("hang.mjs", deciding("for (;;);")), "hang.mjs", limits);
    const instance = policy.create({});
    const message = "hang.mjs: decide in round 1 (at 30s) gave no answer within 0.5 s";
    expect(() => instance.decide(view)).toThrow(message);
    expect(() => instance.decide(view)).toThrow(message);
    expect(() => policy.create({}).decide(view)).toThrow("hang.mjs: create gave no answer within 0.5 s");
  });

  test("is not waited for without end while it is loaded", () => {
    const path = file("loop.mjs", "for (;;);");
    expect(() => loadOwnPolicy(path, "loop.mjs", { ...limits, loadMs: 1000 })).toThrow(
      "loop.mjs: is not loaded after 1 s: does it wait or loop?",
    );
  });
});

describe("the example", () => {
  const host = (free: number) => ({
    host: { memory: 10_000, free },
    vms: [
      { name: "idle", min: 1000, size: 4000, max: 5000, free: 3000 },
      { name: "busy", min: 1000, size: 4000, max: 5000, free: 1000 },
      { name: "without an agent", min: 1000, size: 1000, max: 1000 },
    ],
  });
  const rounds = async (content: object, ...args: string[]) => {
    const { stdout, stderr } = await callBalloonSim([
      "host-policy",
      EXAMPLE,
      "--state",
      file("example.json", JSON.stringify(content)),
      ...args,
    ]);
    expect(stderr).toBe("");
    return JSON.parse(stdout);
  };

  test("takes what is missing in proportion to what is free in guests, until the host has what it wants", async () => {
    expect(await rounds(host(600), "--set", "patience=1", "--rounds", "9")).toEqual([
      { round: 1, state: "short", targets: { idle: 3700, busy: 3900 } },
      { round: 2, state: "enough", targets: { idle: 3700, busy: 3900 } },
    ]);
  });

  test("gives what is left over in proportion to balloons", async () => {
    expect(await rounds(host(2000), "--set", "patience=1")).toEqual([
      { round: 1, state: "enough", targets: { idle: 4500, busy: 4500 } },
    ]);
  });

  test("acts on the mean of the last samples", async () => {
    const [, second] = await rounds([host(600), host(1400)]);
    expect(second).toEqual({ round: 2, state: "enough", targets: { idle: 4000, busy: 4000 } });
  });

  test("has the types of the package", () => {
    const args = [
      "--ignoreConfig",
      "--noEmit",
      "--allowJs",
      "--checkJs",
      "--strict",
      "--target",
      "es2023",
      "--module",
      "nodenext",
      EXAMPLE,
    ];
    const tsc = (name: string) =>
      spawnSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), ...args.with(-1, name)], {
        cwd: ROOT,
        encoding: "utf8",
      });
    expect(tsc(EXAMPLE)).toMatchObject({ status: 0, stdout: "" });
  });

  test("is on the page about policies, word for word", () => {
    const page = readFileSync(join(ROOT, "docs/host-policies.md"), "utf8");
    const text = readFileSync(join(ROOT, EXAMPLE), "utf8");
    expect(page.includes(`\`\`\`js\n${text.slice(text.indexOf("/** @type"))}\`\`\`\n`)).toBe(true);
  });
});
