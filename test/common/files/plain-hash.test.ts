import { expect, test } from "vitest";
import { sha256 } from "../../../src/common/files/hash.ts";
import { plainSha256 } from "../../../src/common/files/plain-hash.ts";

test("SHA-256 without Node is that of Node, whatever remains after the last whole block", () => {
  // 55 bytes are the most that leave room for the length in the last block.
  for (const length of [0, 1, 3, 54, 55, 56, 63, 64, 65, 119, 120, 128, 100_003]) {
    const bytes = Uint8Array.from({ length: length + 5 }, (_, i) => (i * 31 + 7) & 0xff).subarray(5);
    expect(plainSha256(bytes), String(length)).toBe(sha256(bytes));
  }
});
