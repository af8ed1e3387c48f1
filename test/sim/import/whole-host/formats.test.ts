import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { validateText } from "../../../../src/sim/trace/read.ts";
import { hostImports } from "../../../support/in-process/import-host.ts";
import { scratchDirectory } from "../../../support/processes/command.ts";

const { importHost, hostOf } = hostImports(scratchDirectory());
const BEGIN_S = 1_800_000_000;
const KIB_PER_MIB = 1024;
const MIB = 1_048_576;

/** Values of counters at each sample; undefined: no sample. */
type Counters = Readonly<Record<string, number>>;
type Entity = { readonly type: string; readonly id: string; readonly at: (i: number) => Counters | undefined };

const SAMPLES = 30;
const samples = (at: Entity["at"]) => Array.from({ length: SAMPLES }, (_, i) => ({ i, counters: at(i) }));

/** The output of govc metric.sample -json. */
function govc(entities: readonly Entity[]): string {
  return JSON.stringify({
    sample: entities.map(({ type, id, at }) => {
      const known = samples(at).flatMap(({ i, counters }) => (counters === undefined ? [] : [{ i, counters }]));
      const names = Object.keys(known[0]?.counters ?? {});
      return {
        entity: { type, value: id },
        sampleInfo: known.map(({ i }) => ({
          timestamp: new Date((BEGIN_S + i * 20) * 1000).toISOString().replace(".000", ""),
          interval: 20,
        })),
        value: names.map((name) => ({ name, instance: "", value: known.map(({ counters }) => counters[name]) })),
      };
    }),
  });
}

/** Counters of a VM of so many MiB. */
const vmCounters = (ram: number, balloon = 0): Counters => {
  const active = ram * 0.2 * KIB_PER_MIB;
  return {
    "mem.active.average": active,
    "mem.granted.average": (ram - balloon) * KIB_PER_MIB,
    "mem.consumed.average": (ram - balloon) * KIB_PER_MIB,
    "mem.overhead.average": 30 * KIB_PER_MIB,
    "mem.usage.average": 2000,
    "mem.vmmemctl.average": balloon * KIB_PER_MIB,
    "mem.vmmemctltarget.average": balloon * KIB_PER_MIB,
  };
};
const OFF: Counters = Object.fromEntries(Object.keys(vmCounters(1)).map((name) => [name, 0]));

/** A host of so many MiB. */
const hostCounters = (ram: number, used: number): Counters => ({
  "mem.consumed.average": used * KIB_PER_MIB,
  "mem.usage.average": Math.round((used / ram) * 10_000),
  "mem.state.latest": 0,
});

const vm = (id: string, at: Entity["at"]): Entity => ({ type: "VirtualMachine", id, at });

