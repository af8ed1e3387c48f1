import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { embedHost } from "../../../../src/sim/explore/hosts/embed.ts";
import { hostExploreData } from "../../../../src/sim/explore/hosts/model.ts";
import type { FromHostWorker, HostRequest, RanInPage } from "../../../../src/sim/explore/hosts/protocol.ts";
import { HostSession } from "../../../../src/sim/explore/hosts/worker/session.ts";
import {
  commandOf,
  type HostBasis,
  type HostState,
  plainHost,
  requestOf,
} from "../../../../src/sim/explore/page/hosts/host-state.ts";
import { Slices } from "../../../../src/sim/explore/worker/slices.ts";
import { HOST_FIGURES, VM_FIGURES } from "../../../../src/sim/hosts/measures/figures.ts";
import { readHostText } from "../../../../src/sim/hosts/scenario/host-text.ts";
import { callBalloonSim } from "../../../support/in-process/command.ts";
import { scratchDirectory } from "../../../support/processes/command.ts";

const HOST = "hosts/imported-esxtop";
/** The policy of its file. */
const POLICY = "esx";
const BASIS: HostBasis = { policy: POLICY, hasRates: false, drivers: hostExploreData([], "0").drivers };

/** A session whose clock advances by so many milliseconds with each look, and which works when it is told to. */
function begin(msPerLook: number, name = HOST) {
  let ms = 0;
  const waiting: (() => void)[] = [];
  const said: FromHostWorker[] = [];
  const slices = new Slices(
    () => {
      ms += msPerLook;
      return ms;
    },
    (next) => waiting.push(next),
  );
  const session = new HostSession(slices, (message) => said.push(message));
  session.take({ kind: "host", host: embedHost(name, readHostText(name)).host });
  const of = <K extends FromHostWorker["kind"]>(kind: K) =>
    said.filter((message): message is Extract<FromHostWorker, { kind: K }> => message.kind === kind);
  return {
    session,
    said,
    of,
    show: (id: number, shown: HostRequest, pinned: HostRequest) => session.take({ kind: "show", id, shown, pinned }),
    /** Works for some slices, or until nothing is left. */
    work(most = Number.POSITIVE_INFINITY) {
      for (let i = 0; i < most && waiting.length > 0; i++) waiting.shift()?.();
    },
  };
}

const changed = (changes: Partial<HostState>): HostState => ({ ...plainHost(HOST), ...changes });
const plain = requestOf(plainHost(HOST), BASIS);
const short = (request: HostRequest): HostRequest => ({ ...request, sets: [...request.sets, "duration=10m"] });

/** The figures of a run, as the summary of the command in JSON has them. */
const figuresOf = ({ result }: RanInPage) => ({
  figures: Object.fromEntries(HOST_FIGURES.map(({ name, value }) => [name, value(result)])),
  vms: result.vms.map((vm) => ({
    name: vm.name,
    ...Object.fromEntries(VM_FIGURES.map(({ name, value }) => [name, value(vm)])),
  })),
});

