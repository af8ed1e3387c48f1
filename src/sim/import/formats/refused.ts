/** Known kinds of files that can't be imported, detected for a message with the reason and the remedy. */
import type { Head, RefusedFormat } from "../reader.ts";

/** A refusal of files that begin with one of these sequences of bytes. */
function magic(title: string, beginnings: readonly (readonly number[])[], why: string): RefusedFormat {
  const texts = beginnings.map((bytes) => String.fromCharCode(...bytes));
  return {
    title,
    why,
    detect: ({ text }) =>
      texts.some((begin) => text.startsWith(begin)) ? { confidence: 1, reason: "of its first bytes" } : null,
  };
}

/** A refusal of files whose first line matches. */
function firstLine(title: string, pattern: RegExp, reason: string, why: string): RefusedFormat {
  return {
    title,
    why,
    detect: ({ lines }: Head) => (pattern.test(lines[0] ?? "") ? { confidence: 0.9, reason } : null),
  };
}

/** A refusal of files whose beginning matches. */
function inside(title: string, pattern: RegExp, reason: string, why: string): RefusedFormat {
  return { title, why, detect: ({ text }) => (pattern.test(text) ? { confidence: 0.8, reason } : null) };
}

export const REFUSED: readonly RefusedFormat[] = [
  firstLine(
    "sadf -p",
    /^\S+\t-?\d+\t(?:\d{9,}|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?: UTC)?)\t\S+\t\S+\t/,
    "its fields are a host, an interval, a time, a device, a name and a value, between tabs",
    "print a table with sadf instead: sadf -d FILE -- -r ALL -S -W -B > log.csv",
  ),
  inside(
    "sadf -x",
    /^\s*<\?xml[^>]*>[\s\S]*<sysstat\b/,
    "it is XML with the element sysstat",
    "print JSON with sadf instead: sadf -j FILE -- -r ALL -S -W -B > log.json",
  ),
  inside(
    "an export of VictoriaMetrics",
    /^\s*\{"metric":\{[^\n]*"timestamps":\[/,
    'its lines have "metric", "values" and "timestamps"',
    "query it in the format of Prometheus: curl 'HOST:8428/api/v1/query?query={instance=\"VM\"}[6h]' > log.json",
  ),
  inside(
    "virsh dommemstat",
    /(?:^|\n)actual \d+\r?\n(?:swap_in|swap_out|major_fault|minor_fault|unused|available|usable|last_update|rss)[ _]/,
    'it has lines such as "actual 4194304" and "unused 100"',
    "record inside the guest instead: balloon-sim record, or while sleep 1; do date; cat /proc/meminfo; done > log.txt",
  ),
  inside(
    "info balloon of QEMU",
    /(?:^|\n)(?:\(qemu\) )?balloon: actual=\d+/,
    'it has lines such as "balloon: actual=4096"',
    "it has only the size of the guest: record inside the guest with balloon-sim record, and set the target with " +
      "--target FILE",
  ),
  inside(
    "metrics of CloudWatch",
    /"(?:MetricDataResults|Datapoints)"\s*:\s*\[/,
    'it is JSON with "MetricDataResults" or "Datapoints"',
    "its memory metrics are percentages: record inside the guest with balloon-sim record, or convert its sysstat " +
      "files with sadf -j",
  ),
  firstLine(
    "Azure's Public Dataset, CPU readings",
    /^\d+,[A-Za-z0-9+/=]{20,},[\d.]+,[\d.]+,[\d.]+$/,
    "its rows are a time, an id in base 64 and three readings",
    "the data set has no series of memory, only of processors; sizes of VMs are not sufficient for a trace",
  ),
  firstLine(
    "Azure's Public Dataset, table of VMs",
    /^[A-Za-z0-9+/=]{20,},[A-Za-z0-9+/=]{20,},[A-Za-z0-9+/=]{20,},\d+,\d+,/,
    "its rows begin with three ids in base 64",
    "the data set has no series of memory; sizes and lifetimes of VMs are not sufficient for a trace",
  ),
  firstLine(
    "Alibaba's machine_meta",
    /^m_\d+,\d+,[^,]*,[^,]*,[^,]*,[^,]*,[A-Z]+$/,
    "its rows are 7 fields that begin with a machine's id and end with its state",
    "it has no series of memory: import machine_usage.csv",
  ),
  {
    title: "a counter log of Windows",
    why: "it contains counters of a Windows host, not of esxtop",
    detect: ({ text }) =>
      /^"?\(PDH-CSV 4\.0\)/.test(text)
        ? { confidence: 0.5, reason: 'of the "(PDH-CSV 4.0)" in its first field' }
        : null,
  },
  {
    title: "a trace of balloon-sim",
    why: "it needs no import: balloon-sim run FILE",
    detect: ({ text }) =>
      /^\s*\{[^{]*"format"\s*:\s*"balloon-sim\/trace"/.test(text) ? { confidence: 1, reason: 'of its "format"' } : null,
  },
  magic(
    "a binary file of sysstat",
    [
      [0x96, 0xd5],
      [0xd5, 0x96],
    ],
    "convert it to text first: sadf -j FILE -- -r ALL -S -W -B > log.json",
  ),
  magic(
    "a raw log of atop",
    [[0xef, 0xbe, 0xed, 0xfe]],
    "convert it to text first: atop -r FILE -P MEM,SWP,PAG > log.txt",
  ),
  magic(
    "a Parquet file",
    [[0x50, 0x41, 0x52, 0x31]],
    "write its columns as CSV, in one of the formats of balloon-sim import --list",
  ),
  magic(
    "an archive of PCP",
    [[0, 0, 0, 0x84, 0x50, 0x05, 0x26]],
    "convert it to text first: pmrep -a ARCHIVE -o csv -f %s mem.physmem mem.util.free mem.util.bufmem mem.util.cached > log.csv",
  ),
  magic(
    "a compressed file",
    [
      [0x1f, 0x8b],
      [0x28, 0xb5, 0x2f, 0xfd],
      [0xfd, 0x37, 0x7a],
      [0x42, 0x5a, 0x68],
    ],
    "unpack it first, for example: gunzip -c FILE | balloon-sim import -",
  ),
  magic("a zip archive, or a workbook of a spreadsheet", [[0x50, 0x4b, 3, 4]], "unpack it, or save the sheet as CSV"),
];