describe("balloon-sim import --host, of govc", () => {
  const HOST: Entity = { type: "HostSystem", id: "host-9", at: (i) => hostCounters(16_384, 6000 + i) };

  it("infers the host's memory from what of it is used, and has what VMs are off", async () => {
    const text = govc([
      vm("vm-1", () => vmCounters(4096, 512)),
      vm("vm-2", (i) => (i < 10 ? OFF : i < 20 ? vmCounters(2048) : OFF)),
      vm("vm-3", (i) => (i < 12 ? undefined : vmCounters(1024))),
      HOST,
      { type: "ClusterComputeResource", id: "domain-c1", at: () => ({ "mem.consumed.average": 1 }) },
    ]);
    const { host, out, stderr } = await hostOf({ "hour.json": text });
    expect(host.name).toBe("host-9");
    expect(Number.parseInt(host.host.memory, 10) / (host.host.memory.endsWith("KiB") ? 1024 : 1)).toBeCloseTo(
      16_384,
      -1,
    );
    expect(host.description).toContain("mem.consumed is mem.usage of");
    expect(host.policy).toBe("esx");
    expect(host.vms.map(({ name, on, off }) => [name, on, off])).toEqual([
      ["vm-1", undefined, undefined],
      ["vm-2", "3m20s", "6m40s"],
      ["vm-3", "4m", undefined],
    ]);
    expect(readdirSync(out).sort()).toEqual(["host.json", "measured.csv", "vm-1.jsonl", "vm-2.jsonl", "vm-3.jsonl"]);
    expect(readFileSync(join(out, "measured.csv"), "utf8").split("\n").slice(0, 2)).toEqual([
      "time_s,mem.consumed.average (KiB),mem.usage.average (%),mem.state.latest",
      "0,6144000,36.62,0",
    ]);
    expect(stderr).not.toContain("domain-c1");
    for (const name of ["vm-1", "vm-2", "vm-3"]) {
      expect(validateText(readFileSync(join(out, `${name}.jsonl`), "utf8"), name)).toEqual([]);
    }
    // In use, in the mean, without vm-1 all the time, vm-2 for a third of it and vm-3 for 18 of 30 samples.
    const own = 6014.5 - (3584 + 30) - (2048 + 30) / 3 - (1024 + 30) * 0.6;
    expect(host.host.reserved).toBe(`${Math.ceil(own)}MiB`);
  });

  it("asks for one of several hosts, and for the memory where there is none", async () => {
    const other: Entity = { ...HOST, id: "host-10", at: () => hostCounters(32_768, 9000) };
    const text = govc([vm("vm-1", () => vmCounters(4096)), HOST, other]);
    expect((await importHost({ "hour.json": text })).stderr).toBe(
      "balloon-sim: hour.json: has 2 hosts (host-9, host-10): choose one with --host-name\n",
    );
    expect((await hostOf({ "hour.json": text }, "--host-name", "host-10")).host.name).toBe("host-10");
    const alone = govc([vm("vm-1", () => vmCounters(4096))]);
    const { status, stderr } = await importHost({ "hour.json": alone });
    expect([status, stderr]).toEqual([
      2,
      "balloon-sim: hour.json: the memory of the host is not in the log: give it with --host-memory, such as --host-memory 256GiB (or export the host's own figures, mem.consumed and mem.usage, too)\n",
    ]);
  });

  it("takes a VM's RAM of --vm-memory, and --memory for those whose RAM the log lacks", async () => {
    const without = (ram: number): Counters => {
      const { "mem.usage.average": _, ...counters } = vmCounters(ram);
      return counters;
    };
    const text = govc([
      vm("vm-1", () => vmCounters(4096)),
      vm("vm-2", () => without(2048)),
      vm("vm-3", () => without(1024)),
      HOST,
    ]);
    const refused = await importHost({ "hour.json": text });
    expect([refused.status, refused.stderr]).toEqual([
      2,
      'balloon-sim: hour.json: the RAM of "vm-2" is not in the log and can\'t be inferred: give it with --vm-memory, such as --vm-memory vm-2=8GiB (and 1 more VMs of this log)\n',
    ]);
    const { out, stderr } = await hostOf({ "hour.json": text }, "--vm-memory", "vm-2=3GiB", "--memory", "2GiB");
    const memory = (name: string): number =>
      JSON.parse(readFileSync(join(out, `${name}.jsonl`), "utf8").split("\n")[0] as string).guest.memory / 256;
    expect(["vm-1", "vm-2", "vm-3"].map(memory)).toEqual([4096, 3072, 2048]);
    expect(stderr).not.toContain("overrides");
  });

  it("names no targets to compare with where the log has none", async () => {
    const { "mem.vmmemctltarget.average": _, ...size } = vmCounters(4096, 512);
    const { host } = await hostOf({ "hour.json": govc([vm("vm-1", () => size), HOST]) });
    expect(host.description).toContain("The traces have the measured sizes of the balloons of 1 for comparison.");
  });
});

describe("balloon-sim import --host, of PowerCLI", () => {
  const row = (entity: string, id: string, metric: string, i: number, value: number) => {
    const at = new Date((BEGIN_S + i * 20) * 1000).toISOString().slice(0, 19).replace("T", " ");
    return `"${metric}","${at}","${value}","${metric.includes("usage") ? "%" : "KB"}","${entity}","${id}","20",""`;
  };

  it("reads the host with its VMs", async () => {
    const rows = Array.from({ length: 10 }, (_, i) => [
      ...Object.entries(vmCounters(4096)).map(([name, value]) =>
        row("web 1", "VirtualMachine-vm-42", name, i, name.includes("usage") ? value / 100 : value),
      ),
      ...Object.entries(hostCounters(16_384, 6000)).map(([name, value]) =>
        row("esx1.lab", "HostSystem-host-9", name, i, name.includes("usage") ? value / 100 : value),
      ),
    ]).flat();
    const text = `"MetricId","Timestamp","Value","Unit","Entity","EntityId","IntervalSecs","Instance"\n${rows.join("\n")}\n`;
    const { host } = await hostOf({ "stats.csv": text });
    expect([host.name, host.policy, host.vms.map(({ name }) => name)]).toEqual(["esx1.lab", "esx", ["web_1"]]);
    expect((await importHost({ "stats.csv": text }, "--host-name", "esx2.lab")).stderr).toContain(
      '--host-name "esx2.lab": stats.csv has no host of this name; did you mean "esx1.lab"? (it has esx1.lab (HostSystem-host-9))',
    );
  });
});

