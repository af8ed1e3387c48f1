import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tuneArguments } from "../../../src/sim/tune/study/command-line.ts";
import { readStudy } from "../../../src/sim/tune/study/read-study.ts";
import { callBalloonSim, inTurn } from "../../support/in-process/command.ts";
import { scratchDirectory } from "../../support/processes/command.ts";
import { slowFile } from "../../support/setup/slow.ts";

slowFile(4);

const cwd = scratchDirectory();
const sim = async (...args: string[]) => await callBalloonSim(args, { cwd });

async function succeed(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await sim(...args);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout;
}

async function fail(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await sim(...args);
  expect([status, stdout, stderr.trimEnd().split("\n").length]).toEqual([2, "", 1]);
  return stderr.replace(/^balloon-sim: /, "").trimEnd();
}

/** Guests that want what the host has not, for a minute and a half. */
const HOST = {
  format: "balloon-sim/host",
  name: "small",
  duration: "90s",
  host: { memory: "6GiB", swap: { size: "6GiB" } },
  policy: { name: "mom", params: { "max-change": 0.1 } },
  defaults: { driver: "vmmemctl", touched: 0 },
  vms: [
    { name: "a", trace: "spike", count: 2, spread: "10s" },
    { name: "b", trace: "thrash" },
  ],
};
const write = (name: string, changes: object): string => {
  writeFileSync(join(cwd, name), JSON.stringify({ ...HOST, ...changes }));
  return name;
};
write("host.json", {});
write("larger.json", { name: "larger", host: { memory: "7GiB", swap: { size: "6GiB" } } });
write("esx.json", { name: "esx", policy: "esx" });
write("mixed.json", { vms: [...HOST.vms, { name: "c", trace: "spike", driver: "virtio-balloon" }] });
write("uneven.json", {
  vms: [...HOST.vms, { name: "c", trace: "spike", driver: "vmmemctl", rates: { "alloc-max": 4096 } }],
});

const SPACE = ["--set", "alloc-max=256..65536", "--set", "host.mom.max-change=0.01..0.5"];

describe("sweep", () => {
  const args = [
    "sweep",
    "host.json",
    "--set",
    "alloc-max=512,16384",
    "--set",
    "host.mom.max-change=0.05,0.2",
    "--worlds",
    "2",
  ];

  test("runs every combination on a host, the same with any number of workers", async () => {
    const outputs = await inTurn(["1", "3"], (workers) => succeed(...args, "--workers", workers));
    expect(outputs[1]).toBe(outputs[0]);
    const [head, ...rows] = (outputs[0] as string)
      .trimEnd()
      .split("\n")
      .map((line) => line.split(","));
    expect(head?.slice(0, 10)).toEqual(
      "trial,alloc-max,host.mom.max-change,host,name,driver,policy,seed,world,worst_lost_time".split(","),
    );
    expect(rows.map((row) => row.slice(0, 9).join())).toEqual([
      "0,2048,0.1,host.json,small,vmmemctl,mom,1,1",
      "0,2048,0.1,host.json,small,vmmemctl,mom,1,2",
      ...["1,512,0.05", "2,512,0.2", "3,16384,0.05", "4,16384,0.2"].flatMap((point) =>
        [1, 2].map((world) => `${point},host.json,small,vmmemctl,mom,1,${world}`),
      ),
    ]);
    const losses = rows.map((row) => row[9]);
    // Each of them matters: the world, the constant, the parameter.
    expect(new Set(losses).size).toBe(losses.length);
    expect(rows.every((row) => row.at(-1) === "" && Number(row[9]) > 0)).toBe(true);
  });

  test("a parameter of the policy alone leaves each VM its driver and rates", async () => {
    const out = await succeed("sweep", "uneven.json", "--set", "host.mom.max-change=0.02,0.1", "--seeds", "2");
    const rows = out
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((line) => line.split(","));
    expect(rows.map((row) => row.slice(0, 7).join())).toEqual([
      ...["0,0.1", "0,0.1", "1,0.02", "1,0.02", "2,0.1", "2,0.1"].map(
        (point, i) => `${point},uneven.json,small,,mom,${(i % 2) + 1}`,
      ),
    ]);
    // Trial 2 is the reference again.
    expect(rows[4]?.slice(6)).toEqual(rows[0]?.slice(6));
    expect(rows[1]?.slice(7)).not.toEqual(rows[0]?.slice(7));
  });

  test("--policy replaces the policy of hosts", async () => {
    const out = await succeed(
      "sweep",
      "host.json",
      "esx.json",
      "--policy",
      "mom",
      "--set",
      "host.mom.max-change=0.01,0.5",
    );
    const rows = out
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((line) => line.split(","));
    expect(rows.map((row) => row.slice(0, 6).join())).toEqual(
      // Trial 0 has the default of the policy that replaces those of the files.
      ["0,0.05", "1,0.01", "2,0.5"].flatMap((point) => [`${point},host.json,small,,mom`, `${point},esx.json,esx,,mom`]),
    );
    // The hosts differ in the policy only.
    for (const i of [0, 2, 4]) expect(rows[i]?.slice(6)).toEqual(rows[i + 1]?.slice(6));
  });
});

