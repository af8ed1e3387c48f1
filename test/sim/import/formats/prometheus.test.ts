import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { InputFile } from "../../../../src/common/files/input-file.ts";
import { prometheus } from "../../../../src/sim/import/formats/prometheus.ts";
import { importFiles, importTexts } from "../../../support/in-process/import-log.ts";
import { ROOT, scratchDirectory } from "../../../support/processes/command.ts";
import { describeReader } from "../../../support/suites/readers.ts";

const fixture = readFileSync(join(ROOT, "test/sim/import/fixtures/prometheus/nodes.json"), "utf8");

describeReader(prometheus, {
  fixture: "nodes.json",
  machines: { "10.0.0.5:9100": 20, "10.0.0.6:9100": 20 },
  hasMissing: true,
  damages: [
    {
      line: 3,
      from: /"\d+"\]/,
      to: '"many"]',
      column: 118,
      says: /expected node_memory_MemFree_bytes, a number in quotes/,
    },
    { line: 3, from: /\[1800000000.321,/, to: "[-1,", column: 102, says: /expected a point: time and value/ },
    { line: 3, from: /\[1800000000.321,/, to: "[1e305,", column: 102, says: /expected a point: time and value/ },
    { line: 3, from: /"instance":"[^"]*",/, to: "", column: 11, says: /expected the label "instance"/ },
    { line: 3, from: /"metric":\{/, to: '"metric":[', column: 22, says: /expected a comma or "]", found ":"/ },
    { line: 1, from: '"matrix"', to: '"scalar"', column: 42, says: /expected "matrix" or "vector", found "scalar"/ },
  ],
});

describeReader(prometheus, {
  fixture: "vms.json",
  machines: { web01: 30, db01: 29 },
  hasMissing: true,
  damages: [
    { line: 2, from: /"vm_name":"[^"]*"/, to: '"x":""', column: 11, says: /expected the label "vm_name"/ },
    { line: 3, from: /"\d+"\]/, to: '"many"]', column: 212, says: /expected vmware_vm_mem_granted_average, a number/ },
  ],
});

const directory = scratchDirectory();
const linesOf = (trace: string | undefined) =>
  (trace ?? "")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
const importText = (...texts: string[]) =>
  importTexts(
    directory,
    texts.map((text, i) => ({ name: `${i}.json`, text })),
  );

interface SeriesJson {
  metric: { __name__?: string; instance: string };
  values: [number, string][];
}

describe("answers of Prometheus", () => {
  const answer = JSON.parse(fixture) as { status: string; data: { resultType: string; result: SeriesJson[] } };
  const answerOf = (result: unknown[], resultType = "matrix") =>
    JSON.stringify({ status: "success", data: { resultType, result } });
  const { result } = answer.data;

  it("are one log where each has one metric, or a stretch of time", async () => {
    const whole = await importText(fixture);
    const byMetric = await importText(...result.map((series) => answerOf([series])));
    const byTime = await importText(
      ...[
        [9, 30],
        [0, 10],
      ].map(([from, to]) => answerOf(result.map((series) => ({ ...series, values: series.values.slice(from, to) })))),
    );
    for (const id of ["10.0.0.5:9100", "10.0.0.6:9100"]) {
      const expected = linesOf(whole.traces.get(id)).slice(1);
      expect(linesOf(byMetric.traces.get(id)).slice(1)).toEqual(expected);
      expect(linesOf(byTime.traces.get(id)).slice(1)).toEqual(expected);
    }
    const files = linesOf(byTime.traces.get("10.0.0.5:9100"))[0].origin.files as { name: string }[];
    expect(files.map(({ name }) => name).sort()).toEqual(["0.json", "1.json"]);
  });

  it("keep a value that is no number unknown, and a target that was away a gap", async () => {
    const { traces } = await importText(fixture);
    const [header, ...lines] = linesOf(traces.get("10.0.0.5:9100"));
    expect(header.guest).toMatchObject({ memory: 503_745, swap: 262_143 });
    expect(lines.filter(({ event }) => event !== undefined)).toEqual([
      { t: 150, event: { type: "gap", until: 210, text: "no samples" } },
    ]);
    expect(lines.find(({ t }) => t === 240)).toMatchObject({ anon: null, measured: { anon: null } });
    const infinite = await importText(fixture.replace('"NaN"', '"+Inf"'));
    expect(linesOf(infinite.traces.get("10.0.0.5:9100")).slice(1)).toEqual(lines);
    expect(infinite.remarks.join()).toContain("+Inf is not a number: unknown");
  });

  it("know the old names of metrics, and numbers as Go writes them", async () => {
    const old = fixture
      .replace(/(node_memory_\w+)_bytes/g, "$1")
      .replace(/"(\d{3,})"\]/g, (_all, digits) => `"${Number(digits).toExponential()}"]`);
    const { traces } = await importText(old);
    const whole = await importText(fixture);
    expect(linesOf(traces.get("10.0.0.6:9100")).slice(1)).toEqual(linesOf(whole.traces.get("10.0.0.6:9100")).slice(1));
  });

  it("say that series without a name, and other metrics, are omitted", async () => {
    const { remarks } = await importText(fixture);
    expect(remarks.filter((remark) => remark.includes("omitted"))).toEqual([
      "0.json:15: a series without a name, as rate() and similar functions return: omitted (and 1 more like it)",
      "0.json:16: a metric without information about memory: omitted (and 1 more like it)",
    ]);
  });

  it("subtract the balloon where its counters were collected", async () => {
    const [first] = result as [SeriesJson];
    const counter = (name: string, value: string): SeriesJson => ({
      metric: { ...first.metric, __name__: name },
      values: first.values.map(([time]) => [time, value]),
    });
    const balloon = [counter("node_vmstat_balloon_inflate", "21000"), counter("node_vmstat_balloon_deflate", "1000")];
    const kernelOf = (trace: string | undefined) => linesOf(trace)[1].kernelMemory;
    const { traces } = await importText(answerOf([...result, ...balloon]));
    const plain = await importText(fixture);
    const id = first.metric.instance;
    expect(kernelOf(plain.traces.get(id)) - kernelOf(traces.get(id))).toBe(20_000);
  });

  it("make a machine of each set of labels, unless no metric comes with two of them", async () => {
    const labelled = (labels: (i: number) => object) =>
      answerOf(result.slice(0, 4).map((series, i) => ({ ...series, metric: { ...series.metric, ...labels(i) } })));
    const [first, ...others] = result.map(({ metric }) => metric.instance) as [string, ...string[]];
    expect(others.slice(0, 3)).toEqual([first, first, first]);
    // Each metric by a scraper of its own.
    const joined = await importText(labelled((i) => ({ job: `job ${i}` })));
    expect([...joined.traces.keys()]).toEqual([first]);
    expect(joined.remarks.join("\n")).toContain(
      `${first}: its series differ in "job": joined, because no metric has two of them`,
    );
    const both = await importText(
      labelled(() => ({ site: "a" })),
      labelled(() => ({ site: "b", extra: 1 })),
      labelled(() => ({})),
    );
    expect([...both.traces.keys()]).toEqual(["a", "b", ""].map((site) => `${first}{site="${site}"}`));
    const bodies = [...both.traces.values()].map((trace) => linesOf(trace).slice(1));
    expect(new Set(bodies.map((lines) => JSON.stringify(lines))).size).toBe(1);
    const one = await importTexts(directory, [{ name: "a.json", text: labelled(() => ({ site: "a" })) }], {
      vm: [first],
    });
    expect([...one.traces.keys()]).toEqual([first]);
  });

  it("of one instant make a log where there are several of them", async () => {
    const at = (i: number) =>
      answerOf(
        result.map(({ metric, values }) => ({ metric, value: values[i] })),
        "vector",
      );
    const { traces } = await importText(at(0), at(1), at(2));
    expect(linesOf(traces.get("10.0.0.5:9100"))[0].duration).toBe(45);
  });

  it("that are errors are reported as errors", async () => {
    const error = '{"status":"error","errorType":"bad_data","error":"exceeded maximum resolution of 11,000 points"}';
    await expect(importText(error)).rejects.toThrow(
      '0.json:1:50: Prometheus answered with an error: "exceeded maximum resolution of 11,000 points"',
    );
  });

  const real = join(ROOT, "../shared/data/vm-traces/prometheus");
  it.skipIf(!existsSync(real))("of real servers are imported, or refused with the reason", async () => {
    const importReal = (name: string) => importFiles([new InputFile(join(real, name))], { memory: "32GiB" });
    const available = await importReal("memavailable-query_range-60s.json");
    expect(linesOf(available.traces.get("192.168.49.2:9100"))[1].anon).toBe(8_388_608 - 27_854_655_488 / 4096);
    const free = await importReal("memfree-range-vector-15s.json");
    expect(linesOf(free.traces.get("172.16.17.1:9100"))).toHaveLength(21);
    await expect(importReal("memtotal-5-instances-60s.json")).rejects.toThrow(/lacks the data for a demand/);
  });
});