type Labels = Readonly<Record<string, string>>;
const SERIES_STEP = 30;

/** An answer of Prometheus; a point that is undefined is missing. */
function prometheus(list: readonly { name: string; labels: Labels; at: (i: number) => number | undefined }[]): string {
  const result = list.map(({ name, labels, at }) => ({
    metric: { __name__: name, ...labels },
    values: Array.from({ length: SAMPLES }, (_, i) => [BEGIN_S + i * SERIES_STEP, at(i)] as const).flatMap(
      ([time, value]) => (value === undefined ? [] : [[time, String(value)]]),
    ),
  }));
  return JSON.stringify({ status: "success", data: { resultType: "matrix", result } });
}

describe("balloon-sim import --host, of vmware_exporter in Prometheus", () => {
  const vmSeries = (name: string, host: string, ram: number, isHere: (i: number) => boolean) => {
    const labels = { vm_name: name, host_name: host, instance: "vc.lab" };
    const metric = (of: string, value: number) => ({
      name: of,
      labels,
      at: (i: number) => (isHere(i) ? value : undefined),
    });
    return [
      ...Object.entries(vmCounters(ram)).map(([counter, value]) =>
        metric(`vmware_vm_${counter.replaceAll(".", "_")}`, value),
      ),
      metric("vmware_vm_memory_max", ram),
    ];
  };
  const hostSeries = (host: string, ram: number) =>
    ["vmware_host_memory_max", "vmware_host_memory_usage"].map((name, i) => ({
      name,
      labels: { host_name: host, instance: "vc.lab" },
      at: () => (i === 0 ? ram : ram / 2),
    }));
  const text = prometheus([
    ...vmSeries("stays", "esx1", 2048, () => true),
    ...vmSeries("leaves", "esx1", 1024, (i) => i < 10),
    ...vmSeries("leaves", "esx2", 1024, (i) => i >= 10),
    ...vmSeries("returns", "esx1", 1024, (i) => i < 8 || i >= 20),
    ...vmSeries("returns", "esx2", 1024, (i) => i >= 8 && i < 20),
    ...vmSeries("comes", "esx2", 4096, (i) => i < 15),
    ...vmSeries("comes", "esx1", 4096, (i) => i >= 15),
    ...vmSeries("other", "esx2", 8192, () => true),
    ...hostSeries("esx1", 16_384),
    ...hostSeries("esx2", 32_768),
  ]);

  it("has the VMs of one host, for as long as they are on it", async () => {
    const { host } = await hostOf({ "log.json": text }, "--host-name", "esx1");
    expect([host.name, host.host.memory, host.policy]).toEqual(["esx1", "16GiB", "esx"]);
    expect(host.vms.map(({ name, on, off }) => [name, on, off])).toEqual([
      ["stays", undefined, undefined],
      ["leaves", undefined, "5m"],
      ["returns", undefined, "4m"],
      ["returns-2", "10m", undefined],
      ["comes", "7m30s", undefined],
    ]);
  });

  it("asks for one of several hosts", async () => {
    expect((await importHost({ "log.json": text })).stderr).toBe(
      "balloon-sim: --host: the VMs of the log are on 2 hosts (esx1, esx2): choose one with --host-name\n",
    );
    expect((await importHost({ "log.json": text }, "--host-name", "esx3")).stderr).toMatch(
      /^balloon-sim: --host-name "esx3": no VM of the log is on it; did you mean "esx1"\? \(they are on esx1, esx2\)\n$/,
    );
  });

  it("does not ask where there is one, and reads no host without --host", async () => {
    const one = prometheus([...vmSeries("a", "esx1", 2048, () => true), ...hostSeries("esx1", 16_384)]);
    const { host } = await hostOf({ "log.json": one });
    expect([host.name, host.vms.map(({ name }) => name)]).toEqual(["esx1", ["a"]]);
    expect(host.host.reserved).toBe(`${8192 - 2048 - 30}MiB`);
  });
});