describe("tune", () => {
  const goals = ["--minimize", "worst_lost_time", "--minimize", "host_swap_traffic"];
  const args = [
    "tune",
    "host.json",
    ...goals,
    ...SPACE,
    "--judge-worlds",
    "2",
    "--sampler",
    "sobol",
    "--holdout",
    "larger.json",
  ];

  test("a study is the same with any number of workers, goes on, and can be shown and used", async () => {
    const whole = await inTurn(["1", "3"], async (workers) => {
      const out = await succeed(...args, "--trials", "12", "--study", `w${workers}.study`, "--workers", workers);
      return [out.replace(`w${workers}`, "w"), readFileSync(join(cwd, `w${workers}.study`), "utf8")];
    });
    expect(whole[1]).toEqual(whole[0]);
    const [out, journal] = whole[0] as [string, string];
    expect(out).toMatch(/^study {6}w\.study: 12 trials, sampler sobol, seed 1\ndriver {5}vmmemctl\npolicy {5}mom\n/);
    expect(out).toContain(
      "required   total_oom_kills <= reference (assumed; --allow-kills lifts it), ended_vms <= reference",
    );
    expect(out).toMatch(/\ntuned on {3}small \(mean\)\njudged on {2}larger\n/);
    expect(out).toMatch(/\nhost\.mom\.max-change +0\.1 /);

    await succeed(...args, "--trials", "5", "--study", "part.study");
    const again = await sim(...args, "--trials", "12", "--study", "part.study");
    expect([again.status, again.stderr]).toEqual([0, "balloon-sim: part.study: 5 trials existed already\n"]);
    expect(readFileSync(join(cwd, "part.study"), "utf8")).toBe(journal);
    expect(await succeed("study", "show", "part.study")).toBe(again.stdout);

    const csv = await succeed("study", "export", "part.study");
    expect(csv).toMatch(/^trial,state,feasible,front,driver,alloc-max,host\.mom\.max-change,worst_lost_time,/);
    const best = await succeed("study", "best", "part.study", "--pick", "3", "--raw");
    const { policy, defaults } = JSON.parse(best);
    const [, third] =
      csv
        .split("\n")
        .filter((line) => line.startsWith("3,"))
        .map((line) => line.split(","))[0]
        ?.slice(4) ?? [];
    expect(defaults).toMatchObject({ driver: "vmmemctl", rates: { "alloc-max": Number(third) } });
    expect(policy.name).toBe("mom");
    // The result is a part of a host file.
    write("tuned.json", { policy, defaults: { ...HOST.defaults, ...defaults } });
    expect(await succeed("validate", "tuned.json")).toBe("tuned.json: ok\n");
    const swept = await succeed(
      "sweep",
      "tuned.json",
      "--set",
      "alloc-max=2048",
      "--set",
      "host.mom.max-change=0.1,0.2",
    );
    const cells = swept.split("\n")[1]?.split(",") ?? [];
    const values = JSON.parse(journal.split("\n")[4] as string);
    expect(values.trial).toBe(3);
    expect(cells.slice(7, -1).map(Number)).toEqual(values.runs[0].values);
  });

  test("study best runs the hosts again, where they have not changed", async () => {
    write("mine.json", {});
    const own = [
      "tune",
      "mine.json",
      "--minimize",
      "worst_lost_time",
      "--set",
      "host.mom.max-change=0.01..0.5",
      "--judge-worlds",
      "1",
    ];
    await succeed(...own, "--trials", "6", "--sampler", "sobol", "--study", "mine.study");
    const { status, stdout, stderr } = await sim("study", "best", "mine.study", "--pick", "2", "--worlds", "2");
    expect(status).toBe(0);
    expect(Object.keys(JSON.parse(stdout))).toEqual(["policy"]);
    expect(stderr).toContain("run again  on small in 2 further worlds");
    write("mine.json", { vms: [...HOST.vms, { name: "more", trace: "steady" }] });
    expect(await fail("study", "best", "mine.study", "--pick", "2")).toBe(
      'mine.study: the host "mine.json" has changed since the study: restore it, or write the trial unchanged with --raw',
    );
    expect(await fail(...own, "--trials", "7", "--sampler", "sobol", "--study", "mine.study")).toBe(
      'mine.study: is another study: the host "mine.json" has another content than when it began; repeat the same options, or name another file',
    );
  });

  test("a report shows a study of hosts", async () => {
    await succeed(
      "tune",
      "host.json",
      ...goals,
      ...SPACE,
      "--trials",
      "3",
      "--judge-worlds",
      "1",
      "--study",
      "shown.study",
    );
    const page = await succeed("report", "shown.study", "-o", "-");
    // The command on the page continues the study.
    const again = tuneArguments(readStudy(join(cwd, "shown.study")).header);
    expect(page).toContain(again.slice(0, 3).join(" "));
    expect(await sim("tune", ...again, "--trials", "3", "--study", "shown.study")).toMatchObject({
      status: 0,
      stderr: "balloon-sim: shown.study: 3 trials existed already\n",
    });
    expect(page).toContain("host.mom.max-change");
    expect(page).toContain("worst_lost_time");
  });
});

