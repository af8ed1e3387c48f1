import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { validateText } from "../../../src/sim/trace/read.ts";
import { type CapturedVm, type Counters, esxtopCapture, vmCounters } from "../../support/data/esxtop-capture.ts";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { hostImports } from "../../support/in-process/import-host.ts";
import { ROOT, scratchDirectory } from "../../support/processes/command.ts";

const FIXTURES = join(ROOT, "test/sim/import/fixtures");
const scratch = scratchDirectory();
const { fresh, importHost, hostOf } = hostImports(scratch);

const headerIn = (out: string, trace: string) =>
  JSON.parse(readFileSync(join(out, trace), "utf8").split("\n")[0] as string);

const HOST_COUNTERS: Counters = {
  "Machine MBytes": "16384",
  "Kernel MBytes": "1000",
  "NonKernel MBytes": "11000",
  "Free MBytes": "4384",
  "Kernel State": "0",
};

const capture = (vms: readonly CapturedVm[], more: Partial<Parameters<typeof esxtopCapture>[0]> = {}): string =>
  esxtopCapture({
    host: "esx9.lab",
    begin: "2027-03-01T10:00:00Z",
    step: 10,
    samples: 12,
    hostAt: () => HOST_COUNTERS,
    vms,
    ...more,
  });

const vm = (
  name: string,
  ram: number,
  more: Parameters<typeof vmCounters>[1] = {},
  group = 1000 + ram,
): CapturedVm => ({
  group,
  name,
  at: () => vmCounters(ram, more),
});

