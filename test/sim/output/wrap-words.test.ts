import { expect, test } from "vitest";
import { wrapWords } from "../../../src/sim/output/wrap-words.ts";

test.each([
  ["one two three four", 9, ["one two", "three", "four"]],
  ["one two three four", 13, ["one two three", "four"]],
  ["an incomprehensible word", 9, ["an", "incomprehensible", "word"]],
  ["  spaces \n and lines  ", 40, ["spaces and lines"]],
  ["", 9, []],
])("%j in lines of %d characters", (text, columns, lines) => {
  expect(wrapWords(text, columns)).toEqual(lines);
});
