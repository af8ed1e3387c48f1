import { appendFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputFile } from "../../../src/common/files/input-file.ts";
import { LineCursor, MAX_LINE_BYTES } from "../../../src/sim/import/lines.ts";
import { Report } from "../../../src/sim/import/report.ts";
import { scratchDirectory } from "../../support/command.ts";

const directory = scratchDirectory();
let count = 0;
const fileOf = (content: string | Uint8Array): InputFile => {
  const path = join(directory, `${count++}.log`);
  writeFileSync(path, content);
  return new InputFile(path, "x.log");
};

function linesOf(file: InputFile, report = new Report()): string[] {
  const cursor = new LineCursor(file, report);
  const lines: string[] = [];
  while (cursor.advance()) {
    expect(cursor.lineNumber).toBe(lines.length + 1);
    lines.push(cursor.line);
  }
  expect(cursor.bytesRead).toBe(file.bytes);
  return lines;
}

describe("lines of a log", () => {
  it("are those of its text, whatever their length", () => {
    const line = fc.oneof(
      fc.stringMatching(/^[^\r\n]{0,40}$/),
      fc.constantFrom("x".repeat(300_000), "ä".repeat(200_000)),
    );
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 12 }), fc.boolean(), (lines, isTerminated) => {
        fc.pre(!(lines[0] as string).startsWith("\ufeff") && (isTerminated || lines.at(-1) !== ""));
        const file = fileOf(lines.join("\n") + (isTerminated ? "\n" : ""));
        expect(linesOf(file)).toEqual(lines);
      }),
    );
  });

  it("may end in carriage returns, and begin behind a byte order mark", () => {
    expect(linesOf(fileOf("\ufeffa\r\nb\rc\r\n\r\nd"))).toEqual(["a", "b\rc", "", "d"]);
  });

  it("tell whether the last one was finished", () => {
    const cursor = new LineCursor(fileOf("a\nb"), new Report());
    cursor.advance();
    expect(cursor.isTerminated).toBe(true);
    cursor.advance();
    expect(cursor.isTerminated).toBe(false);
    expect(cursor.advance()).toBe(false);
  });

  it("may be read from anywhere", () => {
    const cursor = new LineCursor(fileOf("one\ntwo\nthree\n"), new Report(), 4, 1);
    cursor.advance();
    expect([cursor.line, cursor.lineNumber]).toEqual(["two", 2]);
    expect(cursor.fault(1, "no").message).toBe("x.log:2:2: no");
  });

  it("are Latin-1 where they are no UTF-8, and that is said", () => {
    const report = new Report();
    expect(linesOf(fileOf(Buffer.from("caf\u00e9\n", "latin1")), report)).toEqual(["caf\u00e9"]);
    expect(report.lines()).toEqual(["x.log:1: some text is not UTF-8: read as Latin-1"]);
  });

  it("have an end somewhere", () => {
    const endless = fileOf(`a\n${"x".repeat(MAX_LINE_BYTES + 1)}`);
    expect(() => linesOf(endless)).toThrow("x.log:2: this line is longer than 32 MiB");
  });
});

describe("a log file", () => {
  it("is what it was when it was opened first", () => {
    const file = fileOf("a\nb\n");
    appendFileSync(file.path, "c\n");
    expect(linesOf(file)).toEqual(["a", "b"]);
  });

  it("may not get shorter, or be another", () => {
    const file = fileOf("a\nb\n");
    truncateSync(file.path, 2);
    expect(() => linesOf(file)).toThrow("x.log: was cut short while it was being read");
    const other = fileOf("c\n");
    renameSync(other.path, file.path);
    expect(() => linesOf(file)).toThrow("x.log: was replaced by another file while it was being read");
  });

  it("has a content", () => {
    expect(() => fileOf("")).toThrow("x.log: is empty, expected a text file");
    expect(() => new InputFile(directory, "x.log")).toThrow("x.log: is a directory, expected a text file");
    expect(() => new InputFile(join(directory, "none"), "x.log")).toThrow("x.log: no such file or directory");
  });

  it("is known by its hash", () => {
    expect(fileOf("abc").sha256()).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
});
