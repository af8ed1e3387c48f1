import { describe, expect, it } from "vitest";
import { detectFormat } from "../../../src/sim/import/detect.ts";
import { FORMATS } from "../../../src/sim/import/formats/index.ts";
import { logFiles } from "../../support/in-process/import-log.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

const directory = scratchDirectory();
const detect = (text: string | Uint8Array, from: string | null = null, name = "x.log") =>
  detectFormat(logFiles(directory, [{ name, text }]), FORMATS, from);
const ID = "dGhpcyBpcyBubyByZWFsIGlkLCBidXQgbG9uZw+/4A==";

describe("detection", () => {
  it.each<[string, string | Uint8Array, string]>([
    [
      "Azure's readings",
      `0,${ID},1.5,20.25,7.1\r\n300,${ID},1,2,3\r\n`,
      "the data set has no series of memory, only of processors",
    ],
    [
      "Azure's table",
      `${ID},${ID},${ID},0,2591700,99.5,3.4,10.2,Unknown,2,4\n`,
      "the data set has no series of memory; sizes",
    ],
    ["Alibaba's machines", "m_1,0,80,7,96,100,USING\n", "import machine_usage.csv"],
    ["Windows", '"(PDH-CSV 4.0) (W. Europe Standard Time)(-60)","\\\\PC\\Memory\\Available MBytes"\n', "not of esxtop"],
    ["a trace", '{"format": "balloon-sim/trace", "version": 1}\n', "it needs no import: balloon-sim run FILE"],
    ["sysstat", Uint8Array.of(0x96, 0xd5, 0x75, 0x21, 0, 0), "sadf -j FILE"],
    ["PCP", Uint8Array.of(0, 0, 0, 0x84, 0x50, 0x05, 0x26, 2), "pmrep -a ARCHIVE -o csv"],
    ["sadf -p", "web\t600\t1795666862\t-\tkbmemfree\t100\n", "sadf -d FILE"],
    ["sadf -x", '<?xml version="1.0"?>\n<!DOCTYPE sysstat>\n<sysstat>\n', "sadf -j FILE"],
    ["VictoriaMetrics", '{"metric":{"__name__":"a"},"values":[1],"timestamps":[1]}\n', "/api/v1/query"],
    ["dommemstat", "actual 4194304\nswap_in 0\nunused 100\n", "cat /proc/meminfo"],
    ["QEMU", "(qemu) info balloon\nballoon: actual=4096\n", "--target FILE"],
    ["CloudWatch", '{"Label": "MemoryUtilization", "Datapoints": [{}]}\n', "balloon-sim record"],
    ["atop's raw log", Uint8Array.of(0xef, 0xbe, 0xed, 0xfe, 0, 0), "atop -r FILE -P MEM,SWP,PAG"],
    ["Parquet", "PAR1....", "as CSV"],
    ["gzip", Uint8Array.of(0x1f, 0x8b, 8, 0), "unpack it first, for example: gunzip -c FILE | balloon-sim import -"],
    ["a workbook", Uint8Array.of(0x50, 0x4b, 3, 4), "save the sheet as CSV"],
  ])("refuses %s, and says why", (_, text, why) => {
    expect(() => detect(text)).toThrow(/^x\.log: looks like .+, because .+: /);
    expect(() => detect(text)).toThrow(why);
  });

  it("says what a file begins with that looks like nothing", () => {
    expect(() => detect("\n\n  Dear diary,\nit rained.\n")).toThrow(
      /^x\.log: begins with "Dear diary,", which matches none of the supported formats: .*esxtop, .*\(--from names one/,
    );
  });

  it("follows --from, and suggests a format for a misspelt one", () => {
    expect(detect("anything", "vmstat")).toMatchObject({ format: { name: "vmstat" }, reason: "given" });
    expect(() => detect("anything", "vmstats")).toThrow(
      /^--from "vmstats": expected one of .*; did you mean "vmstat"\?/,
    );
  });

  it("is of one format for all files", () => {
    const files = logFiles(directory, [
      { name: "a.csv", text: "m_1,10,5,50,,,1,1,1\n" },
      { name: "b.log", text: " r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa\n" },
    ]);
    expect(() => detectFormat(files, FORMATS, null)).toThrow(
      "b.log is vmstat, but a.csv is Alibaba cluster-trace-v2018: import one format at a time",
    );
  });

  it("looks behind a byte order mark and at carriage returns", () => {
    expect(detect("\ufeffm_1,10,5,50,,,1,1,1\r\n").format.name).toBe("alibaba");
  });
});
