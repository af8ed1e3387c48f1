import { expect, test } from "vitest";
import { clip, wrapWords } from "../../../src/sim/output/wrap-words.ts";

test.each([
  ["one two three four", 9, ["one two", "three", "four"]],
  ["one two three four", 13, ["one two three", "four"]],
  ["an incomprehensible word", 9, ["an", "incomprehensible", "word"]],
  ["  spaces \n and lines  ", 40, ["spaces and lines"]],
  ["日本 語の 名前", 9, ["日本 語の", "名前"]],
  ["\u001b[31mred", 40, ["\\u{1b}[31mred"]],
  ["", 9, []],
])("%j in lines of %d columns", (text, columns, lines) => {
  expect(wrapWords(text, columns, "keep")).toEqual(lines);
});

test.each([
  ["an incomprehensible word", 9, ["an", "incompreh", "ensible", "word"]],
  ["日本語の名前", 5, ["日本", "語の", "名前"]],
])("%j in lines of %d columns, long words broken", (text, columns, lines) => {
  expect(wrapWords(text, columns, "break")).toEqual(lines);
});

test.each([
  ["incomprehensible", 8, "incompre"],
  ["one two", 8, "one two"],
  ["日本語", 5, "日本"],
  ["", 8, ""],
])("the beginning of %j in %d columns", (line, columns, beginning) => {
  expect(clip(line, columns)).toBe(beginning);
});
