import { isAscii as isAsciiOfNode, isUtf8 } from "node:buffer";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isAscii, latin1Text, utf8Length, utf8Text } from "../../../src/common/files/text-bytes.ts";

/** Bytes of which most are ASCII, at any place of a buffer: it is read by words where they are aligned. */
const BYTES = fc
  .tuple(
    fc.uint8Array({ maxLength: 40 }),
    fc.nat(7),
    fc.constantFrom(0x7f, 0xff),
    fc.constantFrom("", "é", "\u{1f600}", "\ufeff"),
  )
  .map(([bytes, offset, mask, tail]) =>
    Buffer.concat([Buffer.alloc(offset), bytes.map((byte) => byte & mask), Buffer.from(tail)]).subarray(offset),
  );

test("bytes are ASCII, UTF-8 or Latin-1 as Node has it", () => {
  fc.assert(
    fc.property(BYTES, (bytes) => {
      expect(isAscii(bytes)).toBe(isAsciiOfNode(bytes));
      expect(utf8Text(bytes)).toBe(isUtf8(bytes) ? bytes.toString("utf8") : null);
      expect(latin1Text(bytes)).toBe(bytes.toString("latin1"));
      expect(utf8Length(bytes.toString("utf8"))).toBe(Buffer.byteLength(bytes.toString("utf8")));
    }),
  );
});

test("a long text is made in pieces", () => {
  const bytes = Buffer.alloc(100_000, "a\u00ff", "latin1");
  expect(latin1Text(bytes)).toBe(bytes.toString("latin1"));
  bytes[bytes.length - 1] = 0x80;
  expect([isAscii(bytes), isAscii(Buffer.alloc(100_000, "a"))]).toEqual([false, true]);
});
