import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ByteReader } from "../../../src/common/files/byte-reader.ts";
import { openBytes } from "../../../src/common/files/bytes.ts";
import { type LineOptions, LineReader } from "../../../src/common/files/lines.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

const OPTIONS: LineOptions = { name: "x.txt", maxBytes: 1 << 24, tooLong: "this line is too long" };

/** Bytes in memory, of which each read gives so many at most, as a pipe does. */
function bytesOf(content: string | Buffer, most = Number.POSITIVE_INFINITY): ByteReader {
  const bytes = Buffer.from(content);
  let position = 0;
  return {
    get position() {
      return position;
    },
    read(buffer, start) {
      const length = bytes.copy(buffer, start, position, Math.min(bytes.length, position + most));
      position += length;
      return length;
    },
    close() {},
  };
}

function read(content: string | Buffer, options: Partial<LineOptions> = {}, most?: number) {
  const reader = new LineReader(bytesOf(content, most), { ...OPTIONS, ...options });
  const lines: string[] = [];
  const bytes: number[] = [];
  while (reader.advance()) {
    lines.push(reader.line);
    bytes.push(reader.lineBytes);
    expect(reader.lineNumber).toBe(lines.length);
  }
  return { lines, bytes, isTerminated: reader.isTerminated };
}

describe("lines", () => {
  it("are those of the text, and have its bytes, however long they are and however few bytes come at once", () => {
    const line = fc.oneof(
      fc.stringMatching(/^[^\r\n]{0,40}$/),
      fc.constantFrom("x".repeat(300_000), "ä".repeat(200_000)),
    );
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 12 }),
        fc.boolean(),
        fc.constantFrom(7919, 65_536, 1e9),
        (lines, isTerminated, most) => {
          fc.pre(!(lines[0] as string).startsWith("\ufeff") && (isTerminated || lines.at(-1) !== ""));
          const text = lines.join("\n") + (isTerminated ? "\n" : "");
          const found = read(text, {}, most);
          expect(found.lines).toEqual(lines);
          expect(found.isTerminated).toBe(isTerminated);
          const ends = text.split(/(?<=\n)/).map((whole) => Buffer.byteLength(whole));
          expect(found.bytes).toEqual(ends);
        },
      ),
    );
  });

  it("of text are without a byte order mark and carriage returns, which their bytes include", () => {
    const { lines, bytes } = read("\ufeffä\r\nb\rc\r\n\r\nd");
    expect(lines).toEqual(["ä", "b\rc", "", "d"]);
    expect(bytes).toEqual([7, 5, 2, 1]);
  });

  it("of bytes have a character for each byte", () => {
    const content = Buffer.from([0xef, 0xbb, 0xbf, 0xe9, 13, 10, 0x80]);
    expect(read(content, { as: "bytes" }).lines).toEqual(["\u00ef\u00bb\u00bf\u00e9\r", "\u0080"]);
  });

  it("are Latin-1 where they are no UTF-8, which the caller is told with the line", () => {
    const told: number[] = [];
    const content = Buffer.from("caf\u00e9\nna\u00efve", "latin1");
    const { lines, bytes } = read(content, { onLatin1: (line) => told.push(line) });
    expect([lines, bytes, told]).toEqual([
      ["caf\u00e9", "na\u00efve"],
      [5, 5],
      [1, 2],
    ]);
  });

  it.each([
    ["in one piece", 1e9],
    ["byte by byte", 1],
  ])("may be as long as said and no longer, %s", (_, most) => {
    expect(read("ab\n12345\n", { maxBytes: 5 }, most).lines).toEqual(["ab", "12345"]);
    expect(() => read("ab\n123456\n", { maxBytes: 5 }, most)).toThrow("x.txt:2: this line is too long");
    expect(() => read("ab\n123456", { maxBytes: 5 }, most)).toThrow("x.txt:2: this line is too long");
  });

  it("that are too long are refused at the first byte too many, however many follow", () => {
    const source = bytesOf("x".repeat(1000), 1);
    expect(() => new LineReader(source, { ...OPTIONS, maxBytes: 5 }).advance()).toThrow(
      "x.txt:1: this line is too long",
    );
    expect(source.position).toBe(6);
  });

  it("that are longer than any buffer so far end where the limit is", () => {
    const options = { maxBytes: 1_000_000 };
    expect(read("x".repeat(1_000_000), options).lines[0]).toHaveLength(1_000_000);
    expect(() => read("x".repeat(1_000_001), options)).toThrow("x.txt:1: this line is too long");
  });

  it("are named in faults with file, line and column, on one line", () => {
    const reader = new LineReader(bytesOf("one\ntwo"), { ...OPTIONS, name: "a\nb", lineNumber: 6 });
    reader.advance();
    reader.advance();
    expect(reader.fault(2, "no").message).toBe("a\\u{a}b:8:3: no");
    expect(reader.place()).toEqual({ file: "a\nb", line: 8, column: 1 });
  });
});

describe("the bytes of a file", () => {
  const directory = scratchDirectory();

  it("are read into the free part of a buffer, up to the end", () => {
    const path = join(directory, "file");
    writeFileSync(path, "abcde");
    const source = openBytes(path, "file");
    const buffer = Buffer.from("....");
    expect([source.read(buffer, 1), buffer.toString(), source.position]).toEqual([3, ".abc", 3]);
    expect([source.read(buffer, 0), buffer.toString(), source.read(buffer, 0)]).toEqual([2, "debc", 0]);
    source.close();
    source.close();
  });

  it.each([
    ["none", "no such file or directory"],
    [".", "is a directory, expected a file"],
    ["/dev/zero", "is a device, expected a file"],
  ])("can't be read of %s: the message says why", (name, why) => {
    const path = name.startsWith("/") ? name : join(directory, name);
    expect(() => openBytes(path, "--x y").read(Buffer.alloc(1), 0)).toThrow(`--x y: ${why}`);
  });
});