test("compare runs rates on the VMs that have their driver", async () => {
  writeFileSync(join(cwd, "slow.json"), JSON.stringify({ driver: "vmmemctl", "alloc-max": 512 }));
  const out = await succeed("compare", "slow.json", "--on", "host.json", "--worlds", "2");
  expect(out).toMatch(/^on small; median of 2 worlds/);
  expect(out).toMatch(/\nworst_lost_time +s +less /);
  const json = JSON.parse(
    await succeed("compare", "slow.json", "--on", "host.json", "--worlds", "1", "--format", "json"),
  );
  const swept = await succeed("sweep", "host.json", "--set", "alloc-max=512,2048");
  const of = (trial: number) => swept.split("\n")[trial + 1]?.split(",").slice(7, -1).map(Number);
  expect(Object.values(json.rates[1].objectives)).toEqual(of(1));
  expect(Object.values(json.rates[0].objectives)).toEqual(of(2));
});

test("--until ends the runs of hosts, as the command host does", async () => {
  const figures = async (...args: string[]): Promise<number> =>
    JSON.parse((await sim("host", "host.json", "--format", "json", ...args)).stdout).figures.total_lost_time;
  const [whole, half] = [await figures(), await figures("--until", "45s")];
  expect(half).toBeLessThan(whole);
  const lostIn = (text: string): number[] => {
    const [head = "", ...rows] = text.trimEnd().split("\n");
    return rows.map((row) => Number(row.split(",")[head.split(",").indexOf("total_lost_time")]));
  };
  const until = ["--until", "45s", "--workers", "1"];
  writeFileSync(join(cwd, "until.json"), JSON.stringify({ driver: "vmmemctl", "alloc-max": 512 }));
  const swept = await sim("sweep", "host.json", "--set", "host.mom.max-change=0.05,0.2", ...until);
  expect(swept.status).toBe(0);
  expect(lostIn(swept.stdout)[0]).toBeCloseTo(half, 5);
  const compared = await sim(
    "compare",
    "until.json",
    "--on",
    "host.json",
    "--worlds",
    "1",
    "--format",
    "json",
    ...until,
  );
  expect(JSON.parse(compared.stdout).what_if).toBe("until 45s");
  expect(await fail("sweep", "host.json", "--set", "alloc-max=512,1024", "--until", "0")).toBe(
    "--until 0s: expected a time above 0",
  );
  const study = ["tune", "host.json", "--minimize", "total_lost_time", "--trials", "2", "--judge-worlds", "1"];
  const tuned = await sim(...study, "--set", "alloc-max=512,16384", "--study", "until.jsonl", ...until);
  expect(tuned.stdout).toContain("until 45s");
  const late = await sim(
    "sweep",
    "host.json",
    "--set",
    "host.mom.max-change=0.05,0.2",
    "--until",
    "2m",
    "--workers",
    "1",
  );
  expect(late.stderr).toContain("balloon-sim: warning: host.json: --until 2m: the host's run ends at 1m30s\n");
});

