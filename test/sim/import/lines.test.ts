import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { InputFile } from "../../../src/common/files/input-file.ts";
import { LineCursor, MAX_LINE_BYTES } from "../../../src/sim/import/lines.ts";
import { Report } from "../../../src/sim/import/report.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

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
  it("may be read from anywhere", () => {
    const cursor = new LineCursor(fileOf("one\ntwo\nthree\n"), new Report(), 4, 1);
    cursor.advance();
    expect([cursor.line, cursor.lineNumber]).toEqual(["two", 2]);
    expect(cursor.fault(1, "no").message).toBe("x.log:2:2: no");
  });

  it("are Latin-1 where they are no UTF-8, with a remark", () => {
    const report = new Report();
    expect(linesOf(fileOf(Buffer.from("caf\u00e9\n", "latin1")), report)).toEqual(["caf\u00e9"]);
    expect(report.lines()).toEqual(["x.log:1: some text is not UTF-8: read as Latin-1"]);
  });

  it("have a limited length", () => {
    const endless = fileOf(`a\n${"x".repeat(MAX_LINE_BYTES + 1)}`);
    expect(() => linesOf(endless)).toThrow("x.log:2: this line is longer than 32 MiB");
  });
});