describe("the worker of the page of hosts", () => {
  test("says what it knows of a host", () => {
    const { of } = begin(1);
    expect(of("facts").map(({ facts }) => facts)).toMatchObject([
      { name: "imported-esxtop", policy: POLICY, params: { tax: 0.75 }, drivers: ["vmmemctl"], hasRates: false },
    ]);
  });

  test.each([
    ["as in its file", {}, "balloon-sim host hosts/imported-esxtop"],
    [
      "with another policy and a parameter of it",
      { policy: "proxmox", params: { target: "0.6", maxchange: "52428800" } },
      "balloon-sim host hosts/imported-esxtop --policy proxmox --set host.proxmox.maxchange=52428800 --set host.proxmox.target=0.6",
    ],
    [
      "with a parameter of its own policy, other memory and another driver",
      { params: { clear: "6" }, memory: 20 * 2 ** 18, swap: 2 ** 18, driver: "vmw-balloon" },
      "balloon-sim host hosts/imported-esxtop --driver vmw-balloon --set host.memory=20GiB --set host.swap.size=1GiB --set host.esx.clear=6",
    ],
    [
      "with a constant of the driver",
      { driver: "vmmemctl", rates: { "alloc-max": 4096 } },
      "balloon-sim host hosts/imported-esxtop --driver vmmemctl --set 'vms.*.rates.alloc-max=4096'",
    ],
    [
      "with sizes that are no multiples of a MiB",
      { memory: 18_690_867, swap: 1001 },
      "balloon-sim host hosts/imported-esxtop --set host.memory=74763468KiB --set host.swap.size=4004KiB",
    ],
  ])("runs a host %s like the command", async (_, changes: Partial<HostState>, command) => {
    const state = changed(changes);
    expect(commandOf(state, BASIS)).toBe(command);
    const { show, work, of } = begin(1);
    show(1, requestOf(state, BASIS), plain);
    work();
    const [shown] = of("shown");
    const [, ...args] = command.replaceAll("'", "").split(" ");
    const { stdout } = await callBalloonSim([...args, "--format", "json", "--quiet"]);
    const figures = figuresOf((shown as { run: RanInPage }).run);
    expect(JSON.parse(stdout)).toMatchObject(figures);
    expect(figures.vms.length).toBeGreaterThan(4);
  });

  test("then runs the pinned settings, and both in more worlds, of which the first is the shown one", () => {
    const { show, work, of } = begin(0.001);
    show(1, short(plain), short({ ...plain, policy: "none" }));
    work();
    const [shown, pinned] = [of("shown")[0]?.run.result, of("pinned")[0]?.run.result];
    expect(pinned?.policy).toBe("none");
    const worlds = of("worlds")[0]?.worlds;
    expect(worlds?.shown).toHaveLength(3);
    expect(worlds?.shown[0]).toEqual(shown);
    expect(worlds?.pinned[0]).toEqual(pinned);
    expect(worlds?.pinned[1]).not.toEqual(pinned);
  });

  test("a run that takes long stays alone, and is drawn while it goes on", () => {
    const { show, work, of } = begin(9);
    show(1, plain, plain);
    work();
    expect(of("worlds").map(({ worlds }) => worlds)).toEqual([null]);
    const parts = of("pictures");
    expect(parts.length).toBeGreaterThan(2);
    expect(parts[0]?.pictures.memory).toContain("Memory of the host by VM over time");
    expect(parts[0]?.pictures.memory.length).toBeLessThan(of("shown")[0]?.pictures.memory.length as number);
    const progress = of("progress").map((message) => message.progress);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  });

  test("newer settings end a run, and what was run is not run again", () => {
    const { show, work, of, said } = begin(1);
    show(1, short(plain), short(plain));
    work(3);
    show(2, short({ ...plain, policy: "none" }), short(plain));
    work();
    expect(said.some((message) => message.kind === "shown" && message.id === 1)).toBe(false);
    expect(of("shown").map(({ id, run }) => [id, run.result.policy])).toEqual([[2, "none"]]);
    show(3, short(plain), short({ ...plain, policy: "none" }));
    work(1);
    expect(of("shown").at(-1)).toMatchObject({ id: 3, run: { result: { policy: POLICY } } });
  });

  test("says what a host can't be, and runs others then", () => {
    const { show, work, of } = begin(1);
    show(1, requestOf(changed({ memory: 256 }), BASIS), plain);
    work();
    expect(of("failed")).toEqual([
      {
        kind: "failed",
        id: 1,
        stage: "shown",
        message: expect.stringMatching(/^--set host\.memory=1MiB: 1MiB are less/),
      },
    ]);
    show(2, short(plain), requestOf(changed({ memory: 256 }), BASIS));
    work();
    expect(of("shown").map(({ id }) => id)).toEqual([2]);
    expect(of("failed").at(-1)).toMatchObject({ id: 2, stage: "pinned" });
  });

  test("pictures are as wide as the page wants them", () => {
    const { session, show, work, of } = begin(1);
    session.take({ kind: "width", width: 500 });
    show(1, short(plain), short(plain));
    work();
    expect(of("shown")[0]?.pictures.memory).toContain('viewBox="0 0 500 ');
    session.take({ kind: "width", width: 700 });
    expect(of("pictures").at(-1)?.pictures.memory).toContain('viewBox="0 0 700 ');
  });
});

/** Writes the file of a host of three minutes under `esx`; returns its path. */
function writeHost(path: string, memory: string, vms: readonly object[]): string {
  const host = { memory, swap: { size: "8GiB" } };
  writeFileSync(
    path,
    JSON.stringify({ format: "balloon-sim/host", version: 1, duration: "3m", host, policy: "esx", vms }),
  );
  return path;
}