describe("balloon-sim import --host, of libvirt and node_exporter in Prometheus", () => {
  const domain = (name: string, instance: string, ram: number, balloon: (i: number) => number) => {
    const metric = (of: string, at: (i: number) => number) => ({
      name: `libvirt_domain_${of}`,
      labels: { domain: name, instance, job: "libvirt" },
      at: (i: number) => at(i) * MIB,
    });
    return [
      metric("info_maximum_memory_bytes", () => ram),
      metric("memory_stats_actual_balloon_bytes", (i) => ram - balloon(i)),
      metric("memory_stats_usable_bytes", (i) => (ram - balloon(i)) / 2),
      metric("memory_stats_available_bytes", (i) => ram - balloon(i) - 100),
      metric("memory_stats_unused_bytes", (i) => (ram - balloon(i)) / 4),
      metric("memory_stats_rss_bytes", (i) => ram - balloon(i)),
    ];
  };
  const node = (instance: string, total: number, available: number) =>
    [
      ["node_memory_MemTotal_bytes", total],
      ["node_memory_MemAvailable_bytes", available],
      ["node_memory_MemFree_bytes", available / 2],
    ].map(([name, value]) => ({ name: name as string, labels: { instance }, at: () => (value as number) * MIB }));
  const text = prometheus([
    ...domain("a", "hv1:9177", 4096, (i) => i * 32),
    ...domain("b", "hv1:9177", 2048, () => 0),
    ...node("hv1:9100", 32_768, 20_000),
  ]);

  it("has the host's memory of the node of the same name, and balloons as what lacks to the most", async () => {
    const { host, out, stderr } = await hostOf({ "log.json": text }, "--policy", "proxmox");
    expect([host.name, host.host.memory, host.policy]).toEqual(["hv1:9100", "32GiB", "proxmox"]);
    // 12,768 MiB in use, less the domains: 4,096 - 464 and 2,048.
    expect(host.host.reserved).toBe(`${12_768 - (4096 - 32 * 14.5) - 2048}MiB`);
    expect(host.vms).toMatchObject([{ name: "a", trace: "a.jsonl" }, { name: "b" }]);
    expect(host.defaults).toEqual({ repeat: false, driver: "virtio-balloon" });
    const lines = readFileSync(join(out, "a.jsonl"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({ guest: { memory: 4096 * 256 }, rows: { target: { how: "derived" } } });
    expect(lines[11]).toMatchObject({ target: 320 * 256, anon: ((4096 - 320) / 2) * 256 });
    expect(stderr).not.toContain("policy of its host");
    expect(validateText(readFileSync(join(out, "a.jsonl"), "utf8"), "a")).toEqual([]);
  });

  it("assumes no policy that the log does not tell, and says so", async () => {
    const { host, stderr } = await hostOf({ "log.json": text });
    expect(host.policy).toBe("none");
    expect(stderr).toContain(
      "the log does not tell the policy of its host: none is assumed, which never balloons (--policy sets another, such as proxmox or mom)",
    );
  });

  it("takes a node for the host that --host-name names, and the other nodes for its guests", async () => {
    const nodes = prometheus([
      ...node("guest1:9100", 4096, 3000),
      ...node("guest2:9100", 2048, 1000),
      ...node("hv1:9100", 32_768, 20_000),
    ]);
    const { host } = await hostOf({ "log.json": nodes }, "--host-name", "hv1", "--policy", "mom");
    expect([host.host.memory, host.vms.map(({ name }) => name)]).toEqual(["32GiB", ["guest1_9100", "guest2_9100"]]);
    const typo = await importHost({ "log.json": nodes }, "--host-name", "hv2");
    expect(typo.stderr).toContain('the memory of the host "hv2" is not in the log: give it with --host-memory');
    const { status, stderr } = await importHost({ "log.json": nodes });
    expect([status, stderr]).toEqual([
      2,
      "balloon-sim: log.json: the memory of the host is not in the log: give it with --host-memory, such as --host-memory 256GiB\n",
    ]);
  });
});

describe("balloon-sim import --host, of other logs", () => {
  it("refuses a log without VMs in one line", async () => {
    const host = govc([{ type: "HostSystem", id: "host-9", at: () => hostCounters(16_384, 6000) }]);
    const { status, stderr } = await importHost({ "hour.json": host });
    expect([status, stderr]).toEqual([2, "balloon-sim: hour.json: has no samples of VMs, expected a host with VMs\n"]);
  });
});