test("--objectives lists the objectives of traces and of hosts", async () => {
  const all = await succeed("tune", "--objectives", "help");
  expect(all).toMatch(/^of a trace +unit +better +meaning\n/);
  expect(all).toMatch(/\nof a host +unit +better +meaning\n/);
  expect(await succeed("sweep", "--objectives", "hosts")).toBe(all.slice(all.indexOf("of a host")));
});

describe("what hosts can't be used for is said in one line", () => {
  const goal = ["--minimize", "worst_lost_time"];
  test.each([
    [
      ["sweep", "host.json", "spike", "--set", "alloc-max=1,2"],
      "host.json is a host and spike is none: expected only hosts or only traces, which have other objectives",
    ],
    [
      ["tune", "spike", "--holdout", "host.json", ...goal],
      "host.json is a host and spike is none: expected only hosts or only traces, which have other objectives",
    ],
    [["tune", "host.json"], "tune: a goal is missing, such as --minimize worst_lost_time --minimize host_swap_traffic"],
    [
      ["tune", "host.json", "--minimize", "stall_full"],
      /^--minimize: "stall_full" is an objective of traces, and these are hosts \(there are worst_lost_time, /,
    ],
    [
      ["tune", "spike", "--minimize", "unfairness"],
      /^--minimize: "unfairness" is an objective of hosts, and these are traces \(there are time_to_target, /,
    ],
    [
      ["tune", "host.json", "--minimize", "unfairnes"],
      /^--minimize: unknown objective "unfairnes"; did you mean "unfairness"\?/,
    ],
    [
      ["sweep", "host.json", "--target", "1GiB", "--set", "alloc-max=1,2"],
      "--target: is not for hosts: the policy of the host sets the targets",
    ],
    [
      ["sweep", "host.json", "--shard", "1/2", "--set", "alloc-max=1,2"],
      "--shard: is not for hosts: hosts run on one machine",
    ],
    [
      ["sweep", "spike", "--policy", "mom", "--set", "alloc-max=1,2"],
      "--policy: is for hosts, and these are traces: leave it out",
    ],
    [
      ["sweep", "host.json", "host.json", "--set", "alloc-max=1,2"],
      "host.json: is the same host as host.json: give it once",
    ],
    [
      ["sweep", "host.json", "--set", "host.esx.tax=0.1,0.2"],
      '--set host.esx.tax=0.1,0.2: the policy of the host is "mom", not "esx": set parameters of that one, or choose another one with --policy',
    ],
    [
      ["sweep", "esx.json", "--set", "host.esx.taxes=0.1,0.2"],
      '--set host.esx.taxes=0.1,0.2: unknown parameter "taxes"; did you mean "tax"?',
    ],
    [
      ["sweep", "host.json", "--set", "host.mom.lower-bound=min"],
      "--set host.mom.lower-bound=min: lower-bound is a word (max, min), and only numbers vary: set it in the host file, or compare runs of balloon-sim host with --set",
    ],
    [
      ["sweep", "host.json", "--set", "vms.a.shares=1,2"],
      /^--set vms\.a\.shares=1,2: "vms\.a\.shares" can't vary: expected a constant/,
    ],
    [["sweep", "host.json", "--set", "alloc-max=512,512"], "--set alloc-max=512,512: 512 is listed twice"],
    [["sweep", "host.json", "--set", "host.mom.max-change=0.1,0.10"], /: 0\.1 is listed twice$/],
    [["sweep", "host.json", "--set", "host.memory=1,2"], /^--set host\.memory=1,2: "host\.memory" can't vary: /],
    [["sweep", "host.json", "--set", "duration=1m,2m"], /^--set duration=1m,2m: "duration" can't vary: /],
    [
      ["sweep", "host.json", "--set", "host.swap.size=1,2"],
      /^--set host\.swap\.size=1,2: "host\.swap\.size" can't vary: /,
    ],
    [
      ["sweep", "host.json", "--set", "alloc-mx=1,2"],
      /^--set alloc-mx=1,2: unknown constant "alloc-mx"; did you mean "alloc-max"\?/,
    ],
    [["sweep", "host.json", "--set", "=1,2"], /^--set =1,2: expected name=values/],
    [["sweep", "host.json", "--set", "alloc-max"], /^--set alloc-max: expected name=values/],
    [["sweep", "host.json"], "sweep: nothing to vary: give values, such as --set host.POLICY.PARAMETER=VALUE,VALUE"],
    [
      ["sweep", "mixed.json", "--set", "alloc-max=1,2"],
      "the VMs have different drivers: vmmemctl (a, b), virtio-balloon (c): give --driver NAME, the one whose constants vary",
    ],
    [
      ["sweep", "host.json", "--driver", "vmw-balloon", "--set", "alloc-max=1,2"],
      "--driver vmw-balloon: no VM of host.json has this driver: they have vmmemctl",
    ],
    [
      ["sweep", "uneven.json", "--set", "alloc-max=1,2"],
      "the VMs with vmmemctl have different rates (a-1 and c): give --rates FILE, those of trial 0 for all of them",
    ],
    [
      ["sweep", "host.json", "esx.json", "--set", "host.mom.pressure=0.1,0.5"],
      "--set host.mom.pressure=0.1,0.5: esx.json has the policy esx, host.json has mom: a study varies those of one policy, from the same values",
    ],
    [
      ["compare", "--drivers", "vmmemctl,virtio-balloon", "--on", "host.json"],
      "--drivers: is not for hosts, whose VMs have drivers of their own: compare rates files",
    ],
  ])("%j", async (args, message) => {
    expect(await fail(...args)).toEqual(typeof message === "string" ? message : expect.stringMatching(message));
  });

  test("a note names the VMs whose constants do not vary", async () => {
    const { status, stderr } = await sim("sweep", "mixed.json", "--driver", "vmmemctl", "--set", "alloc-max=512,1024");
    expect([status, stderr]).toEqual([
      0,
      "balloon-sim: note: constants of vmmemctl vary; VMs with other drivers keep theirs: c\n",
    ]);
  });
});