describe("a host whose file has constants of drivers", () => {
  const directory = scratchDirectory();

  /** Such a host, and what the page knows of it. */
  function hostWithRates() {
    writeFileSync(join(directory, "rates.json"), JSON.stringify({ driver: "vmmemctl", "alloc-max": 600 }));
    const path = writeHost(join(directory, "rated.json"), "4GiB", [
      { name: "a", trace: "spike", rates: { "alloc-max": 512 } },
      { name: "b", trace: "spike", rates: "rates.json" },
    ]);
    const begun = begin(0.001, path);
    const facts = begun.of("facts")[0]?.facts;
    if (facts === undefined) throw new Error("the host was refused");
    return { ...begun, path, facts, basis: { ...BASIS, policy: facts.policy, hasRates: facts.hasRates } };
  }

  test("a chosen driver has its own values, not those of the file, also in the command", async () => {
    const { path, basis, facts, show, work, of } = hostWithRates();
    expect(facts.hasRates).toBe(true);
    const inFile = plainHost(path);
    const chosen = { ...inFile, driver: "vmmemctl" };
    show(1, requestOf(chosen, basis), requestOf(inFile, basis));
    work();
    const [shown] = of("shown");
    const figures = figuresOf((shown as { run: RanInPage }).run);
    expect(figures).not.toEqual(figuresOf((of("pinned")[0] as { run: RanInPage }).run));
    const [, ...args] = commandOf(chosen, basis).replaceAll("'", "").split(" ");
    expect(args).toContain("vms.*.rates.alloc-max=2048");
    const { stdout } = await callBalloonSim([...args, "--format", "json", "--quiet"]);
    expect(JSON.parse(stdout)).toMatchObject(figures);
    // The same host without constants in its file.
    const document = JSON.parse(readFileSync(path, "utf8"));
    for (const vm of document.vms) delete vm.rates;
    writeFileSync(join(directory, "plain.json"), JSON.stringify(document));
    const plainRun = await callBalloonSim(["host", join(directory, "plain.json"), "--format", "json", "--quiet"]);
    expect(JSON.parse(plainRun.stdout)).toMatchObject(figures);
  });

  test("a value that was moved stays beside the others", () => {
    const { path, basis } = hostWithRates();
    const { sets } = requestOf({ ...plainHost(path), driver: "vmmemctl", rates: { "alloc-max": 4096 } }, basis);
    expect(sets.filter((set) => set.includes(".alloc-max="))).toEqual(["vms.*.rates.alloc-max=4096"]);
    expect(sets.length).toBeGreaterThan(5);
  });
});

describe("what can be taken away", () => {
  const directory = scratchDirectory();

  test("the rows are those of host.csv, and the host file makes the same host", async () => {
    // A host of the reader with all kinds of files that it may name.
    mkdirSync(join(directory, "traces"));
    const trace = { format: "balloon-sim/trace", version: 1, guest: { memory: "2GiB" }, rows: { anon: {} } };
    writeFileSync(
      join(directory, "traces/load.jsonl"),
      `${JSON.stringify({ ...trace, workloads: [{ name: "app" }] })}\n{"t": 0, "anon": "200MiB"}\n{"t": 30, "anon": "1500MiB"}\n{"t": 60, "anon": "100MiB"}\n`,
    );
    writeFileSync(join(directory, "rates.json"), JSON.stringify({ driver: "vmmemctl", "alloc-max": 3000 }));
    const path = writeHost(join(directory, "mine.json"), "5GiB", [
      { name: "a", trace: "traces/load.jsonl", count: 3, rates: "rates.json" },
    ]);
    const request = { host: path, policy: "proxmox", sets: ["host.proxmox.target=0.5"] };
    const { session, work, of } = begin(1, path);
    session.take({ kind: "export", id: 1, request, what: "rows" });
    session.take({ kind: "export", id: 2, request, what: "file" });
    work();
    const [rows, file] = of("exported").map(({ text }) => text) as [string, string];
    const run = (name: string, ...args: string[]) =>
      callBalloonSim(["host", name, ...args, "--quiet", "-o", `${name}-rows`], { cwd: directory });
    await run("mine.json", "--policy", "proxmox", "--set", "host.proxmox.target=0.5");
    expect(rows).toBe(readFileSync(join(directory, "mine.json-rows/host.csv"), "utf8"));
    expect(rows.split("\n").length).toBeGreaterThan(100);
    writeFileSync(join(directory, "edited.json"), file);
    await run("edited.json");
    expect(readFileSync(join(directory, "edited.json-rows/host.csv"), "utf8")).toBe(rows);
  });
});