describe("VMs in answers of Prometheus", () => {
  const series = (name: string, labels: Record<string, string>, points: readonly (readonly [number, number])[]) => ({
    metric: { __name__: name, ...labels },
    values: points.map(([time, value]) => [1_800_000_000 + time, String(value)]),
  });
  const machinesOf = async (list: readonly unknown[]) => {
    const { traces, remarks } = await importTexts(directory, [{ name: "vms.json", text: JSON.stringify(list) }], {
      memory: "8GiB",
    });
    return { ids: [...traces.keys()], traces, remarks };
  };
  const steady = Array.from({ length: 8 }, (_, i) => [i * 20, 500_000 + i] as const);
  const active = "vmware_vm_mem_active_average";

  it("are one machine on any host, and two where both run at the same time", async () => {
    const on = (host_name: string) => ({ vm_name: "web", host_name, instance: "vc" });
    const moved = await machinesOf([
      series(active, on("esx1"), steady.slice(0, 4)),
      series(active, on("esx2"), steady.slice(4)),
    ]);
    expect(moved.ids).toEqual(["web"]);
    expect(
      linesOf(moved.traces.get("web"))
        .slice(1)
        .filter(({ measured }) => measured !== undefined),
    ).toHaveLength(8);
    const both = await machinesOf([series(active, on("esx1"), steady), series(active, on("esx2"), steady)]);
    expect(both.ids).toEqual(['web{host_name="esx1"}', 'web{host_name="esx2"}']);
  });

  it("are off where vCenter says so, or where they have been granted nothing", async () => {
    const web = { vm_name: "web" };
    const granted = "vmware_vm_mem_granted_average";
    const at = (values: readonly number[]) => values.map((value, i) => [i * 20, value] as const);
    const states = at([1, 1, 0, 0, 1, 1]);
    const eventsOf = async (list: readonly unknown[]) =>
      linesOf((await machinesOf(list)).traces.get("web"))
        .filter(({ event }) => event !== undefined)
        .map(({ t, event }) => [t, event.type]);
    const expected = [
      [40, "power-off"],
      [80, "power-on"],
    ];
    const zeros = at([500_000, 500_000, 0, 0, 500_000, 500_000]);
    expect(await eventsOf([series(active, web, zeros), series(granted, web, zeros)])).toEqual(expected);
    const missing = zeros.filter(([, value]) => value > 0);
    expect(
      await eventsOf([
        series(active, web, missing),
        series(granted, web, missing),
        series("vmware_vm_power_state", web, states),
      ]),
    ).toEqual(expected);
  });

  it("are told from a node of the same name", async () => {
    const free = series("node_memory_MemFree_bytes", { instance: "web" }, steady);
    const { ids } = await machinesOf([free, series(active, { vm_name: "web", instance: "vc" }, steady)]);
    expect(ids).toEqual(["web", "web (VM)"]);
  });

  it("have percents as their exporter counts them, and -1 for nothing", async () => {
    const labels = { vm_name: "a", instance: "vc" };
    const { traces } = await machinesOf([
      series(active, labels, [...steady.slice(0, 3), [60, -1]]),
      series(
        "vmware_vm_mem_usage_average",
        labels,
        steady.slice(0, 4).map(([time]) => [time, 2525]),
      ),
      series("vsphere_vm_mem_usage_average", { vmname: "b", vcenter: "vc" }, [[0, 25.25]]),
      series("vsphere_vm_mem_active_average", { vmname: "b", vcenter: "vc" }, [[0, 9]]),
    ]);
    const rows = linesOf(traces.get("a")).slice(1);
    expect(rows.map(({ measured }) => measured?.["x-usage"])).toEqual([25.25, 25.25, 25.25, 25.25]);
    expect(rows[3].measured.active).toBeNull();
    expect(linesOf(traces.get("b"))[1].measured["x-usage"]).toBe(25.25);
  });
});
