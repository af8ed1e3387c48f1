import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { InputError } from "../../../src/common/errors.ts";
import { MAX_LINE } from "../../../src/sim/trace/input.ts";
import { openInput } from "../../../src/sim/trace/input-file.ts";
import { openTrace, validateTrace } from "../../../src/sim/trace/open.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";
import { changesOf, documentText, linesText, messageOf } from "./support.ts";

const folder = mkdtempSync(join(tmpdir(), "balloon-sim-input-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** What `openTrace` says, without the folder. */
const said = (path: string): string => messageOf(() => openTrace(path)).replaceAll(`${folder}/`, "");

describe("files", () => {
  test("a document and JSON lines are told apart by their content, not by their name", () => {
    const lines = linesText({ rows: { target: {} } }, [
      { t: 0, target: 1 },
      { t: 3, target: 2 },
    ]);
    expect(openTrace(file("lines.json", lines)).trace.durationUs).toBe(Number.POSITIVE_INFINITY);
    expect(openTrace(file("document.jsonl", documentText({}))).trace.durationUs).toBe(60_000_000);
    const spread = JSON.stringify(JSON.parse(documentText({ name: 'mentions "rows"' })), null, 2);
    expect(openTrace(file("spread.json", spread)).trace.name).toBe('mentions "rows"');
  });

  test("a byte order mark, carriage returns and blank lines in front do no harm", () => {
    const lines = linesText({ rows: { target: {} } }, [
      { t: 0, target: 1 },
      { t: 3, target: 2 },
    ]);
    const windows = `\ufeff\r\n \n${lines.replaceAll("\n", "\r\n")}\r\n`;
    const expected = changesOf(readTrace(lines));
    expect(changesOf(openTrace(file("windows.jsonl", windows)))).toEqual(expected);
    expect(changesOf(readTrace(windows))).toEqual(expected);
    const late = `\n\n${documentText({ guest: { memory: -1 } })}`;
    expect(said(file("late.json", late))).toMatch(/^late\.json:3:\d+: \$\.guest\.memory: /);
  });

  test("lines are read one by one, not the whole file before the first", () => {
    // What can't be decoded lies far behind the first line: who reads on finds it, who does not does not.
    const path = file(
      "late.jsonl",
      Buffer.concat([Buffer.from(`{"a": 1}\n${"\n".repeat(200_000)}`), Buffer.from([0xff])]),
    );
    const input = openInput(path);
    expect([input.advance(), input.line]).toEqual([true, '{"a": 1}']);
    expect(messageOf(() => input.rest())).toMatch(/not UTF-8 text/);
    input.close();
  });

  test("lines and characters may lie across the pieces that are read at a time", () => {
    // The header's text pushes what follows over every offset around the 64-KiB boundary, in three-byte characters.
    for (let shift = 0; shift < 4; shift++) {
      const description = `${"x".repeat(shift)}${"水".repeat(1300)}`;
      const rows = Array.from({ length: 3000 }, (_, t) => ({ t, event: { type: "comment", text: `${t} 水位` } }));
      const text = linesText({ description, rows: {} }, [...rows, { t: 3000 }]);
      const source = openTrace(file("wide.jsonl", text));
      expect(source.trace.description).toBe(description);
      changesOf(source);
      expect(source.events).toHaveLength(3000);
      expect(source.events.every((event, t) => event.text === `${t} 水位`)).toBe(true);
    }
  });

  test("a plain document may stand on one line that is longer than a row may be", () => {
    const points = Array.from({ length: 1_200_000 }, (_, index) => [index, index % 2 === 0 ? 123_456 : 654_321]);
    const text = documentText({ duration: "30d", host: { target: points } });
    expect(text.length).toBeGreaterThan(MAX_LINE);
    expect(openTrace(file("long.json", text)).trace.host.target.at).toHaveLength(1_200_000);
  });

  test.each<[string, string | Uint8Array, string | RegExp]>([
    ["empty.json", "", "empty.json: is empty, expected a trace"],
    ["blank.json", " \n\t\n", "blank.json: is empty, expected a trace"],
    ["mark.json", "\ufeff", "mark.json: is empty, expected a trace"],
    [
      "run.csv",
      "# mem=1024M swap=1\n# lab kernel 6.1\n",
      "run.csv: is a recording of the kernel lab or the VM lab, expected a trace (balloon-sim fidelity FILE compares a simulation with it)",
    ],
    [
      "guest.jsonl",
      '{"format":"balloon-sim/recording","version":1,"program":{"name":"balloon-sim"}}\n{"m":1,"v":[]}\n',
      "guest.jsonl: is a recording, expected a trace (balloon-sim import FILE -o TRACE makes a trace of it)",
    ],
    [
      "hw.jsonl",
      '{"format":"balloon-sim/recording","version":1,"program":{"name":"balloon-hw"}}\n',
      "hw.jsonl: is a recording of balloon-hw, expected a trace (balloon-sim fidelity FILE compares a simulation with it, balloon-sim import FILE -o TRACE makes a trace of it)",
    ],
    ["list.json", "[1]", 'list.json:1:1: expected a trace, which is a JSON object, found "[1]"'],
    ["table.csv", "\n  t,v\n1,2\n", 'table.csv:2:3: expected a trace, which is a JSON object, found "t,v"'],
    ["nul.bin", new Uint8Array(100), /^nul\.bin:1:1: expected a trace, .* found "\\u\{0\}\\u\{0\}/],
    ["packed.json.gz", new Uint8Array([0x1f, 0x8b, 8, 0]), /^packed\.json\.gz: is compressed: unpack it first/],
    ["wide.json", new Uint8Array([0xff, 0xfe, 0x7b, 0]), "wide.json: is UTF-16 text: save it as UTF-8"],
    ["latin.json", Buffer.from('{\n"format":\n"\xe4"}', "latin1"), "latin.json:3: not UTF-8 text, as a trace is"],
    [
      "half.json",
      Buffer.from(documentText({ name: "水" })).subarray(0, -2),
      /^half\.json:1:\d+: \$\.name: this string/,
    ],
    ["cut.json", Buffer.from('{"name": "水').subarray(0, -1), /^cut\.json:1: not UTF-8 text/],
    [
      "two.json",
      `${documentText({})}\n${documentText({})}`,
      /^two\.json:2:1: \$: expected the end of the text, found "\{"$/,
    ],
  ])("%s is refused", (name, content, expected) => {
    const path = file(name, content);
    expect(() => openTrace(path)).toThrow(InputError);
    if (typeof expected === "string") expect(said(path)).toBe(expected);
    else expect(said(path)).toMatch(expected);
    expect(validateTrace(path).map((line) => line.replace(`${folder}/`, ""))).toEqual([said(path)]);
  });

  test("a row longer than the limit is refused, the limit itself is not", () => {
    const header = { rows: { target: {} } };
    const row = (length: number): string => `{"t": 1${" ".repeat(length - 8)}}`;
    const text = (length: number): string => linesText(header, [{ t: 0, target: 1 }, row(length)]);
    expect(changesOf(openTrace(file("limit.jsonl", text(MAX_LINE))))).toHaveLength(2);
    expect(messageOf(() => openTrace(file("beyond.jsonl", text(MAX_LINE + 1)))).replace(`${folder}/`, "")).toMatch(
      /^beyond\.jsonl:3: this line is longer than 16 MiB/,
    );
  });

  test("a file that can't be opened is named in one line", () => {
    expect(said(folder)).toBe(`${folder}: is a directory, expected a trace file`);
    expect(said(join(folder, "absent.json"))).toMatch(/^absent\.json: no such file, and no bundled trace /);
    expect(said(`${file("file", "x")}/below`)).toMatch(/^file\/below: no such file/);
    expect(said("x".repeat(5000))).toMatch(/^x+: .*$/);
    expect(() => openTrace("nul\0byte")).toThrow(InputError);
    expect(messageOf(() => openTrace("line\nbreak"))).toMatch(/^line\\u\{a\}break: no such file/);
    expect(messageOf(() => openInput("nul\0byte"))).toBe("nul\\u{0}byte: is no name of a file");
  });

  test.skipIf(process.platform === "win32")("a named pipe is read", () => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const text = linesText({ rows: { target: {} } }, [
      { t: 0, target: 1 },
      { t: 3, target: 2 },
    ]);
    const source = file("source.jsonl", text);
    spawnSync("sh", ["-c", `cat "${source}" > "${pipe}" &`], { stdio: "ignore" });
    expect(changesOf(openTrace(pipe))).toEqual(changesOf(readTrace(text)));
  });
});