describe("balloon-sim import --host, of esxtop", () => {
  it("does not overwrite a host file without --force", async () => {
    const text = capture([vm("web", 4096)]);
    const { directory, out } = await hostOf({ "a.csv": text });
    const file = join(out, "host.json");
    writeFileSync(file, "changed");
    const args = ["import", "a.csv", "--host", "-o", "out"];
    expect(await callBalloonSim(args, { cwd: directory })).toEqual({
      status: 2,
      stdout: "",
      stderr:
        "balloon-sim: -o out/host.json: is there already, and may have been changed: give another directory, or --force\n",
    });
    expect(readFileSync(file, "utf8")).toBe("changed");
    expect((await callBalloonSim([...args, "--force"], { cwd: directory })).status).toBe(0);
    expect(JSON.parse(readFileSync(file, "utf8")).vms.length).toBe(1);
    expect((await callBalloonSim(["import", "a.csv", "--force"], { cwd: directory })).stderr).toBe(
      "balloon-sim: --force: only with --host\n",
    );
  });

  it("removes with --force what the import before wrote and this one does not, and nothing else", async () => {
    const two = capture([vm("web", 4096), vm("old", 2048), vm("kept", 1024)]);
    const { directory, out } = await hostOf({ "a.csv": two });
    const alone = await callBalloonSim(["import", "a.csv", "--vm", "old", "-o", "out/own.jsonl"], { cwd: directory });
    expect(alone.status).toBe(0);
    writeFileSync(join(out, "notes.txt"), "mine");
    const host = JSON.parse(readFileSync(join(out, "host.json"), "utf8"));
    host.vms.push({ name: "own", trace: "own.jsonl" });
    writeFileSync(join(out, "host.json"), JSON.stringify(host));
    writeFileSync(join(out, "other.json"), JSON.stringify({ ...host, vms: [{ trace: "./kept.jsonl" }] }));

    writeFileSync(join(directory, "b.csv"), capture([vm("web", 4096)]));
    const args = ["import", "b.csv", "--host", "-o", "out", "--force"];
    const { status, stderr } = await callBalloonSim(args, { cwd: directory });
    expect(status).toBe(0);
    expect(stderr).toContain(
      "balloon-sim: note: removed what the import before wrote and this one does not: out/old.jsonl\n",
    );
    expect(stderr).toContain(
      "note: no import of this host wrote these, or another host file names them, so they stay: out/kept.jsonl, out/own.jsonl\n",
    );
    expect(readdirSync(out).sort()).toEqual([
      "host.json",
      "kept.jsonl",
      "measured.csv",
      "notes.txt",
      "other.json",
      "own.jsonl",
      "web.jsonl",
    ]);
    expect((await callBalloonSim(args, { cwd: directory })).stderr).not.toMatch(/removed|stay/);
  });

  it("removes with --force the host's own figures that a log without them leaves behind", async () => {
    const { directory, out } = await hostOf({ "a.csv": capture([vm("web", 4096)]) });
    const bare = "web  -  mem.granted.average  2027-01-15T08:00:20Z,20,2027-01-15T08:00:40Z,20  4194304,4194304  KB\n";
    const active = bare.replace("granted", "active");
    const usage = bare.replace("granted", "usage").replace("4194304,4194304  KB", "20.00,20.00  %");
    writeFileSync(join(directory, "b.txt"), bare + active + usage);
    const args = ["import", "b.txt", "--host", "-o", "out", "--force", "--host-memory", "16GiB", "--memory", "4GiB"];
    const { status, stderr } = await callBalloonSim(args, { cwd: directory });
    expect([status, readdirSync(out).sort()], stderr).toEqual([0, ["host.json", "web.jsonl"]]);
    expect(stderr).toContain("this one does not: out/measured.csv\n");
  });

  it("mixes its traces with those of an import of machines in neither order", async () => {
    const text = capture([vm("web", 4096)]);
    const { directory } = await hostOf({ "a.csv": text });
    const sim = (...args: string[]) => callBalloonSim(["import", "a.csv", ...args], { cwd: directory });
    const trace = readFileSync(join(directory, "out/web.jsonl"), "utf8");
    expect(await sim("-o", "out")).toEqual({
      status: 2,
      stdout: "",
      stderr:
        "balloon-sim: -o out/web.jsonl: belongs to the host file out/host.json, as an import with --host writes it: give another directory\n",
    });
    expect(readFileSync(join(directory, "out/web.jsonl"), "utf8")).toBe(trace);

    for (let time = 0; time < 2; time++) expect((await sim("-o", "machines/")).status).toBe(0);
    expect((await sim("--host", "-o", "machines")).stderr).toBe(
      "balloon-sim: -o machines/web.jsonl: is there already, from another import: give another directory, or --force\n",
    );
    expect(readdirSync(join(directory, "machines"))).toEqual(["web.jsonl"]);
    expect((await sim("--host", "-o", "machines", "--force")).status).toBe(0);
  });

  it("writes a host file with the host's memory, and a trace for each VM beside it", async () => {
    const text = readFileSync(join(FIXTURES, "esxtop/capture.csv"), "utf8");
    const { status, stdout, stderr, out } = await hostOf({ "capture.csv": text });
    expect([status, stdout]).toEqual([0, ""]);
    expect(readdirSync(out).sort()).toEqual([
      "db_old_2_copy_x.jsonl",
      "host.json",
      "measured.csv",
      "no-tools.jsonl",
      "web01.jsonl",
    ]);
    await expect(readFileSync(join(out, "host.json"), "utf8")).toMatchFileSnapshot("golden/import-host/host.json");
    await expect(readFileSync(join(out, "measured.csv"), "utf8")).toMatchFileSnapshot(
      "golden/import-host/measured.csv",
    );
    await expect(stderr).toMatchFileSnapshot("golden/import-host/remarks.txt");
    for (const name of readdirSync(out).filter((each) => each.endsWith(".jsonl"))) {
      expect(validateText(readFileSync(join(out, name), "utf8"), name)).toEqual([]);
    }
  });

  it("keeps the measured target in the traces, and the real names of VMs", async () => {
    const { out } = await hostOf({ "a.csv": capture([vm("db (1)/x", 4096, { balloon: 512, target: 600 })]) });
    const [header, row] = readFileSync(join(out, "db_1_x.jsonl"), "utf8")
      .split("\n")
      .map((line) => JSON.parse(line || "{}"));
    expect(header).toMatchObject({
      guest: { memory: 4096 * 256, balloon: 512 * 256 },
      rows: { target: { how: "measured", from: "Memctl Target MBytes of the log" } },
      origin: { importer: { options: { machine: "db (1)/x" } } },
    });
    expect(row.target).toBe(600 * 256);
  });

  it("adds what a balloon held to the demand, unless another model is chosen", async () => {
    const text = capture([vm("a", 4096, { balloon: 512, active: 400 })]);
    const fileSet = async (...options: string[]): Promise<number> => {
      const { out } = await hostOf({ "a.csv": text }, ...options);
      return JSON.parse(readFileSync(join(out, "a.jsonl"), "utf8").split("\n")[1] as string).fileSet / 256;
    };
    const granted = 4096 - 512 - 100;
    expect(await fileSet()).toBe(granted + 512 - 400);
    expect(await fileSet("--demand", "cache")).toBe(granted - 400);
    const alone = await callBalloonSim(["import", "a.csv"], { cwd: (await importHost({ "a.csv": text })).directory });
    expect(JSON.parse(alone.stdout.split("\n")[1] as string).fileSet / 256).toBe(granted - 400);
  });

  it("says that the demand lacks balloons that the capture lacks", async () => {
    const text = capture([vm("a", 4096)]).replaceAll("Memctl MBytes", "Other MBytes");
    const { stderr } = await hostOf({ "a.csv": text });
    expect(stderr).toContain(
      "the log has no balloon size: 0 is assumed (--balloon sets it); the demand lacks the pages of a balloon\n",
    );
  });

  it("takes for the host's own what is in use beside the VMs and their overhead", async () => {
    // 12,000 MiB in use; of VMs 3,996 and 40.48 for the overhead, and 1,948 and 30.24 for half of the time.
    const half: CapturedVm = { group: 7, name: "b", at: (i) => (i < 6 ? vmCounters(2048) : null) };
    const { host } = await hostOf({ "a.csv": capture([vm("a", 4096), half]) });
    expect(host.host).toEqual({ memory: "16GiB", reserved: `${Math.ceil(12_000 - 4036.48 - (1948 + 30.24) / 2)}MiB` });
    expect(host.vms.map(({ overhead }) => overhead)).toEqual(["41MiB", "31MiB"]);
  });

  it.each<[string, Counters, Record<string, unknown>]>([
    ["normal shares", { "Alloc Shares": "-3" }, { shares: 40_960 }],
    ["low shares", { "Alloc Shares": "-2" }, { shares: 20_480 }],
    ["high shares", { "Alloc Shares": "-4" }, { shares: 81_920 }],
    ["shares of its own", { "Alloc Shares": "1234" }, { shares: 1234 }],
    ["no reservation and limit", { "Alloc Min": "0", "Alloc Max": "-1" }, { reservation: null, limit: null }],
    ["a reservation in MiB", { "Alloc Min": "1024" }, { reservation: "1GiB" }],
    ["a reservation in KiB", { "Alloc Min": "1572864" }, { reservation: "1536MiB" }],
    ["a reservation of all of it", { "Alloc Min": "4096" }, { reservation: "4GiB" }],
    ["a limit in MiB", { "Alloc Max": "3000" }, { limit: "3000MiB" }],
    ["a limit in KiB", { "Alloc Max": "3145728" }, { limit: "3GiB" }],
    ["a limit above its memory", { "Alloc Max": "8192" }, { limit: null }],
    ["no balloon driver", { "Memctl?": "N" }, { maxBalloon: 0 }],
    ["a smaller balloon", { "Memctl Max MBytes": "1024" }, { maxBalloon: 0.25 }],
  ])("takes over %s", async (_, counters, settings) => {
    const { host, stderr } = await hostOf({ "a.csv": capture([vm("a", 4096, { "Alloc Shares": "-3", ...counters })]) });
    for (const [name, value] of Object.entries(settings)) expect(host.vms[0]?.[name] ?? null).toBe(value);
    expect(stderr).not.toContain("the log has no shares");
  });

  it("says which settings it does not understand, and which change", async () => {
    const odd = vm("a", 4096, { "Alloc Shares": "-9", "Alloc Min": "3000", "Alloc Max": "2000" });
    const moving: CapturedVm = {
      group: 9,
      name: "b",
      at: (i) => vmCounters(4096, { "Alloc Shares": i < 6 ? "10" : "20" }),
    };
    const { host, stderr } = await hostOf({ "a.csv": capture([odd, moving]) });
    expect(host.vms[0]).toMatchObject({ shares: 40_960, reservation: "3000MiB" });
    expect(host.vms[0]).not.toHaveProperty("limit");
    expect(stderr).toContain("a: shares of -9 are no known level: normal ones are assumed");
    expect(stderr).toContain("a: a limit of 1.95GiB below the reservation of 2.93GiB: omitted");
    expect(stderr).toContain("b: its number of shares changes: the larger one is used throughout");
    expect(host.vms[1]).toMatchObject({ shares: 20 });
  });

  it("says by how much the real host shares pages", async () => {
    const { stderr } = await hostOf({ "a.csv": capture([vm("a", 4096, { "Memory Consumed Size MBytes": 3000 })]) });
    expect(stderr).toContain(
      "the host saved 996MiB by sharing and compressing pages, which the simulated one does not: it is short of memory sooner (--host-memory 17380MiB makes up for it)",
    );
  });

  it("has VMs that go early, or were off meanwhile, with the times of each life", async () => {
    const during = (name: string, group: number, isOn: (i: number) => boolean): CapturedVm => ({
      group,
      name,
      at: (i) => (isOn(i) ? vmCounters(2048) : null),
    });
    const vms = [
      during("early", 2, (i) => i < 9),
      during("twice", 3, (i) => i < 4 || i >= 8),
      during("always", 4, () => true),
      during("once", 5, (i) => i === 0),
      during("never", 6, () => false),
    ];
    const { host, stderr, out } = await hostOf({ "a.csv": capture(vms) });
    expect(host.duration).toBe("2m");
    expect(host.vms.map(({ name, on, off }) => [name, on, off])).toEqual([
      ["early", undefined, "1m30s"],
      ["twice", undefined, "40s"],
      ["always", undefined, undefined],
      ["twice-2", "1m20s", undefined],
    ]);
    expect(stderr).toContain("one sample only, which makes no trace: omitted: once");
    expect(stderr).toContain("not on all of the 2m: early until 1m30s, twice until 40s, twice-2 from 1m20s");
    expect(headerIn(out, "early.jsonl").duration).toBe(90);
    expect(headerIn(out, "twice-2.jsonl").origin.epoch).toBe("2027-03-01T10:01:20Z");
    expect(readFileSync(join(out, "twice.jsonl"), "utf8")).not.toContain("power-off");
  });

  it("has a VM of a later capture from there on, one that is missing in it until there, and a renamed one throughout", async () => {
    const first = capture([vm("stays", 2048, {}, 1), vm("leaves", 2048, {}, 2), vm("old name", 2048, {}, 3)]);
    const second = capture([vm("stays", 2048, {}, 1), vm("new name", 2048, {}, 3), vm("comes", 2048, {}, 4)], {
      begin: "2027-03-01T10:02:00Z",
    });
    const { host, stderr } = await hostOf({ "a.csv": first, "b.csv": second });
    expect(host.duration).toBe("4m");
    expect(host.vms.map(({ name, on, off }) => [name, on, off])).toEqual([
      ["stays", undefined, undefined],
      ["leaves", undefined, "2m"],
      ["old_name", undefined, undefined],
      ["comes", "2m", undefined],
    ]);
    expect(stderr).toContain("old name is named new name in a later capture: it is one VM");
    const alone = await callBalloonSim(["import", "a.csv", "b.csv", "-o", "traces/"], {
      cwd: (await importHost({ "a.csv": first, "b.csv": second })).directory,
    });
    expect([alone.status, alone.stderr]).toEqual([0, expect.not.stringContaining("is named")]);
  });

  it("keeps a gap of the log as a gap, in which VMs stay on", async () => {
    const text = capture([vm("a", 2048), vm("b", 1024)], { late: (i) => (i < 6 ? 0 : 600) });
    const { host, out } = await hostOf({ "a.csv": text });
    expect(host.duration).toBe("12m");
    expect(host.vms.map(({ on, off }) => [on, off])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
    expect(readFileSync(join(out, "a.jsonl"), "utf8")).toContain('"type":"gap"');
  });

  it("keeps VMs of one name apart, and those whose names differ in case or odd characters", async () => {
    const names = [
      "web",
      "web",
      "WEB",
      "we/b",
      "we\\b",
      "..",
      "../../evil",
      "a\u001b[31m",
      "x'y",
      "-rf",
      "host",
      "measured",
    ];
    const vms = names.map((name, i) => vm(name, 1024, {}, i + 1));
    const { host, out, directory, stderr } = await hostOf({ "a.csv": capture(vms) });
    expect(host.vms.map(({ name }) => name)).toEqual([
      "web_1",
      "web_2",
      "WEB",
      "we_b",
      "we_b-2",
      "vm",
      "_.._evil",
      "a_31m",
      "x_y",
      "rf",
      "host",
      "measured",
    ]);
    expect(readdirSync(out)).toHaveLength(names.length + 2);
    expect(readdirSync(directory).sort()).toEqual(["a.csv", "out"]);
    expect(stderr).not.toContain("\u001b");
  });

  it("writes files only into its directory, one for each VM, for any names", async () => {
    const piece = fc.constantFrom(
      "..",
      "/",
      "a",
      "A",
      ".",
      "-",
      "'",
      "\u0007",
      "#2",
      "host.json",
      " ",
      "é",
      "(",
      ")",
      ":",
      "\\",
      ",",
    );
    const anyName = fc.array(piece, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(""));
    await fc.assert(
      fc.asyncProperty(fc.array(anyName, { minLength: 1, maxLength: 8 }), async (names) => {
        const vms = names.map((name, i) => vm(name, 1024, {}, i + 1));
        const { host, out, directory } = await hostOf({ "log.csv": capture(vms, { samples: 3 }) });
        expect(readdirSync(directory).sort()).toEqual(["log.csv", "out"]);
        expect(readdirSync(out).sort()).toEqual(
          [...host.vms.map(({ trace }) => trace), "host.json", "measured.csv"].sort(),
        );
        expect(new Set(host.vms.map(({ name }) => name.toLowerCase())).size).toBe(names.length);
        for (const { name } of host.vms) expect(name).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
      }),
      { numRuns: 25 },
    );
  });

  it("imports some of the VMs", async () => {
    const text = capture([vm("a", 2048, {}, 1), vm("b", 1024, {}, 2), vm("c", 1024, {}, 3)]);
    const { host } = await hostOf({ "a.csv": text }, "--vm", "a", "--vm", "c");
    expect([host.host.memory, host.vms.map(({ name }) => name)]).toEqual(["16GiB", ["a", "c"]]);
  });

  it("asks for the host's memory where the log lacks it, and takes the user's before the log's", async () => {
    const bare = capture([vm("a", 2048)], { hostAt: () => ({}) });
    const refused = await importHost({ "a.csv": bare });
    expect([refused.status, refused.stdout, refused.stderr]).toEqual([
      2,
      "",
      "balloon-sim: a.csv: the memory of the host is not in the log: give it with --host-memory, such as --host-memory 256GiB (or export the host's own figures, mem.consumed and mem.usage, too)\n",
    ]);
    expect(existsSync(refused.out)).toBe(false);
    const given = await hostOf({ "a.csv": bare }, "--host-memory", "8GiB");
    expect(given.host).toMatchObject({ name: "a.csv", host: { memory: "8GiB" } });
    expect(given.host.host).not.toHaveProperty("reserved");
    expect(given.stderr).toContain("the log does not tell how much memory the host itself uses: none is assumed");
    expect(readdirSync(given.out).sort()).toEqual(["a.jsonl", "host.json"]);
    const both = await hostOf({ "a.csv": capture([vm("a", 2048)]) }, "--host-memory", "8GiB");
    expect(both.host.host.memory).toBe("8GiB");
    expect(both.stderr).toContain("--host-memory 8GiB overrides 16GiB, the value of the log");
  });

  it("has the policy of ESX, or the user's", async () => {
    const text = capture([vm("a", 2048)]);
    expect((await hostOf({ "a.csv": text })).host.policy).toBe("esx");
    expect((await hostOf({ "a.csv": text }, "--policy", "proxmox")).host.policy).toBe("proxmox");
    expect((await importHost({ "a.csv": text }, "--policy", "prox")).stderr).toMatch(
      /^balloon-sim: --policy "prox": unknown policy of a host: expected esx, .* did you mean "proxmox"\?\)?\n$/,
    );
  });

  it("says nothing of targets that a policy replaces, nor of the host's swap, which the host has", async () => {
    const { stderr } = await hostOf({ "a.csv": capture([vm("a", 2048, { "Swapped MBytes": 100 })]) });
    expect(stderr).not.toMatch(/the host had swapped out|balloon target/);
  });

  it.each<[string[], string]>([
    [[], "--host: writes a host file and a trace for each VM: give a directory for them with -o DIR"],
    [["-o", "-"], "--host: writes a host file and a trace for each VM: give a directory for them with -o DIR"],
    [["-o", "a.csv"], "-o a.csv: is no directory, expected one for the files of the host"],
    [["-o", "no/such"], "-o no/such: can't be made: no such file or directory"],
    [["-o", "x", "--target", "1GiB"], "--target: not with --host: the policy of the host sets the targets"],
    [["-o", "x", "--host-vm", "a"], "--host-vm: not with --host: applies to the log of one guest"],
    [["-o", "x", "--host-name", "esx8"], '--host-name "esx8": a.csv has no host of this name (it has esx9.lab)'],
    [["-o", "x", "--host-name", "a"], '--host-name "a": a.csv has no host of this name (it has esx9.lab)'],
    [["-o", "x", "--host-memory", "8GB"], '--host-memory "8GB": expected a size with its unit, such as 512MiB'],
    [["-o", "x", "--vm-memory", "a"], '--vm-memory "a": expected NAME=SIZE, such as web01=8GiB'],
    [["-o", "x", "--vm-memory", "none=1GiB"], '--vm-memory "none": a.csv has no VM with this name or id (it has a)'],
    [["-o", "x", "--vm", "b"], '--vm "b": a.csv has no machine with this name or id'],
  ])("refuses in one line: %j", async (args, message) => {
    const directory = fresh();
    writeFileSync(join(directory, "a.csv"), capture([vm("a", 2048)]));
    const { status, stdout, stderr } = await callBalloonSim(["import", "a.csv", "--host", ...args], { cwd: directory });
    expect(stderr).toContain(message);
    expect([status, stdout, stderr.trimEnd().split("\n").length]).toEqual([2, "", 1]);
    expect(readdirSync(directory)).toEqual(["a.csv"]);
  });

  it.each(["--host-name", "--host-memory", "--policy", "--vm-memory"])("has %s only with --host", async (option) => {
    const { status, stderr } = await callBalloonSim(["import", "a.csv", option, "x"], { cwd: scratch });
    expect([status, stderr]).toEqual([2, `balloon-sim: ${option}: only with --host\n`]);
  });

  it("leaves a directory as it was where the log is damaged behind its beginning", async () => {
    const directory = fresh();
    mkdirSync(join(directory, "out"));
    writeFileSync(join(directory, "out/host.json"), "before\n");
    const good = capture([vm("a", 2048), vm("b", 1024)]);
    writeFileSync(join(directory, "a.csv"), good.replace(/("2027|"03\/01\/2027) 10:01:30"/, '$1 10:99:30"'));
    const { status, stderr } = await callBalloonSim(["import", "a.csv", "--host", "-o", "out", "--force"], {
      cwd: directory,
    });
    expect([status, stderr.split(":").slice(0, 4).join(":")]).toEqual([2, "balloon-sim: a.csv:11:2"]);
    expect(readdirSync(join(directory, "out"))).toEqual(["host.json"]);
    expect(readFileSync(join(directory, "out/host.json"), "utf8")).toBe("before\n");
    // Reservations are only summed up when all has been read.
    const greedy = capture([vm("a", 8192, { "Alloc Min": "8192" }), vm("b", 9216, { "Alloc Min": "9216" })]);
    writeFileSync(join(directory, "a.csv"), greedy);
    const refused = await callBalloonSim(["import", "a.csv", "--host", "-o", "out", "--force"], { cwd: directory });
    expect([refused.status, refused.stderr]).toEqual([
      2,
      "balloon-sim: the VMs' reservations and overhead need 17.13GiB of the host's 16GiB (Machine MBytes of the log): --host-memory sets another size\n",
    ]);
    expect(readdirSync(join(directory, "out"))).toEqual(["host.json"]);
  });

  it("writes the same bytes each time", async () => {
    const text = capture([vm("a", 2048), vm("b", 1024)]);
    const [one, two] = [await hostOf({ "a.csv": text }), await hostOf({ "a.csv": text })];
    for (const name of readdirSync(one.out)) {
      expect(readFileSync(join(one.out, name), "utf8")).toBe(readFileSync(join(two.out, name), "utf8"));
    }
  });
});
